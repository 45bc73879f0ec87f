"""Events: denied by default, allowed by name, banned by the operator."""

import pytest
from msgspec.structs import replace

from imprint.identity.workload import ABSENT, UNKNOWN
from imprint.publishers.events import judge_ban, judge_event
from tests.support.publishers import circleci_run, generic_run, github_run, gitlab_run


def denial(allowed, workload):
    found = judge_event(allowed, workload)
    assert found is not None
    assert found.code == "event-denied"
    return found


@pytest.mark.parametrize(
    "event", ["push", "release", "workflow_dispatch", "schedule", "create", "merge_group"]
)
def test_what_takes_write_access_may_publish(event):
    assert judge_event((), github_run(event_name=event)) is None


@pytest.mark.case("E16")
@pytest.mark.parametrize(
    "event",
    [
        "pull_request",
        "pull_request_target",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_of_some_new_kind",
        "workflow_run",
        "issue_comment",
        "issues",
        "discussion_comment",
        "commit_comment",
        "fork",
        "watch",
        "gollum",
        "check_suite",
        "status",
    ],
)
def test_what_a_stranger_can_cause_is_denied(event):
    assert denial((), github_run(event_name=event)).mismatch.actual == event


@pytest.mark.case("E16")
@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("pull_request_target", "it gives a stranger's pull request the rights of the repository"),
        ("workflow_run", "it follows another workflow, also one of a stranger's pull request"),
    ],
)
def test_a_denial_says_why(event, why):
    broken = denial((), github_run(event_name=event))

    assert broken.message == f"`event_name` is `{event}`, expected another event: {why}"
    assert broken.hint == (
        "publish on a push, a release or by hand, or name this event on the publisher"
    )


@pytest.mark.case("E16")
@pytest.mark.parametrize(
    "event", ["merge_request_event", "external_pull_request_event", "parent_pipeline"]
)
def test_merge_requests_of_gitlab_are_denied(event):
    assert judge_event((), gitlab_run(pipeline_source=event)) is not None
    assert judge_event((), gitlab_run(pipeline_source="web")) is None


@pytest.mark.case("E17")
def test_an_event_that_is_not_named_is_denied():
    for event in (ABSENT, UNKNOWN, ""):
        broken = denial((), replace(github_run(), event=event))
        assert broken.mismatch.actual is None
        assert broken.message.endswith("expected the event to be named")


@pytest.mark.case("E17")
def test_the_operators_ban_holds_over_every_publisher():
    run = github_run(event_name="schedule")

    assert judge_event(("schedule",), run) is None
    ban = judge_ban({"schedule"}, run)
    assert ban is not None
    assert ban.code == "event-denied"
    assert judge_ban({"schedule"}, github_run(event_name="push")) is None
    assert judge_ban({"schedule"}, circleci_run()) is None


@pytest.mark.case("E18")
@pytest.mark.parametrize(
    ("allowed", "event"), [("push", "workflow_dispatch"), ("workflow_dispatch", "push")]
)
def test_an_allow_list_allows_nothing_else(allowed, event):
    assert judge_event((allowed,), github_run(event_name=allowed)) is None
    broken = denial((allowed,), github_run(event_name=event))
    assert broken.message == f"`event_name` is `{event}`, expected `{allowed}`"


@pytest.mark.case("E18")
def test_an_allow_list_may_name_what_is_denied_by_default():
    run = github_run(event_name="workflow_run")

    assert judge_event(("push", "workflow_run"), run) is None


def test_a_provider_that_names_no_event_passes_only_without_a_list():
    for run in (circleci_run(), generic_run()):
        assert judge_event((), run) is None
        assert denial(("push",), run).mismatch.actual is None
