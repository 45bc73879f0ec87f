"""Results: every rule set over every record, and the three floors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.peers import NO_DOWNGRADE, PEERS, PNPM
from benchmarks.replaying.scoring import Verdict, score
from benchmarks.replaying.stories import APART
from benchmarks.replaying.translating import DEPTH, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.replaying.answers import RuleSet
    from benchmarks.replaying.records import Facts, Record
    from benchmarks.replaying.scoring import Scored

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
class Floor:
    """A promise, and what it came to."""

    what: str
    figure: int
    needed: int
    at_most: bool = False

    @property
    def is_held(self) -> bool:
        """Whether it is kept."""
        return self.figure <= self.needed if self.at_most else self.figure >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run: everything by what is recorded, or with what the archive infers."""

    inferring: bool
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
            ),
            Floor(
                what="without waiting, more than twice as many stopped as no-downgrade",
                figure=ours.stopped(),
                needed=TIMES_NO_DOWNGRADE * rule.stopped() + 1,
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
    inferring: bool,
    depth: int = DEPTH,
    apart: float = APART,
) -> Results:
    """Translate every record once, and show it to imprint's engine and to each peer."""
    histories = [
        (record, translate(facts, inferring=inferring, depth=depth, apart=apart))
        for facts, record in records
    ]
    return Results(
        inferring=inferring,
        columns=tuple(
            Column(
                rules=rules,
                scores=tuple(score(record, events, rules) for record, events in histories),
            )
            for rules in (*rule_sets, *PEERS)
        ),
    )
