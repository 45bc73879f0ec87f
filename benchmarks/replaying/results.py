"""Results: every rule set over every record, and the three floors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.completions import Basis, is_of
from benchmarks.replaying.peers import NO_DOWNGRADE, PEERS, PNPM
from benchmarks.replaying.scoring import Verdict, score
from benchmarks.replaying.stories import APART
from benchmarks.replaying.translating import DEPTH, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.replaying.answers import Answer, RuleSet
    from benchmarks.replaying.records import Facts, Record
    from benchmarks.replaying.scoring import Scored
    from benchmarks.replaying.translating import Replay, Replayed

TIMES_NO_DOWNGRADE: Final = 2
PART_OF_ALARMS: Final = 5


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
class Decided:
    """The same promise over the attacks alone that their records decide."""

    attacks: int
    """How many there are."""
    figure: int
    needed: int
    at_best: int
    """Of all attacks: what the figure is if everything that is open was as it would have to be."""

    @property
    def can_be_held(self) -> bool:
        """Whether so many attacks are decided at all."""
        return self.needed <= self.attacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A promise, and what it came to."""

    what: str
    figure: int
    needed: int
    at_most: bool = False
    decided: Decided | None = None
    """None: nothing about it hangs on what is not recorded."""

    @property
    def is_held(self) -> bool:
        """Whether it is kept."""
        return self.figure <= self.needed if self.at_most else self.figure >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run: everything by what is recorded, or with what the archive infers."""

    basis: Basis
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of a rule set."""
        return next(one for one in self.columns if one.rules.name == name)

    @property
    def floors(self) -> tuple[Floor, ...]:
        """The three floors, over npm incidents on existing packages since April 2023."""
        ours, patient = self.column("imprint, no waiting"), self.column("imprint")
        rule, pnpm = self.column(NO_DOWNGRADE.name), self.column(PNPM.name)
        unsure = max(one.loud(Alarm.ERROR) + one.maybe_loud(Alarm.ERROR) for one in (ours, patient))
        return (
            Floor(
                what="with cooldown, as many stopped as pnpm 12's defaults",
                figure=patient.stopped(),
                needed=pnpm.stopped(),
                decided=_decided(patient, pnpm, _as_many),
            ),
            Floor(
                what="without waiting, more than twice as many stopped as no-downgrade",
                figure=ours.stopped(),
                needed=_more_than_twice(rule.stopped()),
                decided=_decided(ours, rule, _more_than_twice),
            ),
            Floor(
                what="benign alarms at error level, at most a fifth of no-downgrade's",
                figure=unsure,
                needed=rule.loud(Alarm.ERROR) // PART_OF_ALARMS,
                at_most=True,
            ),
        )


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


def _as_many(stopped: int) -> int:
    return stopped


def _more_than_twice(stopped: int) -> int:
    return TIMES_NO_DOWNGRADE * stopped + 1


def _decided(ours: Column, peer: Column, needed: Callable[[int], int]) -> Decided | None:
    """Return a floor over what our own verdict does not hang on anything open for."""
    ids = ours.decided()
    if len(ids) == len(ours.of_subset()):
        return None
    return Decided(
        attacks=len(ids),
        figure=ours.stopped_of(ids),
        needed=needed(peer.stopped_of(ids)),
        at_best=sum(one.may_be_stopped for one in ours.of_subset()),
    )
