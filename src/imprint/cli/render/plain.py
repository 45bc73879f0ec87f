"""For people: a report's lines, and errors as `error: …`, `hint: …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.cli.report import Report
    from imprint.refusals import Refusal


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
    """Return the line without what could steer a terminal."""
    if line.isprintable():  # as nearly all are
        return line
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in line)
