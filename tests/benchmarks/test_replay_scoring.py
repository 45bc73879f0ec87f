"""What answers come to: stopped while it was out, and the same whatever is not known."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from benchmarks.replaying.answers import Alarm, Answer
from benchmarks.replaying.scoring import SETTLED, Verdict, score
from benchmarks.replaying.translating import translate
from tests.support.histories import benign, event, facts, raw_record, record

HOUR = 3600.0
STOPS, PASSES = Answer(alarm=Alarm.ERROR), Answer()


@dataclass(frozen=True)
class Until:
    """Holds everything until it is so many hours old."""

    hours: float
    name: str = "a gate"
    has_alarms: bool = False

    def __call__(self, replay, now):
        return Answer(waits=now - replay.published < self.hours * HOUR)


@dataclass(frozen=True)
class Said:
    """Answers by the level of the line before, or by the version."""

    answers: Mapping[str, Answer]
    name: str = "said"
    has_alarms: bool = True

    def __call__(self, replay, now):
        for words, answer in self.answers.items():
            if words == replay.version or words in replay.packument.decode():
                return answer
        return PASSES


def verdict(rules, raw):
    """What an attack came to."""
    return score(record(raw), translate(facts_of(raw)), rules).verdict


def facts_of(raw):
    return facts(*raw["events"], **{key: raw[key] for key in ("identity", "date")})


@pytest.mark.parametrize(
    ("hours", "exposure", "expected"),
    [
        (24, {"class": "<24h", "minutes": None}, Verdict.STOPPED),
        (24, {"class": "<24h", "minutes": 93}, Verdict.STOPPED),
        (24, {"class": "1-7d", "minutes": None}, Verdict.MISSED),
        (48, {"class": "1-7d", "minutes": None}, Verdict.UNKNOWN),
        (48, {"class": "1-7d", "minutes": 4560}, Verdict.MISSED),
        # Minutes of another class are a contradiction.
        (48, {"class": "1-7d", "minutes": 1380}, Verdict.UNKNOWN),
        (168, {"class": "1-7d", "minutes": None}, Verdict.STOPPED),
        (168, {"class": ">7d", "minutes": None}, Verdict.MISSED),
        (24, {"class": "unknown", "minutes": None}, Verdict.UNKNOWN),
        (0, {"class": "unknown", "minutes": None}, Verdict.MISSED),
    ],
)
def test_a_gate_stops_what_was_gone_before_it_opened(hours, exposure, expected):
    assert verdict(Until(hours), raw_record(exposure=exposure)) is expected


def test_some_versions_stopped_is_partly():
    raw = raw_record(event(), event(version="1.4.2"))

    assert verdict(Said({'"1.4.2"': STOPS}), raw) is Verdict.PARTLY
    assert verdict(Said({}), raw) is Verdict.MISSED


def test_what_depends_on_what_is_not_recorded_is_unknown():
    raw = raw_record(event(prior_trust_same_line="U", prior_trust_any="U"))

    assert verdict(Said({"trustedPublisher": STOPS}), raw) is Verdict.UNKNOWN
    assert verdict(Said({"widget": STOPS}), raw) is Verdict.STOPPED


def test_a_rule_that_says_it_cannot_tell_has_not_missed():
    assert verdict(Said({"widget": Answer(cannot_tell=True)}), raw_record()) is Verdict.UNKNOWN


def test_a_benign_history_is_as_loud_as_its_loudest_version():
    raw = benign(event(), event(version="1.4.2"))
    rules = Said({'"1.4.2"': STOPS, "widget": Answer(alarm=Alarm.WARN)})

    scored = score(record(raw), translate(facts_of(raw)), rules)

    assert scored.alarms == {Alarm.ERROR}


def test_an_alarm_that_depends_is_told_apart():
    raw = benign(event(prior_trust_same_line="U", prior_trust_any="U"))
    rules = Said({"trustedPublisher": STOPS})

    scored = score(record(raw), translate(facts(*raw["events"])), rules)

    assert scored.alarms == {Alarm.NONE, Alarm.ERROR}
    assert scored.may_be_loud(Alarm.ERROR)
    assert not scored.is_loud(Alarm.WARN)


def test_later_is_when_nothing_is_fresh():
    @dataclass(frozen=True)
    class Fresh:
        name: str = "fresh"
        has_alarms: bool = True

        def __call__(self, replay, now):
            return PASSES if now - replay.published >= SETTLED else STOPS

    scored = score(record(benign()), translate(facts()), Fresh())

    assert scored.alarms == {Alarm.ERROR}
    assert scored.settled == {Alarm.NONE}
