"""Where something stands in a file. Every value of the model knows it; edits are made there."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of one file's text. Offsets count characters of the decoded text, `end` excluded."""

    path: str
    """Relative to the repository's root, with slashes."""
    start: int
    end: int
    line: int
    """From 1, of `start`."""
    column: int
    """From 1, of `start`, in characters."""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A scalar as it was written, with its place. Expressions in it are not evaluated."""

    value: str
    """Quotes, escapes and block indentation resolved; `${{ … }}` left as it is."""
    span: Span
    """Of the whole scalar, quotes and block header included."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or a part of one, that could not be understood: a finding, never left out."""

    path: str
    line: int
    column: int
    message: str
