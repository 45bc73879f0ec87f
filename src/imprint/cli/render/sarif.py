"""SARIF 2.1.0: findings as results, publish paths as code flows.

Source: OASIS SARIF 2.1.0; GitHub reads `partialFingerprints` and `security-severity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.render.sarif_log import location, log_text, message
from imprint.workflows.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.cli.render.sarif_log import Values
    from imprint.doctor.model import Diagnosis, Finding
    from imprint.doctor.ranking import Ranking
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.sources import Span

_LEVELS = {
    Severity.BLOCK: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES = {
    Severity.BLOCK: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}


def render_sarif(diagnosis: Diagnosis, ranking: Ranking) -> str:
    """Return the log of one run."""
    findings = [one for group in ranking.shown for one in (group.first, *group.others)]
    ids = list(dict.fromkeys(one.check for one in findings))
    return log_text(
        category=f"imprint/doctor/{diagnosis.profile}/",
        rules=[_rule(check, findings) for check in ids],
        results=[_result(one, ids, diagnosis) for one in findings],
    )


def _rule(check: str, findings: Iterable[Finding]) -> Values:
    worst = max(one.severity for one in findings if one.check == check)
    return {
        "id": check,
        "shortDescription": {"text": check.replace("-", " ")},
        "help": {"text": f"`imprint explain {check}` says why it matters, and what to do."},
        "defaultConfiguration": {"level": _LEVELS[worst]},
        "properties": {"tags": ["security"], "security-severity": _SCORES[worst]},
    }


def _result(finding: Finding, ids: list[str], diagnosis: Diagnosis) -> Values:
    text = finding.message if finding.hint is None else f"{finding.message}\nhint: {finding.hint}"
    result: Values = {
        "ruleId": finding.check,
        "ruleIndex": ids.index(finding.check),
        "level": _LEVELS[finding.severity],
        "message": message(text),
        "locations": [_location(finding.span, end_line=finding.end_line)],
        "partialFingerprints": {"imprint/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity.name.lower(),
            "confidence": finding.confidence.name.lower(),
        },
    }
    if finding.related:
        result["relatedLocations"] = [_location(span) for span in finding.related]
    if finding.path is not None:
        result["codeFlows"] = [_code_flow(diagnosis.paths[finding.path])]
    return result


def _code_flow(path: PublishPath) -> Values:
    """Return a path as one thread; a hop without a place stands at the one before it."""
    locations: list[Values] = []
    last: Span | None = next((hop.span for hop in path.hops if hop.span is not None), None)
    for hop in path.hops:
        last = hop.span or last
        place: Values = {"message": {"text": f"{hop.node}: {hop.what}"}}
        if last is not None:
            place |= _location(last)
        locations.append({"location": place, "importance": "essential"})
    who = "+".join(str(principal) for principal in path.who)
    return {
        "message": {"text": f"{who} publishes {path.package}, on {path.profile}"},
        "threadFlows": [{"locations": locations}],
    }


def _location(span: Span, *, end_line: int | None = None) -> Values:
    return location(span.path, span.line, column=span.column, end_line=end_line)
