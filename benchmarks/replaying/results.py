"""Results: every rule set over every record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.completions import Basis, is_of
from benchmarks.replaying.peers import PEERS
from benchmarks.replaying.scoring import Verdict, score
from benchmarks.replaying.stories import APART
from benchmarks.replaying.translating import DEPTH, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.replaying.answers import Answer, RuleSet
    from benchmarks.replaying.records import Facts, Record
    from benchmarks.replaying.scoring import Scored
    from benchmarks.replaying.translating import Replay, Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One rule set over all records."""

    rules: RuleSet
    scores: tuple[Scored, ...] = field(repr=False)

    def attacks(self, *, of_subset: bool) -> Counter[Verdict]:
        """Return how many attacks came to what."""
        return Counter(
            one.verdict
            for one in self.scores
            if one.verdict is not None and (one.record.is_of_subset or not of_subset)
        )

    def stopped(self, *, of_subset: bool = True) -> int:
        """Return how many attacks it stopped, whole."""
        return self.attacks(of_subset=of_subset)[Verdict.STOPPED]

    def of_subset(self) -> tuple[Scored, ...]:
        """Return the attacks that the floors are over."""
        return tuple(
            one for one in self.scores if one.verdict is not None and one.record.is_of_subset
        )

    def decided(self) -> frozenset[str]:
        """Return the ids of those that come to the same whatever their records leave open."""
        return frozenset(one.record.id for one in self.of_subset() if one.is_decided)

    def stopped_of(self, ids: frozenset[str]) -> int:
        """Return how many of these attacks it stopped, whole."""
        return sum(
            one.verdict is Verdict.STOPPED and one.record.id in ids for one in self.of_subset()
        )

    def loud(self, level: Alarm) -> int:
        """Return how many benign histories it alarms on at that level, or a worse one."""
        return sum(one.is_loud(level) for one in self.scores)

    def maybe_loud(self, level: Alarm) -> int:
        """Return on how many that cannot be told."""
        return sum(one.may_be_loud(level) for one in self.scores)

    def loud_later(self) -> int:
        """Return on how many it still alarms at error level when nothing is fresh any more."""
        return sum(bool(one.settled) and min(one.settled) is Alarm.ERROR for one in self.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run: everything by what is recorded, or with what the archive infers."""

    basis: Basis
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of a rule set."""
        return next(one for one in self.columns if one.rules.name == name)


def replay(
    records: Sequence[tuple[Facts, Record]],
    rule_sets: Sequence[RuleSet],
    *,
    basis: Basis,
    depth: int = DEPTH,
    apart: float = APART,
) -> Results:
    """Translate every record once, and show it to imprint's engine and to each peer."""
    inferring = basis is Basis.INFERRED
    histories = [
        (
            record,
            _by_basis(translate(facts, inferring=inferring, depth=depth, apart=apart), basis),
        )
        for facts, record in records
    ]
    return Results(
        basis=basis,
        columns=tuple(
            Column(
                rules=rules,
                scores=tuple(
                    score(record, events, _Remembered(rules)) for record, events in histories
                ),
            )
            for rules in (*rule_sets, *PEERS)
        ),
    )


def _by_basis(events: tuple[Replayed, ...], basis: Basis) -> tuple[Replayed, ...]:
    """Return the events by those completions that count by `basis`."""
    narrowed = []
    for event in events:
        pairs = zip(event.replays, event.ways, strict=True)
        kept = [(one, way) for one, way in pairs if is_of(way, basis)]
        narrowed.append(
            replace(
                event,
                replays=tuple(one for one, _ in kept),
                ways=tuple(way for _, way in kept),
            )
        )
    return tuple(narrowed)


class _Remembered:
    """A rule set that is asked once for each replay and moment of one record."""

    def __init__(self, rules: RuleSet) -> None:
        self.name, self.has_alarms = rules.name, rules.has_alarms
        self._rules = rules
        self._answers: dict[tuple[int, float], Answer] = {}

    def __call__(self, replay: Replay, now: float) -> Answer:
        found = self._answers.get((id(replay), now))
        if found is None:
            found = self._answers[id(replay), now] = self._rules(replay, now)
        return found
