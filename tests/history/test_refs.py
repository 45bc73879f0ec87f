"""How protected refs and triggers are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.refs import RefClass, ref_class_of, trigger_rank


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("refs/tags/v1.0.0", RefClass.TAG),
        ("refs/heads/main", RefClass.DEFAULT_BRANCH),
        ("refs/heads/master", RefClass.DEFAULT_BRANCH),
        ("refs/heads/v4", RefClass.RELEASE_BRANCH),
        ("refs/heads/6.x", RefClass.RELEASE_BRANCH),
        ("refs/heads/release/2.1", RefClass.RELEASE_BRANCH),
        ("refs/heads/next", RefClass.RELEASE_BRANCH),
        ("refs/heads/snapshot-fix", RefClass.BRANCH),
        ("refs/heads/v4-hack", RefClass.BRANCH),
        ("refs/heads/", RefClass.BRANCH),
        ("refs/pull/9/merge", RefClass.PULL_REQUEST),
        ("refs/merge-requests/9/head", RefClass.PULL_REQUEST),
        ("main", None),
        ("", None),
        (None, None),
    ],
)
def test_a_ref_has_the_class_of_what_it_is(ref, expected):
    assert ref_class_of(ref) is expected


def test_a_branch_that_is_known_to_be_protected_is_as_good_as_a_tag():
    assert ref_class_of("refs/heads/dev", is_protected=True) is RefClass.TAG
    assert ref_class_of("refs/heads/dev", is_protected=False) is RefClass.BRANCH


def test_an_environment_protects_any_ref():
    assert ref_class_of("refs/heads/dev", environment="npm") is RefClass.ENVIRONMENT


def test_triggers_are_ordered_by_who_can_cause_them():
    events = ["workflow_dispatch", "push", "schedule", "workflow_run", "issue_comment"]
    ranks = [trigger_rank(event, RefClass.DEFAULT_BRANCH) for event in events]

    assert ranks == [5, 4, 3, 2, 1]


def test_pushing_is_as_hard_as_the_ref_is_protected():
    released = trigger_rank("release", RefClass.TAG)

    assert trigger_rank("push", RefClass.TAG) == trigger_rank("push", RefClass.ENVIRONMENT)
    assert trigger_rank("push", RefClass.TAG) == released
    assert trigger_rank("push", None) == trigger_rank("push", RefClass.BRANCH) == 4


def test_an_unknown_trigger_is_not_ranked():
    assert trigger_rank("invented", RefClass.TAG) is None
    assert trigger_rank(None, RefClass.TAG) is None


@given(st.text(max_size=60))
def test_any_text_is_some_class_or_none(text):
    assert ref_class_of(text) in {*RefClass, None}
