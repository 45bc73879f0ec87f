"""The one path from evidence to a decision, of a single version."""

from __future__ import annotations

from typing import Any

import pytest

from imprint.audit.holding import holder
from imprint.evidence.gathering import Gathered
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.packages import Around, JudgedVersion, Rules, judge_version
from imprint.evidence.proven import Proven
from imprint.evidence.wanted import Wanted
from imprint.history.axes import Grade
from imprint.history.drift import DriftSettings
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.policy.subjects import Lacking
from tests.support.audits import axes, identity
from tests.support.policies import policy
from tests.support.publications import ALL, DAY, NONE, NOW, history, publication, trusted

REGISTRY = "https://registry.example.test/"
TRUSTED = [trusted(f"1.{number}.0", 90 - 10 * number) for number in range(4)]
LOCK_EVENT = DriftEvent(
    id=EventId.LOCK_NO_INTEGRITY, severity=EventSeverity.WARN, message="any bytes would do"
)


def rules(text: str = "", **more: Any) -> Rules:
    return Rules(**{"policy": policy(text), "drift": DriftSettings(), "now": NOW, **more})


def judged(looked: Any, version="1.3.0", **more: Any) -> JudgedVersion:
    whole: dict[str, Any] = {
        "carries": ALL,
        "proven": None,
        "identities": {},
        "neighbour": lambda _name: None,
        "around": Around(),
        "rules": rules(),
    }
    wanted = Wanted(name="widget", version=version, registry=REGISTRY)
    return judge_version(wanted, looked, **{**whole, **more})


def lacks(one: JudgedVersion) -> list[str]:
    return [lack.axis for lack in one.subject.lacking]


def test_what_is_published_as_ever_is_admitted():
    one = judged(Had(history(*TRUSTED)), proven=Proven(axes=axes(), identity=identity()))

    assert isinstance(one.decision, Admitted)
    assert (one.grade, one.events, lacks(one)) == (Grade.L5, (), [])


def test_a_token_after_a_trusted_publisher_is_an_event():
    rows = [*TRUSTED, publication("1.4.0", 1)]

    one = judged(Had(history(*rows)), "1.4.0")

    assert isinstance(one.decision, Refused)
    assert EventId.AUTH_REGRESSED in {event.id for event in one.events}


@pytest.mark.parametrize(
    ("looked", "words"),
    [
        (NotThere(), "the registry has no such package"),
        (NotLooked(why="the registry answered `503`", is_failure=True), "`503`"),
    ],
)
def test_what_could_not_be_had_is_undecided_and_says_why(looked, words):
    one = judged(looked)

    assert isinstance(one.decision, Undecided)
    assert lacks(one) == ["packument"]
    assert words in one.subject.lacking[0].why
    assert (one.grade, one.history, one.publication) == (Grade.UNKNOWN, None, None)


def test_the_lockfiles_own_events_count_even_where_nothing_else_is_known():
    one = judged(NotThere(), around=Around(events=(LOCK_EVENT,)))

    assert [(event.id, bool(event.fingerprint)) for event in one.events] == [
        (EventId.LOCK_NO_INTEGRITY, True)
    ]


def test_the_worst_event_is_told_first():
    rows = [*TRUSTED, publication("1.4.0", 1)]

    one = judged(Had(history(*rows)), "1.4.0", around=Around(events=(LOCK_EVENT,)))

    severities = [event.severity for event in one.events]
    assert severities == sorted(severities, reverse=True)
    assert LOCK_EVENT.id in {event.id for event in one.events}


def test_what_a_registry_strips_is_lacking_on_each_axis_and_said_to_be_its_own():
    bare = publication("1.3.0", None, user=None, email=None, signatures=())

    one = judged(Had(history(bare)), carries=NONE)

    assert set(lacks(one)) == {"time", "auth", "origin", "signature"}
    assert all(lack.is_of_registry for lack in one.subject.lacking)
    assert isinstance(one.decision, Undecided)


def test_what_else_is_lacking_is_kept():
    lack = Lacking(axis="advisories", why="the registry answered `503`")

    one = judged(Had(history(*TRUSTED)), around=Around(lacking=(lack,)))

    assert lack in one.subject.lacking


def test_a_baseline_knows_an_event_by_its_fingerprint():
    rows = [*TRUSTED, publication("1.4.0", 1)]
    first = judged(Had(history(*rows)), "1.4.0")
    assert isinstance(first.decision, Refused)
    known = frozenset(reason.fingerprint for reason in first.decision.reasons)

    again = judged(Had(history(*rows)), "1.4.0", rules=rules(baseline=known))

    codes = {reason.code for reason in again.decision.known}
    assert "auth-regressed" in codes


def test_a_decision_says_when_it_changes_by_itself():
    rows = [*TRUSTED, trusted("1.4.0", 0.5)]

    one = judged(
        Had(history(*rows)), "1.4.0", proven=Proven(axes=axes()), rules=rules('cooldown = "24h"\n')
    )

    assert isinstance(one.decision, Refused)
    assert one.decision.next_change == pytest.approx(NOW + DAY / 2)


# --- what would be admitted in its place ---------------------------------------------------------


def held(*rows: Any, text: str = "") -> str | None:
    found = history(*rows)
    gathered = Gathered(
        registries={"widget": REGISTRY},
        histories={"widget": Had(found)},
        carries={REGISTRY: ALL},
        keys={},
        documents={},
        compared={},
    )
    judging = rules(text)
    one = judged(Had(found), rows[-1].version, rules=judging)
    return holder(judging, gathered)(one)


def test_the_newest_earlier_version_that_policy_admits_is_held_to():
    assert held(*TRUSTED, publication("1.4.0", 1)) == "1.3.0"


def test_a_version_that_policy_refuses_too_is_passed_over():
    assert held(*TRUSTED, publication("1.4.0", 2), publication("1.5.0", 1)) == "1.3.0"


def test_without_anything_that_is_admitted_nothing_is_held_to():
    young = [trusted("1.0.0", 0.2), trusted("1.1.0", 0.1)]

    assert held(*young, text='cooldown = "24h"\n') is None


def test_of_what_was_not_seen_nothing_is_held_to():
    gathered = Gathered(registries={}, histories={}, carries={}, keys={}, documents={}, compared={})

    assert holder(rules(), gathered)(judged(NotThere())) is None
