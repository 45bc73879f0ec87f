"""Decision: what policy says of one version. Codes are those of events and of rules."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec


class Level(StrEnum):
    """What a reason does: a `block` refuses, a `warn` is to be looked at."""

    BLOCK = "block"
    WARN = "warn"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a version falls short."""

    code: str
    """An event's id, or a rule's: `below-minimum`, `identity-not-pinned`, `advisory`,
    `license-denied`, `release-too-young`, `unknown-evidence`, …; each has a page."""
    message: str
    level: Level
    fingerprint: str
    """Stable over runs; what a baseline and `imprint policy accept` name: 12 hex digits."""
    hint: str | None = None
    release: str | None = None
    """What would release a held version, one line."""
    until: float | None = None
    """Unix seconds: from then on it no longer holds, by itself."""
    before: str | None = None
    after: str | None = None


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A reason that somebody accepted; it is printed, always."""

    reason: Reason
    why: str
    by: str | None
    until: float
    """Unix seconds."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """It may be installed."""

    warnings: tuple[Reason, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    known: tuple[Reason, ...] = ()
    """Of the baseline."""
    next_change: float | None = None
    """Unix seconds: when this decision may be another, though nothing else changed (an acceptance
    or a cooldown ends, something is no longer fresh). None: never."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """It may not. `reasons` blocks, the worst first."""

    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    known: tuple[Reason, ...] = ()
    next_change: float | None = None


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """Something that policy asks for could not be had."""

    reasons: tuple[Reason, ...]
    """What could not be had, each."""
    warnings: tuple[Reason, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    known: tuple[Reason, ...] = ()
    next_change: float | None = None


Decision: TypeAlias = Admitted | Refused | Undecided


def verdict_of(decision: Decision) -> str:
    """Return `admitted`, `refused` or `undecided`."""
    match decision:
        case Admitted():
            return "admitted"
        case Refused():
            return "refused"
        case Undecided():
            return "undecided"
