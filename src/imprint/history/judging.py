"""Judging: one candidate, what came before it, and how its events are made.

Not here: what is an event (the `drift_…` modules), and their order (`drift`).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from imprint.history.backdrops import Backdrop
from imprint.history.candidates import Found
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.history.fingerprints import About, event_fingerprint
from imprint.history.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.history.accounts import Accounts
    from imprint.history.candidates import Candidate
    from imprint.history.earlier import Earlier
    from imprint.history.lines import Line, Lines
    from imprint.history.publications import Publication
    from imprint.history.windows import Window

HOUR_SECONDS = 3_600.0
DAY_SECONDS = 24 * HOUR_SECONDS
_ABSORBING = 2
_BEYOND_WINDOW = 3
"""How many releases before the window are looked at as well: the predecessor, and what absorbs."""


class DriftSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long things count, in seconds (facts: consumers §6.3, §6.6)."""

    fresh_seconds: float = 30 * DAY_SECONDS
    """A younger version's events have their whole severity."""
    window_seconds: float = 90 * DAY_SECONDS
    """How far back a line's evidence binds, and how long a regression stays open."""
    cooldown_seconds: float = DAY_SECONDS
    """A younger version is held."""
    newborn_seconds: float = 7 * DAY_SECONDS
    """A dependency that is younger than this at the publication is newborn."""
    known_seconds: float = 2 * 365 * DAY_SECONDS
    """How long a publisher of a line is remembered."""
    lone_regression: EventSeverity = EventSeverity.WARN
    """Of a step down with nothing else against the version. Of 41 benign histories most are one,
    and of 29 attacks none alone could be told from them: the cooldown holds both, and policy may
    block the events outright (facts: incidents §1.5, "never a bare hard-fail")."""

    def absorbs(self, age: float, *, count: int) -> bool:
        """Return whether `count` releases, the first of them of this age, make something usual."""
        if age <= DAY_SECONDS:
            return age > self.fresh_seconds
        is_old = age > self.cooldown_seconds and count >= _ABSORBING
        return is_old or age > self.fresh_seconds

    @property
    def tagged_seconds(self) -> float:
        """When a tag is missed: at the end of the cooldown, and not within the first hour."""
        return max(self.cooldown_seconds, HOUR_SECONDS)


class Freshness(Enum):
    """Whether a version's events count in full."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"
    """Nobody says when it was published."""


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate with what came before it."""

    candidate: Candidate
    now: float
    settings: DriftSettings
    row: Publication | None
    """The candidate's own; None: the packument does not have it."""
    published: float | None
    line: Line
    lines: Lines
    backdrop: Backdrop
    window: Window
    """Of its line: what came before it of late, and a few more."""

    @classmethod
    def of(cls, candidate: Candidate, *, now: float, settings: DriftSettings) -> Judging:
        """Look up what judging `candidate` needs; rows are decoded for its window alone."""
        backdrop = candidate.backdrop or Backdrop(candidate.history, candidate.carries)
        lines, version = backdrop.lines, candidate.version
        published = lines.moment_of(version)
        return cls(
            candidate=candidate,
            now=now,
            settings=settings,
            row=candidate.history.publication(version),
            published=published,
            line=line_of(version),
            lines=lines,
            backdrop=backdrop,
            window=_window(backdrop, version, settings),
        )

    @property
    def recent(self) -> tuple[Earlier, ...]:
        """Return the releases of its line's window, the newest first."""
        return self.window.releases

    @property
    def freshness(self) -> Freshness:
        """Whether its events count in full: it is young, or a change under review brings it in."""
        if self.candidate.is_introduced:
            return Freshness.FRESH
        if self.published is None:
            return Freshness.UNKNOWN
        until = self.published + self.settings.fresh_seconds
        return Freshness.FRESH if self.now < until else Freshness.STALE

    @property
    def is_vouched(self) -> bool:
        """Whether its source says that it was meant: a tag of it, on no branch that is free to all.

        Who stole a token cannot tag; that is what tells a release by hand from an attack (facts:
        incidents §1.3, §3).
        """
        source = self.candidate.source
        return (
            source is not None
            and source.tag is Found.YES
            and source.commit_on_protected_branch is not Found.NO
        )

    def in_context(self, severity: EventSeverity) -> EventSeverity:
        """Return `severity` for what is fresh, `info` for the rest; at most `warn` if unknown."""
        match self.freshness:
            case Freshness.FRESH:
                return severity
            case Freshness.STALE:
                return EventSeverity.INFO
            case Freshness.UNKNOWN:
                return min(severity, EventSeverity.WARN)

    def in_vouched_context(self, severity: EventSeverity) -> EventSeverity:
        """Return `in_context`, a step lower where the source vouches for the version."""
        found = self.in_context(severity)
        if self.is_vouched and found is not EventSeverity.INFO:
            return EventSeverity(found - 1)
        return found

    def earlier(self, versions: Iterable[str]) -> Iterator[Earlier]:
        """Yield the publications of `versions`, decoded as they are asked for."""
        return self.backdrop.all_of(versions)

    def window_of(self, line: Line) -> Window:
        """Return what `window` is, of another line."""
        return _window(self.backdrop, self.candidate.version, self.settings, line)

    def whole_package(self) -> Iterator[Earlier]:
        """Yield everything before the candidate in the whole package, the newest first."""
        return self.earlier(self.lines.all_before(self.candidate.version))

    def accounts(self) -> tuple[Accounts, int]:
        """Return who published the whole package, and from which place on before the candidate."""
        version = self.candidate.version
        accounts = self.backdrop.accounts(is_timed=self.published is not None)
        return accounts, self.lines.place_in_package(version)

    def is_absorbed(self, moments: list[float | None]) -> bool:
        """Return whether something counts as usual, by when earlier releases had it.

        That is after two releases, the first of them older than a day and the cooldown, or after
        one that is no longer fresh: a burst of bad releases does not absorb itself.
        """
        known = [moment for moment in moments if moment is not None]
        oldest = min(known, default=None) if len(known) == len(moments) else None
        return self.is_absorbed_since(oldest, count=len(moments))

    def is_absorbed_since(self, oldest: float | None, *, count: int) -> bool:
        """Return `is_absorbed` of `count` releases, the first at `oldest`, where that is known.

        Of releases that are looked at newest first, what some absorb more do.
        """
        if self.published is None or oldest is None:
            return count >= _ABSORBING
        return self.settings.absorbs(self.published - oldest, count=count)

    def is_within_window(self, moment: float | None) -> bool:
        """Return whether `moment` is at most a window before the candidate; unknown times are."""
        if self.published is None or moment is None:
            return True
        return self.published - moment <= self.settings.window_seconds

    @property
    def fresh_until(self) -> float | None:
        """When its events lose severity by themselves; None: never, or it is so already."""
        if self.freshness is not Freshness.FRESH or self.candidate.is_introduced:
            return None
        return None if self.published is None else self.published + self.settings.fresh_seconds

    def ways_out(self, *ways: str, with_age: bool = True) -> str:
        """Return what would release the version, one line: `ways`, then age, then acceptance.

        `with_age`: the event loses severity when the version is no longer fresh.
        """
        until = self.fresh_until if with_age else None
        age = [] if until is None else [f"age, on {day_of(until)}"]
        return ", or ".join([*ways, *age, "an acceptance"])

    def event(
        self,
        id: EventId,  # noqa: A002  (the field's own name)
        severity: EventSeverity,
        message: str,
        *,
        about: About,
        before: str | None = None,
        after: str | None = None,
        since: str | None = None,
        release: str | None = None,
        until: float | None = None,
    ) -> DriftEvent:
        """Return an event of the candidate, with its fingerprint."""
        subject = {
            About.PACKAGE: "",
            About.LINE: str(self.line),
            About.VERSION: self.candidate.version,
        }[about]
        return DriftEvent(
            id=id,
            severity=severity,
            message=message,
            before=before,
            after=after,
            since=since,
            release=release,
            until=until,
            fingerprint=event_fingerprint(
                self.candidate.history.name, id, subject, before=before, after=after
            ),
        )


class Absorbing:
    """Releases that are looked at one after another, until they absorb what they have in common."""

    __slots__ = ("_age", "_published", "_settings", "count")

    def __init__(self, judging: Judging) -> None:
        """Start with none."""
        self._settings, self._published = judging.settings, judging.published
        self._age: float | None = -math.inf
        """Of the oldest; None: of one it is unknown."""
        self.count = 0

    def add(self, moment: float | None) -> bool:
        """Add a release of this moment; return `Judging.is_absorbed` of all that were added."""
        self.count += 1
        if moment is None or self._published is None or self._age is None:
            self._age = None
            return self.count >= _ABSORBING
        age = self._published - moment
        self._age = max(self._age, age)
        return self._settings.absorbs(self._age, count=self.count)


def day_of(moment: float) -> str:
    """Return the UTC day of a moment, `2026-03-31`; total."""
    try:
        return datetime.fromtimestamp(moment, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return "an unknown day"


def duration_words(seconds: float) -> str:
    """Return a duration for people, `22 min`, `18 h`, `6 d`; what is below nothing is none."""
    seconds = max(0.0, seconds)
    if seconds < HOUR_SECONDS:
        return f"{seconds // 60:.0f} min"
    if seconds < 2 * DAY_SECONDS:
        return f"{seconds // HOUR_SECONDS:.0f} h"
    return f"{seconds // DAY_SECONDS:.0f} d"


def _window(
    backdrop: Backdrop, version: str, settings: DriftSettings, line: Line | None = None
) -> Window:
    return backdrop.window(
        version, window_seconds=settings.window_seconds, beyond=_BEYOND_WINDOW, line=line
    )
