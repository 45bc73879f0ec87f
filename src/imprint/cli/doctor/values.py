"""A diagnosis as JSON values, in the shape that scripts rely on (design/interface.md)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imprint.doctor.compare import who_of
from imprint.workflows.findings import FixKind

if TYPE_CHECKING:
    from imprint.doctor.model import Coverage, Finding
    from imprint.doctor.outcome import Outcome
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.sources import Span


def summary_of(outcome: Outcome) -> dict[str, object]:
    """Return the counts."""
    ranking, diagnosis = outcome.ranking, outcome.diagnosis
    shown = [one for group in ranking.shown for one in (group.first, *group.others)]
    severities = Counter(one.severity.name.lower() for one in (*shown, *ranking.folded))
    return {
        "findings": len(shown) + len(ranking.folded),
        "shown": len(ranking.shown),
        "folded": len(ranking.folded),
        "ignored": len(outcome.ignored),
        "severities": dict(severities),
        "can_publish": sorted(
            {who_of(path) for path in diagnosis.paths[: diagnosis.of_people] if path.can_publish}
        ),
        "profile": diagnosis.profile,
        "workflows": diagnosis.coverage.workflows,
        "publish_jobs": diagnosis.coverage.publish_jobs,
        "checks": diagnosis.coverage.checks,
        "failing": outcome.failing,
    }


def values_of(outcome: Outcome) -> dict[str, object]:
    """Return everything else."""
    diagnosis, comparison = outcome.diagnosis, outcome.comparison
    values: dict[str, object] = {
        "repository": diagnosis.name,
        "findings": [
            {**finding_values(group.first), "also": [_place(span) for span in group.other_places()]}
            for group in outcome.ranking.shown
        ],
        "folded": dict(Counter(one.check for one in outcome.ranking.folded)),
        "paths": [path_values(path) for path in diagnosis.paths[: diagnosis.of_people]],
        "supply_paths": [path_values(path) for path in diagnosis.paths[diagnosis.of_people :]],
        "who_can_publish": [
            {
                "package": row.package,
                "who": row.who,
                "can_publish": row.can_publish,
                "how": row.how,
                "stopped_by": list(row.stopped_by),
                "confidence": row.confidence.name.lower(),
            }
            for row in diagnosis.table
        ],
        "cut": [
            {"what": cut.what} | (_place(cut.span) if cut.span is not None else {})
            for cut in diagnosis.cuts
        ],
        "ignored": [
            {
                **finding_values(one.finding),
                "reason": one.reason,
                "until": None if one.until is None else one.until.isoformat(),
                "where": one.where,
            }
            for one in outcome.ignored
        ],
        "assumed": list(diagnosis.assumed),
        "notes": list(diagnosis.notes),
        "coverage": _coverage(diagnosis.coverage),
    }
    if comparison is not None:
        values["compared"] = {
            "revision": comparison.revision,
            "new": len(comparison.new),
            "gone": [finding_values(one) for one in comparison.gone],
            "weaker": [
                {"package": one.package, "before": one.before, "after": one.after}
                for one in comparison.weaker
            ],
        }
    return values


def finding_values(finding: Finding) -> dict[str, object]:
    """Return one finding."""
    return {
        "check": finding.check,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "persona": finding.persona.value,
        **_place(finding.span),
        "end_line": finding.end_line,
        "message": finding.message,
        "hint": finding.hint,
        "fix": _fix(finding.fix),
        "fingerprint": finding.fingerprint,
        # An index into `paths`, and those of suppliers after them into `supply_paths`.
        "publish_path": finding.path,
    }


def path_values(path: PublishPath) -> dict[str, object]:
    """Return one publish path."""
    return {
        "package": path.package,
        "can_publish": path.can_publish,
        "who": who_of(path),
        "trigger": path.trigger,
        "steps": [
            {
                "path": None if hop.span is None else hop.span.path,
                "line": None if hop.span is None else hop.span.line,
                "what": hop.what,
                "node": hop.node,
            }
            for hop in path.hops
        ],
        "stopped_by": list(path.stopped_by),
        "profile": path.profile,
        "confidence": path.confidence.name.lower(),
        "check": path.check,
    }


def _place(span: Span) -> dict[str, object]:
    return {"path": span.path, "line": span.line, "column": span.column}


def _fix(fix: FixKind | None) -> str | None:
    return None if fix is None else fix.value


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "files": coverage.files,
        "workflows": coverage.workflows,
        "other_ci": coverage.other_ci,
        "packages": coverage.packages,
        "jobs": coverage.jobs,
        "publish_jobs": coverage.publish_jobs,
        "checks": coverage.checks,
        "skipped": list(coverage.skipped),
        "opaque": list(coverage.opaque),
        "unreadable": [
            {"path": one.path, "line": one.line, "column": one.column, "message": one.message}
            for one in coverage.unreadable
        ],
    }
