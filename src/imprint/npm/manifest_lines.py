"""On which line of a package.json each dependency stands. Not here: what package.json means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
TABLES = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies")
"""In the order of what an install goes by, where a name stands in several."""
_TOKEN = re.compile(r'"(?>[^"\\\n]+|\\.)*+(?:"|\\?(?=\n|\Z))|[{}\[\]:,\n]')
"""A text without an end goes on to the line's, so that nothing is looked through twice."""
_TABLE_DEPTH = 2


def dependency_lines(raw: bytes) -> Mapping[str, int]:
    """Return the line, from 1, of each dependency by the name that package.json gives it.

    Total: of what is no package.json it returns what looks like one, or nothing.
    """
    text = raw[:MAX_MANIFEST_BYTES].decode("utf-8-sig", "replace")
    found: dict[str, dict[str, int]] = {table: {} for table in TABLES}
    table, key, depth, line = "", "", 0, 1
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign == "\n":
            line += 1
        elif sign in "{[":
            depth += 1
            table = key if depth == _TABLE_DEPTH and sign == "{" else table
        elif sign in "}]":
            depth -= 1
            table = table if depth >= _TABLE_DEPTH else ""
        elif sign.startswith('"'):
            key = _decoded(sign)
            if depth == _TABLE_DEPTH and table in found and _is_name(text, match.end()):
                found[table].setdefault(key, line)
    return {name: number for table in reversed(TABLES) for name, number in found[table].items()}


def _is_name(text: str, at: int) -> bool:
    """Return whether a colon follows: else the text was a value."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return text[at : at + 1] == ":"


def _decoded(sign: str) -> str:
    try:
        return msgspec.json.decode(sign.encode("utf-8", "replace"), type=str)
    except msgspec.DecodeError:
        return ""
