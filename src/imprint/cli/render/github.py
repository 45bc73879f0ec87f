"""GitHub's workflow commands: findings as annotations, and the job's summary page.

Source: GitHub, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.cli.render.workflow_commands import workflow_command
from imprint.workflows.findings import Severity

if TYPE_CHECKING:
    from imprint.doctor.model import Finding
    from imprint.doctor.ranking import Ranking

_LEVELS = {
    Severity.BLOCK: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def render_annotations(ranking: Ranking) -> str:
    """Return one command for each finding that is shown."""
    return "".join(
        _annotation(one) + "\n" for group in ranking.shown for one in (group.first, *group.others)
    )


def write_summary(text: str) -> None:
    """Add a text to the job's summary page, where there is one."""
    named = os.environ.get(SUMMARY_VARIABLE)
    if named:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(text)


def _annotation(finding: Finding) -> str:
    text = finding.message if finding.hint is None else f"{finding.message}\nhint: {finding.hint}"
    span = finding.span
    values = {
        "file": span.path,
        "line": str(span.line),
        "endLine": str(max(finding.end_line, span.line)),
        "col": str(span.column),
        "title": f"imprint: {finding.check}",
    }
    return workflow_command(_LEVELS[finding.severity], values, text)
