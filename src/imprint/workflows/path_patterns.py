"""Patterns of paths, made into expressions that go back to nothing. Not here: whose patterns.

What is between two stars is taken where it comes first, and kept (`(?>`): with a search for another
way, a few stars and a long name would take for ever, and both come from whoever opens a pull
request.
"""

from __future__ import annotations

import re

_WILD = re.compile(r"(\*\*/?|\*+|\?)")


def expression_of(pattern: str, *, any_character: bool = False) -> str:
    """Return the expression of `*` (no slash), `**` (all) and `**/` (folders, or none).

    `any_character`: a `?` is one character that is no slash; else it is itself.
    """
    groups: list[tuple[str, list[str]]] = [("", [""])]
    for part in _WILD.split(pattern):
        pieces = groups[-1][1]
        if part.startswith("**"):
            groups.append(("(?:[^/]+/)*" if part.endswith("/") else ".*", [""]))
        elif part == "*":
            pieces.append("")
        elif part == "?" and any_character:
            pieces[-1] += "[^/]"
        else:
            pieces[-1] += re.escape(part)
    *before, (wild, last) = groups
    # A lazy wildcard, so that the first match is taken of what has more behind it.
    parts = [f"(?>{f'{start}?' if start else ''}{_atomic(*pieces)})" for start, pieces in before]
    return "".join(parts) + wild + _ended(*last)


def _atomic(first: str, *others: str) -> str:
    return first + "".join(f"(?>[^/]*?{piece})" for piece in others)


def _ended(first: str, *others: str) -> str:
    """Return the last group: its last piece stands at the end."""
    return f"{_atomic(first, *others[:-1])}[^/]*{others[-1]}" if others else first
