"""GitLab's code quality report: one issue for each reason, on the lockfile's line.

Source: GitLab, "Code Quality report format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.audit.model import POLICY_CHANGED
from imprint.cli.render.audit.findings import (
    FindingLevel,
    findings_of,
    rule_change_fingerprint,
    rule_change_level,
)
from imprint.cli.render.audit.sentences import rule_change_lines
from imprint.cli.render.json_text import json_text
from imprint.cli.render.plain import printable

if TYPE_CHECKING:
    from imprint.audit.model import Audit, RuleChange
    from imprint.cli.render.audit.findings import Finding
    from imprint.cli.render.audit.values import Values

_SEVERITIES = {
    FindingLevel.ERROR: "critical",
    FindingLevel.WARNING: "minor",
    FindingLevel.NOTE: "info",
}


def render_gitlab(audit: Audit) -> str:
    """Return a JSON array."""
    return json_text(issues_of(audit))


def issues_of(audit: Audit) -> list[Values]:
    """Return the issues, each with a fingerprint that no other has."""
    issues = [_issue(finding) for finding in findings_of(audit)]
    lines = rule_change_lines(audit)
    issues += [
        _of_rules(change, line) for change, line in zip(audit.rule_changes, lines, strict=True)
    ]
    return issues


def _of_rules(change: RuleChange, line: str) -> Values:
    return {
        "description": printable(line),
        "check_name": POLICY_CHANGED,
        "fingerprint": rule_change_fingerprint(change),
        "severity": _SEVERITIES[rule_change_level(change)],
        "location": {"path": change.path, "lines": {"begin": 1}},
    }


def _issue(finding: Finding) -> Values:
    return {
        "description": printable(finding.text),
        "check_name": finding.reason.code,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.level],
        "location": {"path": finding.place.path, "lines": {"begin": finding.place.line}},
    }
