"""Drift as a whole: what one acceptance covers, when it changes, what it is to be compared with."""

import pytest
from msgspec.structs import replace

from imprint.history.drift import DriftSettings, comparisons_of, next_change
from imprint.history.events import EventId
from imprint.history.fingerprints import event_fingerprint
from tests.support.publications import (
    ALL,
    DAY,
    NOW,
    candidate,
    events,
    history,
    publication,
    trusted,
)


def test_one_acceptance_covers_a_line_that_one_person_publishes_by_hand():
    good = [trusted("6.18.0", 80, user="alice"), trusted("6.18.1", 70, user="alice")]
    by_hand = [publication(f"6.{minor}.0", 60 - minor) for minor in range(19, 26)]

    prints = {regression(*good, *by_hand[: count + 1]) for count in range(len(by_hand))}

    assert len(prints) == 1


def test_another_line_another_person_and_another_package_are_other_acceptances():
    def print_of(version, user, name):
        major = version.partition(".")[0]
        rows = [trusted(f"{major}.0.{patch}", 50 - patch, user="alice") for patch in range(2)]
        found = history(*rows, publication(version, 3, user=user), name=name)
        return regression(history=found, version=version)

    prints = [
        print_of("6.1.0", "alice", "widget"),
        print_of("7.1.0", "alice", "widget"),
        print_of("6.1.0", "mallory", "widget"),
        print_of("6.1.0", "alice", "gadget"),
    ]

    assert len(set(prints)) == 4


def test_a_fingerprint_tells_its_parts_apart():
    one = event_fingerprint("ab", EventId.UPGRADED, "c", before=None, after="d")
    others = [
        event_fingerprint("a", EventId.UPGRADED, "bc", before=None, after="d"),
        event_fingerprint("ab", EventId.UPGRADED, "c", before="", after="d"),
        event_fingerprint("ab", EventId.UPGRADED, "c", before="d", after=None),
    ]

    assert one not in others


def test_a_fingerprint_is_what_it_was_in_every_earlier_release():
    found = event_fingerprint(
        "undici", EventId.ORIGIN_DROPPED, "6.x", before="provenance", after="no provenance by a"
    )

    assert found == "953abc3ba17b"


@pytest.mark.parametrize(
    ("days_ago", "more", "expected"),
    [
        (0.5, {}, NOW + 0.5 * DAY),
        (3, {}, NOW + 27 * DAY),
        (3, {"is_introduced": True}, None),
        (60, {}, None),
        (None, {}, None),
    ],
)
def test_the_next_change_is_the_end_of_the_cooldown_then_of_freshness(days_ago, more, expected):
    judged = candidate(publication("1.0.0", days_ago), **more)

    assert next_change(judged, NOW, DriftSettings()) == expected


def test_a_script_of_a_new_package_changes_when_the_package_is_new_no_more():
    rows = [
        publication(f"1.0.{patch}", 9 - patch, install_scripts=("install",)) for patch in (0, 1)
    ]

    judged = candidate(*rows, is_introduced=True)

    assert next_change(judged, NOW, DriftSettings()) == NOW + 21 * DAY


def test_the_identities_to_compare_with_are_the_last_of_the_line_that_have_provenance():
    rows = [trusted(f"1.0.{patch}", 40 - patch) for patch in range(6)]
    rows.insert(5, publication("1.0.9", 35.5))

    assert comparisons_of(history(*rows), "1.0.5", ALL) == ("1.0.4", "1.0.3", "1.0.2")


def test_the_last_of_before_the_window_and_of_another_configuration_are_compared_too():
    rows = [trusted("1.0.0", 300, configuration_id="a")]
    rows += [trusted(f"1.0.{patch}", 60 - patch, configuration_id="b") for patch in range(1, 7)]

    found = comparisons_of(history(*rows), "1.0.6", ALL)

    assert found == ("1.0.5", "1.0.4", "1.0.3", "1.0.0")


def test_a_new_line_is_compared_with_the_newest_other():
    rows = [trusted("1.0.0", 90), trusted("2.0.0", 60), trusted("3.0.0", 3)]

    assert comparisons_of(history(*rows), "3.0.0", ALL) == ("2.0.0",)


def test_nothing_is_compared_where_a_registry_has_no_attestations():
    rows = [trusted("1.0.0", 90), trusted("1.0.1", 60)]

    assert comparisons_of(history(*rows), "1.0.1", replace(ALL, attestations=False)) == ()


def regression(*rows, **more):
    found = [one for one in events(candidate(*rows, **more)) if one.id == EventId.AUTH_REGRESSED]
    return found[0].fingerprint
