"""What a check says. Ranking, folding and formats are doctor's."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.workflows.sources import Span


class Severity(IntEnum):
    """How bad it is, in the letters of facts/workflows.md §6."""

    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    BLOCK = 5
    """The release will fail, or anybody can publish."""


class Confidence(IntEnum):
    """How sure it is that the condition holds."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Persona(StrEnum):
    """For whom it is worth reading."""

    RELEASE = "release"
    REGULAR = "regular"
    AUDITOR = "auditor"


class FixKind(StrEnum):
    """Whether a fix can be taken without thinking about it."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a check found what it looks for."""

    span: Span
    message: str
    """One line: what, then value, then what would have been right."""
    hint: str | None = None
    severity: Severity | None = None
    """Where it differs from the check's own."""
    confidence: Confidence | None = None
    related: tuple[Span, ...] = ()


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One replacement in a file's text; an insertion has an empty span."""

    span: Span
    text: str


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """What repairs one report: edits that do not overlap, and files that are new."""

    title: str
    edits: tuple[Edit, ...]
    new_files: tuple[tuple[str, str], ...] = ()
    """Path and text."""
