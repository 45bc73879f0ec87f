"""Where something stands in a file. Every value of the model knows it; edits are made there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of one file's text. Offsets count characters of the decoded text, `end` excluded."""

    path: str
    """Relative to the repository's root, with slashes."""
    start: int
    end: int
    line: int
    """From 1, of `start`."""
    column: int
    """From 1, of `start`, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A scalar as it was written, with its place. Expressions in it are not evaluated."""

    value: str
    """Quotes, escapes and block indentation resolved; `${{ … }}` left as it is."""
    span: Span
    """Of the whole scalar, quotes and block header included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file, or a part of one, that could not be understood: a finding, never left out."""

    path: str
    line: int
    column: int
    message: str
