"""Which folders `workspaces` names, however a pattern is made up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.lockfiles.workspaces import WorkspacePatterns


def matches(pattern, path):
    return WorkspacePatterns.parse([pattern]).match(path)


@pytest.mark.parametrize(
    ("pattern", "path", "is_one"),
    [
        ("packages/*", "packages/a", True),
        ("packages/*", "packages/a/b", False),
        ("packages/**", "packages/a/b", True),
        ("packages/**", "packages", False),
        ("**/app", "app", True),
        ("**/app", "a/b/app", True),
        ("a/**/b/**/c", "a/x/b/y/b/c", True),
        ("a/**/b/**/c", "a/x/c", False),
        ("./a-?/", "a-1", True),
        ("a*b*c", "abbcbc", True),
        ("a*b*c", "abcb", False),
    ],
)
def test_patterns_are_npms(pattern, path, is_one):
    assert matches(pattern, path) is is_one


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a*a*a*a*a*a*ab", "a" * 250),
        ("**/a/**/a/**/a/**/ab", "/".join("a" * 250)),
        ("**/*a/**/*a*/**/b", "/".join(["aaaa"] * 250)),
    ],
)
def test_no_pattern_goes_back_and_forth(pattern, path):
    assert not matches(pattern, path)


@given(
    pattern=st.lists(st.sampled_from(["*", "a", "a*", "*b", "a*b", "?", "*a*"]), min_size=1),
    path=st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_a_segment_is_matched_as_by_a_search_for_every_way(pattern, path):
    simple = "/".join(pattern).replace("*", "[^/]*").replace("?", "[^/]")

    whole = "/".join(path)

    if "/".join(pattern).count("*") <= 8:
        assert matches("/".join(pattern), whole) is bool(re.fullmatch(simple, whole))
