"""A step down alone is to be looked at, where settings say so; with another sign it is an error."""

import pytest

from imprint.history.axes import Approval, Auth, Origin
from imprint.history.candidates import Found, SourceStanding
from imprint.history.events import EventSeverity
from imprint.history.pins import Pin
from tests.support.publications import (
    NOW,
    candidate,
    history,
    neighbours,
    publication,
    told,
    trusted,
)

BY_HAND = publication("1.0.0", 200)
GOOD = [BY_HAND, trusted("1.1.0", 80), trusted("1.1.1", 60)]


def lone(judged, **settings):
    """The events of a candidate, where a step down alone is only to be looked at."""
    return told(judged, lone_regression=EventSeverity.WARN, **settings)


def severity(row, **more):
    """How bad it is that a release came by a token again."""
    return lone(candidate(*GOOD, row, **more))["auth-regressed"]


def test_a_release_by_the_hand_that_published_before_is_to_be_looked_at():
    assert lone(candidate(*GOOD, publication("1.1.2", 1))) == {
        "auth-regressed": "warn",
        "origin-dropped": "warn",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"user": "mallory"},
        {"email": "alice@mail.example"},
        {"install_scripts": ("postinstall",)},
        {"exotic_dependencies": ("helper@github:mallory/helper",)},
    ],
    ids=["a new user", "another address", "an install script", "a git dependency"],
)
def test_with_anything_else_against_it_a_step_down_is_an_error(more):
    assert severity(publication("1.1.2", 1, **more)) == "error"


def test_a_script_that_was_there_before_counts_too():
    rows = [trusted(f"1.0.{patch}", 80 - patch, install_scripts=("install",)) for patch in (0, 1)]
    row = publication("1.0.2", 1, install_scripts=("install",))

    assert lone(candidate(BY_HAND, *rows, row))["origin-dropped"] == "error"


def test_a_dependency_that_was_just_born_counts():
    bait = history(publication("1.0.0", 1.1, user="mallory"), name="helper")
    row = publication("1.1.2", 1, dependencies=("helper",))

    found = candidate(*GOOD, row, neighbour=neighbours(bait).get)

    assert lone(found)["auth-regressed"] == "error"


def test_without_its_tag_it_is_an_error_once_the_day_is_over():
    source = SourceStanding(tag=Found.NO)

    assert severity(publication("1.1.2", 0.5), source=source) == "warn"
    assert severity(publication("1.1.2", 1.5), source=source) == "error"


def test_with_its_tag_it_is_told_only():
    source = SourceStanding(tag=Found.YES)

    assert severity(publication("1.1.2", 1), source=source) == "info"


def test_what_a_project_pinned_or_calls_critical_needs_no_other_sign():
    pin = Pin(
        name="widget",
        version="1.1.1",
        auth=Auth.OIDC,
        approval=Approval.UNKNOWN,
        origin=Origin.PRESENT,
        first_seen=NOW,
    )

    assert severity(publication("1.1.2", 1), pin=pin) == "error"
    assert severity(publication("1.1.2", 1), is_critical=True) == "error"


def test_a_new_line_by_hand_is_to_be_looked_at():
    alone = lone(candidate(*GOOD, publication("2.0.0", 1)))
    odd = lone(candidate(*GOOD, publication("2.0.0", 1, install_scripts=("install",))))

    assert alone["line-below-package"] == "warn"
    assert odd["line-below-package"] == "error"


def test_a_burst_of_bad_releases_does_not_make_itself_usual_without_a_cooldown():
    burst = [publication(f"1.1.{patch}", 0.2 - patch / 100, user="mallory") for patch in (2, 3, 4)]

    assert lone(candidate(*GOOD, *burst), cooldown_seconds=0.0)["publisher-user-new"] == "warn"


def test_a_tag_is_waited_for_an_hour_without_a_cooldown():
    source = SourceStanding(tag=Found.NO)
    early, late = (
        lone(candidate(*GOOD, trusted("1.1.2", hours / 24), source=source), cooldown_seconds=0.0)
        for hours in (0.9, 1.1)
    )

    assert "source-tag-missing" not in early
    assert late["source-tag-missing"] == "warn"
