"""Which part of a body a request asks for (RFC 9110 §14): one range, or all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*\Z")


class Whole(msgspec.Struct, frozen=True):
    """Everything: no range, several of them, or one that nobody understands."""


class Part(msgspec.Struct, frozen=True):
    """Inclusive byte positions, both within the body."""

    first: int
    last: int


class Unsatisfiable(msgspec.Struct, frozen=True):
    """A range that begins behind the end: 416."""


Wanted: TypeAlias = Whole | Part | Unsatisfiable


def wanted_part(headers: Mapping[str, str], *, size: int, etag: str) -> Wanted:
    """Return what `headers` (lower-case names) ask for of a body of `size` bytes.

    A part of what was another body then (`if-range`) would be put behind bytes that it does not
    belong to: then it is the whole. Dates are never equal, for none is sent.
    """
    asked = _RANGE.match(headers.get("range", ""))
    if asked is None or headers.get("if-range", etag).strip() != etag:
        return Whole()
    first, last = asked[1], asked[2]
    if not first:
        if not last:
            return Whole()
        length = min(int(last), size)
        return Part(size - length, size - 1) if length else Unsatisfiable()
    start = int(first)
    if last and int(last) < start:
        return Whole()
    if start >= size:
        return Unsatisfiable()
    return Part(start, min(int(last), size - 1) if last else size - 1)


def is_unchanged(headers: Mapping[str, str], *, etag: str) -> bool:
    """Say whether the client has the body of this `etag` already (`if-none-match`): 304."""
    said = headers.get("if-none-match")
    if said is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in said.split(",")]
    return "*" in tags or etag in tags
