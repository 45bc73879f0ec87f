"""What is said of a lockfile that cannot be read. Not here: what is one (a module per format)."""

from __future__ import annotations

import re

from imprint.refusals import Malformed, quoted

MALFORMED = "malformed-lockfile"
UNKNOWN_VERSION = "unknown-lockfile-version"
_CONFLICT = re.compile(
    rb"^(?:<{7}|={7}|>{7}|\|{7})(?:[ \t]+(?P<side>[^\r\n]{1,80}))?[^\r\n]*\r?$", re.MULTILINE
)
_CONFLICT_START = re.compile(rb"^(?:<{7}|>{7})(?:[ \r\n]|$)", re.MULTILINE)
_MOST_SIDES = 3


def malformed(line: int, what: str, hint: str | None = None) -> Malformed:
    """Return the refusal (`malformed-lockfile`) of what stands in `line`."""
    return Malformed(MALFORMED, f"the lockfile {what}, line {line}", hint)


def unknown_version(format_name: str, version: str, known: str, hint: str) -> Malformed:
    """Return the refusal (`unknown-lockfile-version`); `known` says what is read here."""
    return Malformed(
        UNKNOWN_VERSION,
        f"the lockfile is {format_name}'s, version {quoted(version)}, expected {known}",
        hint,
    )


def refuse_conflicts(data: bytes) -> None:
    """Refuse what git left for people to merge. Raises Malformed (`malformed-lockfile`)."""
    # `=======` alone may be part of a text; the others are not, and one of them may be left over.
    is_one = b"<<<<<<<" in data or b">>>>>>>" in data
    if is_one and (found := _CONFLICT_START.search(data)) is not None:
        sides = [marker["side"] for marker in _CONFLICT.finditer(data)]
        named = dict.fromkeys(side.decode(errors="replace").strip() for side in sides if side)
        shown = " and ".join(quoted(name) for name in list(named)[:_MOST_SIDES])
        what = (
            "1 merge conflict marker" if len(sides) == 1 else f"{len(sides)} merge conflict markers"
        )
        raise malformed(
            line_at(data, found.start()),
            f"has {what} of {shown}" if shown else f"has {what}",
            "merge it first: the package manager's own install does, or take one side and install",
        )


def line_at(data: bytes, offset: int) -> int:
    """Return the line, from 1, of a byte."""
    return data.count(b"\n", 0, offset) + 1
