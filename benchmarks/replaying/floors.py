"""Floors: what a replay promises, over npm incidents on existing packages since April 2023."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.peers import NO_DOWNGRADE, PNPM

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.replaying.results import Column, Results

TIMES_NO_DOWNGRADE: Final = 2
PART_OF_ALARMS: Final = 5


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


def floors_of(run: Results) -> tuple[Floor, ...]:
    """Return the three floors, over npm incidents on existing packages since April 2023."""
    ours, patient = run.column("imprint, no waiting"), run.column("imprint")
    rule, pnpm = run.column(NO_DOWNGRADE.name), run.column(PNPM.name)
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
