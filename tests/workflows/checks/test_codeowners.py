"""Which files a CODEOWNERS file names an owner of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.checks.codeowners import owned_by, rules_of

RELEASE = ".github/workflows/release.yml"


@pytest.mark.parametrize(
    "pattern",
    ["*", "/.github/", ".github", "*.yml", ".github/workflows/*", "/.github/**", "**/release.yml"],
)
def test_a_pattern_takes_a_file_as_the_forge_does(pattern):
    assert owned_by(rules_of(f"{pattern} @acme/core"), RELEASE) == ("@acme/core",)


@pytest.mark.parametrize("pattern", ["/src/", "*.js", "/workflows/", ".github/*", "release"])
def test_another_pattern_takes_it_not(pattern):
    assert owned_by(rules_of(f"{pattern} @acme/core"), RELEASE) == ()


def test_the_last_line_that_matches_counts_and_may_take_owners_away():
    rules = rules_of("* @acme/core\n/.github/  # nobody\n")

    assert owned_by(rules, RELEASE) == ()
    assert owned_by(rules, "src/index.js") == ("@acme/core",)


@given(text=st.text(max_size=200), path=st.text(max_size=60))
def test_any_text_is_rules(text, path):
    assert isinstance(owned_by(rules_of(text), path), tuple)
