"""Where each key of a TOML text stands: `tomllib` reads values, and forgets lines.

For texts that `tomllib` has read: what is no TOML is not found out here, and never an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Path: TypeAlias = "tuple[str | int, ...]"
"""Keys, and numbers in arrays of tables: `("require", 0, "packages")`."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(
    r"""[ \t]*(?:(?P<bare>[A-Za-z0-9_-]+)|"(?P<basic>(?:[^"\\\n]|\\.)*)"|'(?P<literal>[^'\n]*)')"""
)
_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}\n]"
    r"|[^\"'#\[\]{}\n]+"
    r"|.",
    re.DOTALL,
)


def places_of(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, of every table and key that stands on a line of its own.

    Keys inside of inline tables have the line of the key before the table.
    """
    places: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    at, line, counted = 0, 1, 0
    while True:
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty text
        if at >= len(text):
            return places
        line += text.count("\n", counted, at)
        counted = at
        if text[at] == "[":
            is_array = text.startswith("[[", at)
            keys, at = _keys(text, at + 1 + is_array)
            table = _within(counts, keys, is_array=is_array)
            places.setdefault(table, line)
            if is_array:
                places.setdefault(table[:-1], line)
            at = _line_end(text, at)
        else:
            keys, at = _keys(text, at)
            path = (*table, *keys)
            for size in range(len(table) + 1, len(path) + 1):
                places.setdefault(path[:size], line)
            at = _value_end(text, at)


def _within(counts: dict[Path, int], keys: tuple[str, ...], *, is_array: bool) -> Path:
    """Return the path of a table's header: below an array of tables it means the last of them."""
    path: Path = ()
    for place, key in enumerate(keys):
        path = (*path, key)
        is_last = place == len(keys) - 1
        if is_array and is_last:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _keys(text: str, at: int) -> tuple[tuple[str, ...], int]:
    keys: list[str] = []
    while found := _KEY.match(text, at):
        basic = found["basic"]
        keys.append(
            found["bare"] or (found["literal"] if basic is None else _unescaped(basic)) or ""
        )
        at = found.end()
        rest = re.compile(r"[ \t]*\.").match(text, at)
        if rest is None:
            break
        at = rest.end()
    return tuple(keys), at


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _value_end(text: str, at: int) -> int:
    """Return where the line ends on which the value is whole."""
    depth = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return len(text)
        at = piece.end()
        match piece[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "\n" if depth <= 0:
                return at
    return at
