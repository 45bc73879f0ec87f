"""Patterns of paths: what they take, and that no pattern takes for ever."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.checks.codeowners import owned_by
from imprint.workflows.path_patterns import expression_of

SIMPLE = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def simple(pattern):
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    return "".join(SIMPLE.get(part, re.escape(part)) for part in parts)


@given(
    pattern=st.lists(
        st.sampled_from(["a", "b", "a*", "*b", "a*b", "*", "**/", "?", "/", "**/a"]), max_size=6
    ),
    path=st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_they_take_what_a_search_for_every_way_takes(pattern, path):
    text, whole = "".join(pattern).replace("***", "**"), "/".join(path)

    found = re.fullmatch(expression_of(text, any_character=True), whole)

    assert bool(found) is bool(re.fullmatch(simple(text), whole))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 20 + "b", "a" * 250),
        ("**/a/" * 8 + "b", "a/" * 120 + "c"),
        ("**/*a/" * 8 + "b", "aaaa/" * 60 + "c"),
    ],
)
def test_no_pattern_goes_back_and_forth(pattern, path):
    assert not re.fullmatch(expression_of(pattern), path)
    assert owned_by(((f"/{pattern}", ("@acme/owners",)),), path) == ()
