"""Answers: what a rule set says of one version at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from benchmarks.replaying.translating import Replay


class Alarm(IntEnum):
    """How loud it is for somebody who only wants to install. Waiting is none."""

    NONE = 0
    WARN = 1
    ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a rule set says."""

    alarm: Alarm = Alarm.NONE
    waits: bool = False
    """It is held for its age alone."""
    disarms: bool = False
    """It is installed, and what it brings does not run."""
    cannot_tell: bool = False
    """It says itself that it lacks what it would have to know."""
    why: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    """Codes of what it has against the version itself: not its age, nor what is lacking."""

    @property
    def stops(self) -> bool:
        """Whether an attack would have come to nothing at that moment."""
        return self.alarm is Alarm.ERROR or self.waits or self.disarms


class RuleSet(Protocol):
    """Something that decides: imprint's engine, or a peer."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    @property
    def has_alarms(self) -> bool:
        """Whether it can alarm at all; one that only waits or disarms cannot."""
        ...

    def __call__(self, replay: Replay, now: float) -> Answer:
        """Judge a version as it is seen at `now`, Unix seconds."""
        ...
