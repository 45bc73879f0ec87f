"""For people: a report's lines, and errors as `error: …`, `hint: …`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.cli.report import Report
    from imprint.refusals import Refusal

_COMMAND = re.compile(r"##(?=(?:vso|teamcity)?\[)|(?<!\S)::(?=[a-z])", re.IGNORECASE)
"""How CI services know a line of a log that is for them: GitHub's runner looks for `##[` anywhere
and for `::` behind blanks, Azure's agent for `##vso[`, TeamCity for `##teamcity[`."""


def render(report: Report) -> str:
    """Return the report for stdout."""
    return "".join(f"{printable(line)}\n" for line in report.lines)


def render_refusal(refusal: Refusal) -> str:
    """Return an error for stderr: what, each mismatch, what to do."""
    lines = [f"error: {refusal.message}"]
    lines += [
        f"  {m.claim}: expected {m.expected}, actual {'nothing' if m.actual is None else m.actual}"
        for m in refusal.mismatches
    ]
    if refusal.hint is not None:
        lines.append(f"hint: {refusal.hint}")
    return "".join(f"{printable(line)}\n" for line in lines)


def printable(line: str) -> str:
    """Return the line without what could steer a terminal, or the CI job that it is written in."""
    if not line.isprintable():  # as few are
        line = "".join(c if c.isprintable() else _spelled(c) for c in line)
    if "##" in line or "::" in line:
        return _COMMAND.sub(lambda found: _spelled(found[0][0]) + found[0][1:], line)
    return line


def _spelled(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"
