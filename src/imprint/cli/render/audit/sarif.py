"""SARIF 2.1.0: a rule for each event or reason, its page as help; a result for each finding.

What was accepted or is known of the baseline is in it too, suppressed with its reason.
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
from imprint.cli.render.audit.sentences import rule_change_lines, way_words
from imprint.cli.render.plain import printable
from imprint.cli.render.sarif_log import location, log_of, message, run_of
from imprint.explanations import pages

if TYPE_CHECKING:
    from collections.abc import Collection

    from imprint.audit.model import Audit, RuleChange
    from imprint.cli.render.audit.findings import Finding
    from imprint.cli.render.sarif_log import Values

_SCORES = {FindingLevel.ERROR: "8.0", FindingLevel.WARNING: "5.5", FindingLevel.NOTE: "1.0"}
_WORST_FIRST = (FindingLevel.ERROR, FindingLevel.WARNING, FindingLevel.NOTE)


def render_sarif(audit: Audit) -> str:
    """Return the log of one run."""
    return log_of([sarif_run(audit)])


def sarif_run(audit: Audit) -> Values:
    """Return the run of one lockfile, which is a category of its own."""
    findings = list(findings_of(audit, with_suppressed=True))
    levels: dict[str, set[FindingLevel]] = {}
    for finding in findings:
        levels.setdefault(finding.reason.code, set()).add(finding.level)
    for change in audit.rule_changes:
        levels.setdefault(POLICY_CHANGED, set()).add(rule_change_level(change))
    numbers = {code: number for number, code in enumerate(levels)}
    changes = zip(audit.rule_changes, rule_change_lines(audit), strict=True)
    return run_of(
        category=f"imprint/{'diff' if audit.is_difference else 'audit'}/{audit.lockfile}/",
        rules=[_rule(code, of_code) for code, of_code in levels.items()],
        results=[
            *(_result(one, numbers[one.reason.code]) for one in findings),
            *(_of_rules(one, line, numbers[POLICY_CHANGED]) for one, line in changes),
        ],
    )


def _of_rules(change: RuleChange, line: str, number: int) -> Values:
    """Return that the change itself changes a file that judges: at the top of that file."""
    return {
        "ruleId": POLICY_CHANGED,
        "ruleIndex": number,
        "level": rule_change_level(change).value,
        "message": message(line),
        "locations": [location(change.path, 1)],
        "partialFingerprints": {"imprint/v1": rule_change_fingerprint(change)},
        "properties": {
            "change": change.change.value,
            "looser": list(change.looser),
            "otherwise": list(change.otherwise),
        },
    }


def _rule(code: str, levels: Collection[FindingLevel]) -> Values:
    worst = next(level for level in _WORST_FIRST if level in levels)
    page = pages.page(code) or f"`imprint explain {code}` says what it means, and what to do."
    paragraphs = [part for part in page.split("\n\n") if not part.startswith("#")]
    return {
        "id": code,
        "shortDescription": {"text": code.replace("-", " ")},
        "fullDescription": {"text": " ".join(next(iter(paragraphs), code).split())},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": worst.value},
        "properties": {"tags": ["security", "supply-chain"], "security-severity": _SCORES[worst]},
    }


def _result(finding: Finding, number: int) -> Values:
    package, reason = finding.package, finding.reason
    text = finding.text if reason.hint is None else f"{finding.text}\nhint: {reason.hint}"
    result: Values = {
        "ruleId": reason.code,
        "ruleIndex": number,
        "level": finding.level.value,
        "message": message(text),
        "locations": [location(finding.place.path, finding.place.line)],
        "partialFingerprints": {"imprint/v1": finding.fingerprint},
        "properties": {
            "package": package.name,
            "version": package.version,
            "grade": package.grade.value,
            "publisher": package.publisher,
            "before": reason.before,
            "after": reason.after,
            "exposure": None if package.reach is None else package.reach.exposure.word,
            "finding": reason.fingerprint,
        },
    }
    if finding.manifest is not None:
        told = message(way_words(package))
        place = location(finding.manifest.path, finding.manifest.line)
        result["relatedLocations"] = [{"id": 1, "message": told, **place}]
    if finding.suppressed_by is not None:
        why = printable(finding.suppressed_by)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result
