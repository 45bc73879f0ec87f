"""Filter patterns of the forge, their witnesses, and what environments admit."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.facts import EnvironmentFacts, Facts
from imprint.workflows.paths.refs import (
    admits,
    is_protected,
    maker_of,
    matches,
    pushed_refs,
    witness,
)
from tests.support.repositories import workflow


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("release/*", "release/1", True),
        ("release/*", "release/1/2", False),
        ("release/**", "release/1/2", True),
        ("**", "a/b", True),
        ("v[0-9]+.[0-9]+.[0-9]+", "v10.2.33", True),
        ("v[0-9].x", "v1.x", True),
        ("v[!0-9]", "v!", True),
        ("v?1", "1", True),
        ("*feature", "a-feature", True),
    ],
)
def test_a_pattern_matches_as_the_forge_has_it(pattern, name, expected):
    assert matches(name, pattern) is expected


@given(st.text("abv/*.[]0-9+?!", max_size=30), st.text("abv/.0", max_size=30))
def test_any_pattern_comes_to_an_answer(pattern, name):
    assert matches(name, pattern) in {True, False}


@given(st.text("abc*/", min_size=1, max_size=12))
def test_a_witness_matches(pattern):
    assert matches(witness(pattern), pattern)


@given(st.text("ab*", max_size=10), st.text("ab", max_size=10))
def test_without_slashes_a_star_is_a_shells(pattern, name):
    assert matches(name, pattern) is fnmatch.fnmatchcase(name, pattern)


def refs(trigger):
    found = workflow(f"on: {{ {trigger} }}\njobs: {{ a: {{ steps: [ {{ run: x }} ] }} }}\n")
    return pushed_refs(found.triggers[0], "refs/heads/main")


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("push: { branches: [main] }", ["refs/heads/main"]),
        ("push: { tags: ['v*'] }", ["refs/tags/vx"]),
        ("push: { branches: ['**', '!main'] }", ["refs/heads/x"]),
        ("push: { branches-ignore: [main] }", ["refs/heads/any-new-branch"]),
        (
            "push: {}",
            [
                "refs/heads/main",
                "refs/heads/any-new-branch",
                "refs/tags/any-new-tag",
                "refs/tags/v1.0.0",
            ],
        ),
        ("release: {}", ["refs/tags/v1.0.0"]),
    ],
)
def test_a_push_runs_for_these(trigger, expected):
    assert list(refs(trigger)) == expected


@pytest.mark.parametrize(
    ("ref", "people"),
    [
        ("refs/heads/main", "REVIEWED"),
        ("refs/heads/release/1", "REVIEWED"),
        ("refs/heads/other", "WRITER"),
        ("refs/tags/v1", "TAG_CREATOR"),
    ],
)
def test_whoever_makes_a_ref_is_as_the_rules_have_it(ref, people):
    facts = Facts(default_branch_protected=True, protected_branches=("release/*",), tag_rules=True)

    assert str(maker_of(ref, facts, default="refs/heads/main")) == people


def test_without_facts_protection_is_not_known_and_a_writer_makes_every_ref():
    facts = Facts()

    assert is_protected("refs/heads/main", facts, default="refs/heads/main") is None
    assert {
        str(maker_of(ref, facts, default="refs/heads/main"))
        for ref in ("refs/heads/main", "refs/heads/x", "refs/tags/v1")
    } == {"WRITER"}


@pytest.mark.parametrize(
    ("environment", "ref", "expected"),
    [
        (EnvironmentFacts(), "refs/heads/x", True),
        (EnvironmentFacts(branches=("main",)), "refs/heads/main", True),
        (EnvironmentFacts(branches=("main",)), "refs/heads/x", False),
        (EnvironmentFacts(branches=("main",)), "refs/tags/main", False),
        (EnvironmentFacts(tags=("v*",)), "refs/tags/v1", True),
        (EnvironmentFacts(tags=("v*",)), "refs/heads/v1", False),
        (EnvironmentFacts(branches=("main",)), "refs/pull/1/merge", False),
    ],
)
def test_an_environment_admits_by_its_policy(environment, ref, expected):
    assert admits(environment, ref) is expected
