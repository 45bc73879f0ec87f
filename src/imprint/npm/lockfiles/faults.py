"""What is said of a lockfile that cannot be read. Not here: what is one (a module per format)."""

from __future__ import annotations

import re

from imprint.refusals import Malformed, quoted

MALFORMED = "malformed-lockfile"
UNKNOWN_VERSION = "unknown-lockfile-version"
_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7}|\|{7})(?:[ \r\n]|$)", re.MULTILINE)
_CONFLICT_START = re.compile(rb"^<{7}(?:[ \r\n]|$)", re.MULTILINE)


def malformed(line: int, what: str, hint: str | None = None) -> Malformed:
    """Return the refusal (`malformed-lockfile`) of what stands in `line`."""
    return Malformed(MALFORMED, f"the lockfile {what}, line {line}", hint)


def unknown_version(format_name: str, version: str, known: str) -> Malformed:
    """Return the refusal (`unknown-lockfile-version`); `known` says what is read here."""
    return Malformed(
        UNKNOWN_VERSION,
        f"the lockfile is {format_name}'s, version {quoted(version)}: {known} is read here",
        f"write it anew with a release of {format_name} that writes {known}",
    )


def refuse_conflicts(data: bytes) -> None:
    """Refuse what git left for people to merge. Raises Malformed (`malformed-lockfile`)."""
    # `=======` alone may be part of a text: the first marker is always `<<<<<<<`.
    if b"<<<<<<<" in data and (found := _CONFLICT_START.search(data)) is not None:
        markers = len(_CONFLICT.findall(data))
        raise malformed(
            line_at(data, found.start()),
            f"has {markers} merge conflict markers",
            "merge it first: the package manager's own install does, or take one side and install",
        )


def line_at(data: bytes, offset: int) -> int:
    """Return the line, from 1, of a byte."""
    return data.count(b"\n", 0, offset) + 1
