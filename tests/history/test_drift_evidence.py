"""Evidence that is less, or more: windows, stickiness, binding, pins, severity in context."""

import pytest

from imprint.history.axes import Approval, Auth, Origin
from imprint.history.candidates import Found, SourceStanding
from imprint.history.events import EventId, EventSeverity
from imprint.history.pins import Pin
from tests.support.publications import (
    DAY,
    NOW,
    TRUSTED,
    candidate,
    events,
    publication,
    told,
    trusted,
)

GOOD = [trusted("1.0.0", 80, user="alice"), trusted("1.0.1", 60, user="alice")]


def of(id_, *rows, **more):
    return [event for event in events(candidate(*rows, **more)) if event.id == id_]


def pin(**more):
    whole = {
        "name": "widget",
        "version": "1.0.1",
        "auth": Auth.OIDC,
        "approval": Approval.UNKNOWN,
        "origin": Origin.PRESENT,
        "first_seen": NOW,
    }
    return Pin(**{**whole, **more})


def test_less_evidence_is_an_error_while_it_is_fresh_and_says_since_when():
    found = of(EventId.AUTH_REGRESSED, *GOOD, publication("1.0.2", 3))

    assert [(event.severity.word, event.since) for event in found] == [("error", "1.0.1")]
    assert (found[0].before, found[0].after) == ("a trusted publisher", "a token by alice")


def test_what_would_release_a_held_version_is_said_with_the_day():
    (found,) = of(EventId.AUTH_REGRESSED, *GOOD, publication("1.0.2", 3))

    assert found.release == (
        "a tag of this version in its repository, or a later release by the publisher, "
        "or age, on 2026-04-27, or an acceptance"
    )
    assert found.until == NOW + 27 * DAY


@pytest.mark.parametrize(
    ("days_ago", "more", "severity"),
    [
        (3, {}, "error"),
        (29.9, {}, "error"),
        (30.1, {}, "info"),
        (45, {"is_introduced": True}, "error"),
    ],
)
def test_severity_is_full_for_what_is_fresh_or_introduced(days_ago, more, severity):
    found = told(candidate(*GOOD, publication("1.0.2", days_ago), **more))

    assert found["origin-dropped"] == severity


def test_without_times_a_step_down_is_looked_at_and_holds_nothing():
    rows = [trusted(f"1.0.{patch}", None, user="alice") for patch in (0, 1)]

    assert told(candidate(*rows, publication("1.0.2", None)))["auth-regressed"] == "warn"


def test_another_line_is_not_the_line():
    rows = [*GOOD, publication("0.9.0", 100), publication("0.9.1", 3)]

    assert "auth-regressed" not in told(candidate(*rows))


@pytest.mark.parametrize(("bad_since", "is_open"), [(10, True), (89, True), (91, False)])
def test_a_second_bad_release_does_not_clear_the_first_for_a_window(bad_since, is_open):
    rows = [
        trusted("1.0.0", 400, user="alice"),
        trusted("1.0.1", 300, user="alice"),
        publication("1.0.2", bad_since + 1),
        publication("1.0.3", 1),
    ]

    assert ("auth-regressed" in told(candidate(*rows))) is is_open


def test_the_immediate_predecessor_binds_however_old_it_is():
    rows = [trusted("1.0.0", 900, user="alice"), trusted("1.0.1", 800, user="alice")]

    assert "auth-regressed" in told(candidate(*rows, publication("1.0.2", 1)))


def test_recovery_closes_a_regression():
    rows = [*GOOD, publication("1.0.2", 9), trusted("1.0.3", 1, user="alice")]

    assert "auth-regressed" not in told(candidate(*rows))


def test_one_release_with_evidence_binds_nobody_and_the_second_does():
    one = [publication("1.0.0", 80), trusted("1.0.1", 60), publication("1.0.2", 1)]
    two = [publication("1.0.0", 80), trusted("1.0.1", 60), trusted("1.0.2", 50)]

    assert "auth-regressed" not in told(candidate(*one))
    assert "auth-regressed" in told(candidate(*two, publication("1.0.3", 1)))


def test_two_bad_releases_of_the_newest_line_do_not_hide_what_an_old_line_lacks():
    rows = [
        *GOOD,
        publication("1.0.2", 0.5),
        publication("1.0.3", 0.4),
        publication("0.9.0", 200),
        publication("0.9.1", 0.2),
    ]

    assert told(candidate(*rows))["line-below-package"] == "warn"


def test_a_line_that_went_its_own_way_for_long_is_compared_with_itself():
    rows = [
        trusted("1.0.0", 400),
        trusted("1.0.1", 390),
        publication("2.0.0", 300),
        publication("2.0.1", 2),
    ]

    assert "line-below-package" not in told(candidate(*rows))


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, "warn"),
        ({"user": "mallory"}, "error"),
        ({"email": "alice@elsewhere.example"}, "error"),
        ({"install_scripts": ("postinstall",)}, "error"),
    ],
)
def test_an_old_line_by_hand_is_an_error_only_with_something_else_against_it(more, severity):
    rows = [
        publication("0.9.0", 200),
        *[trusted(f"1.0.{patch}", 40 - patch, user="bob") for patch in range(3)],
    ]

    assert told(candidate(*rows, publication("0.9.1", 2, **more)))["line-below-package"] == severity


def test_a_tag_vouches_for_a_release_by_hand():
    source = SourceStanding(tag=Found.YES)

    found = told(candidate(*GOOD, publication("1.0.2", 3), source=source))

    assert found["auth-regressed"] == "info"


def test_a_tag_of_a_commit_on_no_protected_branch_vouches_for_nothing():
    source = SourceStanding(tag=Found.YES, commit_on_protected_branch=Found.NO)

    found = told(candidate(*GOOD, publication("1.0.2", 3), source=source))

    assert found["auth-regressed"] == "error"


def test_a_person_with_a_second_factor_then_a_token_is_looked_at():
    pinned = pin(auth=Auth.HUMAN_2FA, origin=Origin.ABSENT)
    rows = [publication("1.0.1", 60), publication("1.0.2", 3)]

    assert told(candidate(*rows, pin=pinned))["auth-regressed"] == "warn"


@pytest.mark.parametrize(("days_ago", "severity"), [(3, "error"), (200, "warn")])
def test_what_was_pinned_binds_though_the_registry_forgot_it(days_ago, severity):
    rows = [publication("1.0.1", 300), publication("1.0.2", days_ago)]

    assert told(candidate(*rows, pin=pin()))["auth-regressed"] == severity


@pytest.mark.parametrize("version", ["0.9.9", "1.0.0"])
def test_a_pin_does_not_bind_what_came_before_it_or_an_older_line(version):
    rows = [publication("1.0.1", 30), publication(version, 50)]

    assert "auth-regressed" not in told(candidate(*rows, pin=pin()))


def test_a_pin_binds_a_newer_line():
    rows = [publication("1.0.1", 30), publication("2.0.0", 3)]

    assert told(candidate(*rows, pin=pin()))["auth-regressed"] == "error"


def test_a_first_trusted_publisher_is_told_as_better():
    (found,) = of(EventId.UPGRADED, publication("1.0.0", 9), trusted("1.0.1", 3))

    assert (found.before, found.after) == (
        "a token, no provenance",
        "a trusted publisher, provenance",
    )


def test_in_a_difference_better_is_than_what_it_replaces():
    rows = [publication("1.0.0", 90), trusted("1.1.0", 50), trusted("1.2.0", 3)]

    assert of(EventId.UPGRADED, *rows) == []
    assert [event.since for event in of(EventId.UPGRADED, *rows, replaces="1.0.0")] == ["1.0.0"]


def test_more_on_one_axis_does_not_hide_less_on_another():
    rows = [trusted(f"1.0.{patch}", 50 - patch, provenance_type=None) for patch in range(2)]
    by_hand = trusted("1.0.2", 3, trusted_publisher=None, user="alice", email="a@acme.example")

    found = told(candidate(*rows, by_hand))

    assert found["auth-regressed"] == "error"
    assert of(EventId.UPGRADED, *rows, by_hand) != []


@pytest.mark.parametrize(
    ("more", "severity"),
    [({}, "warn"), ({"user": "mallory"}, "error"), ({"install_scripts": ("install",)}, "error")],
)
def test_a_step_down_with_nothing_else_against_it_can_be_a_warning(more, severity):
    judged = candidate(*GOOD, publication("1.0.2", 3, **{"email": TRUSTED["email"], **more}))

    found = told(judged, lone_regression=EventSeverity.WARN)

    assert found["auth-regressed"] == severity
