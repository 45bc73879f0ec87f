"""Publishers that are others: by ids, absorbed by releases, or by the window alone."""

import pytest

from imprint.history.axes import Approval, Auth, Origin
from imprint.history.pins import Pin
from tests.support.publications import NOW, candidate, events, identity, told, trusted

SIDE_BRANCH = {"ref": "refs/heads/feature"}
TAKEN = {"repository_id": "6666", "owner_id": "666"}


def judged(*releases, own, **more):
    """A candidate three days old, and identities of releases before it, by their age in days."""
    rows = [trusted(f"1.0.{patch}", age) for patch, (age, _) in enumerate(releases)]
    known = {f"1.0.{patch}": identity(**fields) for patch, (_, fields) in enumerate(releases)}
    last = trusted(f"1.0.{len(releases)}", 3)
    return candidate(*rows, last, identity=identity(**own), identities=known, **more)


def test_the_same_publisher_is_no_event():
    assert told(judged((40, {}), own={"ref": "refs/tags/v1.0.1", "commit": "d" * 40})) == {}


def test_without_an_identity_to_compare_with_nothing_is_told():
    rows = [trusted("1.0.0", 40), trusted("1.0.1", 3)]

    assert told(candidate(*rows, identity=identity(**TAKEN))) == {}


@pytest.mark.parametrize(
    ("own", "event", "severity"),
    [
        ({"repository": "acme/new"}, "publisher-repo-renamed", "info"),
        ({"owner_id": "8"}, "publisher-repo-changed", "warn"),
        ({"repository_id": "2"}, "publisher-repo-changed", "warn"),
        (TAKEN, "publisher-repo-changed", "error"),
        ({"repository_id": "2", "owner_id": None}, "publisher-repo-changed", "error"),
        ({"issuer": "https://other.example"}, "publisher-issuer-changed", "error"),
        ({"workflow": "ci.yml"}, "publisher-workflow-changed", "warn"),
        (SIDE_BRANCH, "publisher-ref-weakened", "warn"),
        ({**SIDE_BRANCH, "ref_protected": False}, "publisher-ref-weakened", "error"),
        ({"ref": "refs/pull/1/merge"}, "publisher-ref-weakened", "error"),
        ({"event": "schedule"}, "publisher-ref-weakened", "warn"),
        ({"runner": "self-hosted"}, "publisher-runner-changed", "warn"),
    ],
)
def test_each_way_of_being_another_publisher_has_its_event(own, event, severity):
    assert told(judged((40, {}), own=own)) == {event: severity}


@pytest.mark.parametrize(
    "own",
    [
        {"repository_id": None, "owner_id": None, "repository": "evil/widget"},
        {"workflow": None},
        {"ref": None, "event": None},
        {"runner": None},
        {"environment": "npm"},
        {"ref": "refs/heads/dev", "ref_protected": True},
        {"event": "workflow_dispatch"},
    ],
)
def test_what_is_unknown_or_better_protected_is_no_event(own):
    assert told(judged((40, {}), own=own)) == {}


def test_a_called_workflow_that_is_another_is_told():
    before, after = {"called_workflow": "ci/ci/a.yml"}, {"called_workflow": "ci/ci/b.yml"}

    assert told(judged((40, before), own=after)) == {"publisher-workflow-changed": "warn"}


@pytest.mark.parametrize(
    ("ages", "is_told"),
    [
        ([], True),
        ([6], True),
        ([8, 6], False),
        ([3.5, 3.4], True),
        ([3.9, 3.5, 3.4, 3.3], True),
        ([45], False),
    ],
)
def test_a_weaker_ref_is_absorbed_by_two_releases_a_day_apart_or_by_time(ages, is_told):
    releases = [(60, {}), *((age, SIDE_BRANCH) for age in ages)]

    assert ("publisher-ref-weakened" in told(judged(*releases, own=SIDE_BRANCH))) is is_told


@pytest.mark.parametrize(("ages", "is_told"), [([8, 6, 5], True), ([100, 6], False)])
def test_a_takeover_is_absorbed_by_a_window_and_by_no_number_of_releases(ages, is_told):
    releases = [(120, {}), *((age, TAKEN) for age in ages)]

    assert ("publisher-repo-changed" in told(judged(*releases, own=TAKEN))) is is_told


def test_two_successive_bad_versions_are_both_told():
    first, second = judged((40, {}), own=TAKEN), judged((40, {}), (4, TAKEN), own=TAKEN)

    assert told(first) == told(second) == {"publisher-repo-changed": "error"}


def test_an_identity_that_alternates_is_usual():
    releases = [(50, {}), (40, SIDE_BRANCH), (30, {}), (20, SIDE_BRANCH), (10, {})]

    assert told(judged(*releases, own=SIDE_BRANCH)) == {"publisher-ref-weakened": "warn"}
    assert told(judged(*releases, own={})) == {}


def test_a_risky_trigger_is_looked_at_the_first_time_and_told_afterwards():
    unknown = {"event": None, "ref": "refs/heads/main"}
    risky = {"event": "workflow_run", "ref": "refs/heads/main"}

    assert told(judged((40, unknown), own=risky)) == {"publisher-trigger-risky": "warn"}
    assert told(judged((40, risky), own=risky)) == {"publisher-trigger-risky": "info"}


def test_an_acceptance_of_a_repository_is_keyed_by_ids():
    (found,) = events(judged((40, {}), own=TAKEN))

    assert (found.before, found.after) == (
        "github repository 1001 of owner 7",
        "github repository 6666 of owner 666",
    )


def test_what_the_project_pinned_is_compared_with_first():
    pin = Pin(
        name="widget",
        version="1.0.0",
        auth=Auth.OIDC,
        approval=Approval.UNKNOWN,
        origin=Origin.BOUND,
        identity=identity(),
        first_seen=NOW,
    )
    erased = judged((20, TAKEN), (10, TAKEN), own=TAKEN, pin=pin)
    agreed = judged((20, TAKEN), (10, TAKEN), own={}, pin=pin)

    assert told(erased) == {"publisher-repo-changed": "error"}
    assert told(agreed) == {}
