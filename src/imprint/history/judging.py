"""Judging: one candidate, what came before it, and how its events are made.

Not here: what is an event (the `drift_…` modules), and their order (`drift`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

from imprint.history.backdrops import Backdrop
from imprint.history.candidates import Found
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.history.fingerprints import About, event_fingerprint
from imprint.history.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.history.backdrops import Earlier
    from imprint.history.candidates import Candidate
    from imprint.history.lines import Line, Lines
    from imprint.history.publications import Publication

HOUR_SECONDS = 3_600.0
DAY_SECONDS = 24 * HOUR_SECONDS
_BEYOND_WINDOW = 3
"""How many releases before the window are looked at as well: the predecessor, and what absorbs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSettings:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """A candidate with what came before it."""

    candidate: Candidate
    now: float
    settings: DriftSettings
    row: Publication | None
    """The candidate's own; None: the packument does not have it."""
    published: float | None
    line: Line
    lines: Lines = field(repr=False)
    backdrop: Backdrop = field(repr=False)
    recent: tuple[Earlier, ...]
    """Of its line: the window before it and a few more, the newest first."""

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
            recent=_window(backdrop, version, settings),
        )

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

    def window_of(self, line: Line) -> tuple[Earlier, ...]:
        """Return what `recent` is, of another line."""
        return _window(self.backdrop, self.candidate.version, self.settings, line)

    def whole_package(self) -> Iterator[Earlier]:
        """Yield everything before the candidate in the whole package, the newest first."""
        return self.earlier(self.lines.all_before(self.candidate.version))

    def is_absorbed(self, moments: list[float | None]) -> bool:
        """Return whether something counts as usual, by when earlier releases had it.

        That is after two releases, the first of them older than a day and the cooldown, or after
        one that is no longer fresh: a burst of bad releases does not absorb itself.
        """
        if self.published is None or None in moments:
            return len(moments) >= 2  # noqa: PLR2004  (two releases)
        ages = [self.published - moment for moment in moments if moment is not None]
        if not ages:
            return False
        if max(ages) > self.settings.fresh_seconds:
            return True
        least = max(self.settings.cooldown_seconds, DAY_SECONDS)
        return len(ages) >= 2 and max(ages) > least  # noqa: PLR2004

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
) -> tuple[Earlier, ...]:
    """Return the window before a version in its line, or in `line`, and a few releases more."""
    lines, window_seconds = backdrop.lines, settings.window_seconds
    versions = lines.window_before(
        version, window_seconds=window_seconds, beyond=_BEYOND_WINDOW, line=line
    )
    if versions is not None:
        return tuple(backdrop.all_of(versions))
    published = lines.moment_of(version)
    found: list[Earlier] = []
    beyond = 0
    for earlier in backdrop.all_of(lines.before(version, line=line)):
        found.append(earlier)
        at = earlier.row.published
        if published is None or at is None or published - at > window_seconds:
            beyond += 1
            if beyond == _BEYOND_WINDOW:
                break
    return tuple(found)
