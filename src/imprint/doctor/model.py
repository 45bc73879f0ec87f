"""A diagnosis as data: what was found in a repository, ranked, and how much was looked at.

The types are imported for good, not for the type checker alone: `keeping` decodes by them.
"""

from __future__ import annotations

from datetime import date

import msgspec

from imprint.workflows.findings import Confidence, FixKind, Persona, Severity
from imprint.workflows.paths.model import PublishPath
from imprint.workflows.sources import Span, Unreadable


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a check found."""

    check: str
    """Its id, which has a page (`imprint explain`)."""
    severity: Severity
    confidence: Confidence
    persona: Persona
    span: Span
    end_line: int
    """Of the span's last character, from 1."""
    message: str
    hint: str | None
    fix: FixKind | None
    related: tuple[Span, ...] = ()
    fingerprint: str
    """The same as long as check, file and structure are: lines may move."""
    path: int | None = None
    """Which of the diagnosis's publish paths it is about."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of "who can publish this package"."""

    package: str
    """Several with the same way in one line; `*` where none is known."""
    who: str
    """Principals in the specification's spelling, joined by `+`, with their number where known."""
    can_publish: bool
    how: str
    """The nodes of the way."""
    stopped_by: tuple[str, ...] = ()
    confidence: Confidence


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """One edit of the smallest set that closes every path."""

    what: str
    span: Span | None = None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much was looked at: an empty report is worth nothing without it."""

    files: int = 0
    workflows: int = 0
    other_ci: int = 0
    """GitLab and CircleCI files."""
    packages: int = 0
    jobs: int = 0
    publish_jobs: int = 0
    checks: int = 0
    """How many ran."""
    skipped: tuple[str, ...] = ()
    """Checks that could not run, each with the reason."""
    opaque: tuple[str, ...] = ()
    """External actions and workflows that could not be looked into."""
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def has_ci(self) -> bool:
        """Whether there was any CI file, read or unreadable."""
        return bool(self.workflows or self.other_ci or self.unreadable)


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one state of a repository, nothing folded or ignored yet."""

    name: str | None
    """`owner/name` at the forge."""
    profile: str
    findings: tuple[Finding, ...] = ()
    """Ranked: the root cause first."""
    paths: tuple[PublishPath, ...] = ()
    """Of people, then of suppliers."""
    of_people: int = 0
    """How many of them are of people."""
    table: tuple[Row, ...] = ()
    cuts: tuple[Cut, ...] = ()
    assumed: tuple[str, ...] = ()
    """What was taken for granted where nothing was known, one sentence each."""
    notes: tuple[str, ...] = ()
    """What could not be done, one sentence each."""
    coverage: Coverage = msgspec.field(default_factory=Coverage)


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that somebody decided to live with."""

    finding: Finding
    reason: str
    until: date | None
    where: str
    """`comment` or `baseline`."""
