"""Scores: what each rule set's answers come to, for an attack and for a benign history.

An attack counts as stopped where it was stopped at every moment at which the version was out, by
every completion of what its record leaves open. Counted as in facts: incidents §2.1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.answers import Alarm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.replaying.answers import Answer, RuleSet
    from benchmarks.replaying.completions import Completion
    from benchmarks.replaying.records import Record
    from benchmarks.replaying.translating import Replay, Replayed

SOON: Final = 1800.0
"""Half an hour after it was published: the first installs, and before any attack was found."""
_HOUR: Final = 3600.0
MOMENTS: Final = (SOON, 24 * _HOUR, 48 * _HOUR, 7 * 24 * _HOUR)
"""Seconds after it was published: soon, and when each gate has just opened."""
_TOLD: Final = (("soon", SOON), ("after a day", 24 * _HOUR))
SETTLED: Final = 31 * 24 * _HOUR
"""When nothing is fresh any more: how loud a benign history then still is."""


class Verdict(StrEnum):
    """What an attack came to."""

    STOPPED = "stopped"
    PARTLY = "partly"
    MISSED = "missed"
    UNKNOWN = "unknown"
    """The record does not have what the rule set needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One record and one rule set."""

    record: Record
    verdict: Verdict | None
    """Of an attack."""
    alarms: frozenset[Alarm] = frozenset()
    """Of a benign history, its loudest version: one, or several where it cannot be told."""
    settled: frozenset[Alarm] = frozenset()
    """The same, when nothing is fresh any more."""
    why: tuple[str, ...] = field(default=(), repr=False)
    signs: tuple[str, ...] = ()
    """Codes of what was said of its versions while they were new, whatever is not recorded."""
    by_way: tuple[tuple[Completion, Verdict], ...] = field(default=(), repr=False)
    """What an attack came to, by each completion."""

    @property
    def is_decided(self) -> bool:
        """Whether an attack comes to the same whatever its record leaves open."""
        verdicts = {verdict for _, verdict in self.by_way}
        return len(verdicts) == 1 and Verdict.UNKNOWN not in verdicts

    @property
    def may_be_stopped(self) -> bool:
        """Whether there is a completion by which an attack is stopped."""
        return any(verdict is Verdict.STOPPED for _, verdict in self.by_way)

    def is_loud(self, level: Alarm) -> bool:
        """Whether a benign history is at least that loud, whatever is not known."""
        return bool(self.alarms) and min(self.alarms) >= level

    def may_be_loud(self, level: Alarm) -> bool:
        """Whether it can only not be told."""
        return not self.is_loud(level) and any(alarm >= level for alarm in self.alarms)


def score(record: Record, events: Sequence[Replayed], rules: RuleSet) -> Scored:
    """Return what a rule set makes of a record."""
    if record.is_attack:
        return _attack(record, events, rules)
    alarms = [_alarms(event, rules, MOMENTS) for event in events]
    settled = [_alarms(event, rules, (SETTLED,)) for event in events]
    return Scored(
        record=record,
        verdict=None,
        alarms=_loudest(alarms),
        settled=_loudest(settled),
        why=_reasons(events, rules),
    )


def _attack(record: Record, events: Sequence[Replayed], rules: RuleSet) -> Scored:
    by_event = [
        [_of_replay(replay, rules, record.window) for replay in event.replays] for event in events
    ]
    by_way = zip(events[0].ways, zip(*by_event, strict=True), strict=True)
    return Scored(
        record=record,
        verdict=_together([_agreed(verdicts) for verdicts in by_event]),
        why=_reasons(events, rules),
        signs=_signs(events, rules),
        by_way=tuple((way, _together(verdicts)) for way, verdicts in by_way),
    )


def _agreed(verdicts: Sequence[Verdict]) -> Verdict:
    """Return stopped, missed, or unknown where it depends on what is not known."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else Verdict.UNKNOWN


def _of_replay(replay: Replay, rules: RuleSet, window: tuple[float, float]) -> Verdict:
    least, most = window
    verdict = Verdict.STOPPED
    for moment in MOMENTS:
        if moment > SOON and moment >= most and moment > least:
            break
        answer = rules(replay, replay.published + moment)
        if answer.stops:
            continue
        # It was out for certain at the first moment, and for as long as it is known to have been.
        if moment == SOON or moment <= least:
            return Verdict.UNKNOWN if answer.cannot_tell else Verdict.MISSED
        verdict = Verdict.UNKNOWN
    return verdict


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """Return what several versions of one attack come to: some stopped is partly."""
    if len(set(verdicts)) == 1:
        return verdicts[0]
    if Verdict.STOPPED in verdicts:
        return Verdict.PARTLY
    return Verdict.UNKNOWN


def _alarms(event: Replayed, rules: RuleSet, moments: Sequence[float]) -> frozenset[Alarm]:
    """Return how loud it is, once for each completion, its loudest moment."""
    return frozenset(
        max(rules(replay, replay.published + moment).alarm for moment in moments)
        for replay in event.replays
    )


def _loudest(events: Iterable[frozenset[Alarm]]) -> frozenset[Alarm]:
    """Return what the loudest of several versions may be."""
    together: frozenset[Alarm] = frozenset({Alarm.NONE})
    for alarms in events:
        together = frozenset(max(one, other) for one in together for other in alarms)
    return together


def _reasons(events: Sequence[Replayed], rules: RuleSet) -> tuple[str, ...]:
    """Return each answer that completions come to, and in how many: soon, and after a day."""
    found = []
    for event in events:
        total = len(event.replays)
        for when, moment in _TOLD:
            counted = Counter(
                _words(rules(replay, replay.published + moment)) for replay in event.replays
            )
            found += [
                f"{event.package} {event.version}, {when}: {words}"
                + (f" ({count} of {total} completions)" if count < total else "")
                for words, count in counted.most_common()
            ]
    return tuple(found)


def _signs(events: Sequence[Replayed], rules: RuleSet) -> tuple[str, ...]:
    """Return the codes of what is said of new versions by every completion, each once."""
    by_event = [
        [rules(replay, replay.published + SOON).signs for replay in event.replays]
        for event in events
    ]
    by_way = [
        dict.fromkeys(code for codes in way for code in codes)
        for way in zip(*by_event, strict=True)
    ]
    return tuple(code for code in by_way[0] if all(code in codes for codes in by_way))


def _words(answer: Answer) -> str:
    """Return an answer for people."""
    state = "stopped" if answer.stops else "cannot tell" if answer.cannot_tell else "admitted"
    if answer.alarm is Alarm.WARN and not answer.stops:
        state = "warned"
    return f"{state}: {', '.join(answer.why)}" if answer.why else state
