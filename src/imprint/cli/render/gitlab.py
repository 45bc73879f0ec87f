"""GitLab's code quality report: findings as a JSON array.

Source: GitLab, "Code Quality report format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.findings import Severity

if TYPE_CHECKING:
    from imprint.doctor.model import Finding
    from imprint.doctor.ranking import Ranking

_SEVERITIES = {
    Severity.BLOCK: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render_code_quality(ranking: Ranking) -> str:
    """Return the report of what is shown."""
    issues = [_issue(one) for group in ranking.shown for one in (group.first, *group.others)]
    return msgspec.json.format(msgspec.json.encode(issues), indent=2).decode() + "\n"


def _issue(finding: Finding) -> dict[str, object]:
    return {
        "description": finding.message,
        "check_name": finding.check,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": finding.span.path,
            "lines": {"begin": finding.span.line, "end": max(finding.end_line, finding.span.line)},
        },
    }
