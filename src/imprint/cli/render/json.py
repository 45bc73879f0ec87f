"""For programs: one object, with `schema`, whatever happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.cli.report import Report
    from imprint.refusals import Refusal

SCHEMA = 1


def render(report: Report, *, command: str) -> str:
    """Return the report for stdout."""
    return _text({"schema": SCHEMA, "command": command, "summary": report.summary, **report.values})


def render_refusal(refusal: Refusal, *, command: str) -> str:
    """Return an error for stdout: a program that asked for JSON gets JSON."""
    error = {
        "code": refusal.code,
        "message": refusal.message,
        "hint": refusal.hint,
        "mismatches": [
            {"claim": m.claim, "expected": m.expected, "actual": m.actual}
            for m in refusal.mismatches
        ],
    }
    return _text({"schema": SCHEMA, "command": command, "summary": {}, "error": error})


def _text(value: dict[str, object]) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
