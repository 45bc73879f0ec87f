"""Several lockfiles for programs: one document, of which each lockfile has its own part."""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only written, never read

from imprint.cli.render.audit.gitlab import issues_of
from imprint.cli.render.audit.junit import suite_of, written
from imprint.cli.render.audit.sarif import sarif_run
from imprint.cli.render.audit.several import failure_line
from imprint.cli.render.audit.values import run_of, summary_of, values_of
from imprint.cli.render.json import SCHEMA
from imprint.cli.render.json_text import json_text
from imprint.cli.render.plain import printable
from imprint.cli.render.sarif_log import location, log_of, message
from imprint.policy.model import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.model import Audit, AuditSet, NotAudited
    from imprint.cli.render.audit.values import Values

SEVERAL = "several"
"""Stands where a document of one lockfile has its format, or its policy."""
_SUMS = (
    *("packages", "checked", "admitted", "refused", "undecided", "warned", "accepted", "known"),
    *("signatures_valid", "provenance_verified", "invalid", "requests"),
)
_STRICTEST = (Mode.ENFORCE, Mode.WARN, Mode.OBSERVE)


def json_several(several: AuditSet) -> str:
    """Return one object: that of one lockfile, over all, and `lockfiles` with the parts."""
    return json_text(
        {**_head(several), "lockfiles": _lockfiles(several), "packages": list(_packages(several))}
    )


def jsonl_several(several: AuditSet) -> str:
    """Return one object in each line: packages, a line for each lockfile, then the summary."""
    lines: list[Values] = [{"type": "package", **one} for one in _packages(several)]
    lines += [{"type": "lockfile", **one} for one in _lockfiles(several)]
    lines.append({"type": "summary", **_head(several)})
    return "".join(json_text(line, indent=0) for line in lines)


def _packages(several: AuditSet) -> Iterator[Values]:
    for audit in several.audits:
        yield from ({**values_of(one), "lockfile": audit.lockfile} for one in audit.packages)


def _lockfiles(several: AuditSet) -> list[Values]:
    return [
        {**run_of(audit), "summary": summary_of(audit), "error": None} for audit in several.audits
    ] + [{"lockfile": one.lockfile, "error": _error(one)} for one in several.failures]


def _error(failure: NotAudited) -> Values:
    refusal = failure.refusal
    return {"code": refusal.code, "message": refusal.message, "hint": refusal.hint}


def _head(several: AuditSet) -> Values:
    """Return the members that a document of one lockfile has, over all of them."""
    audits = several.audits
    runs, summaries = [run_of(audit) for audit in audits], [summary_of(audit) for audit in audits]
    modes = {audit.mode for audit in audits}
    summary: Values = {name: sum(_count(one, name) for one in summaries) for name in _SUMS}
    summary["mode"] = next((mode for mode in _STRICTEST if mode in modes), Mode.ENFORCE).value
    summary |= {"seconds": round(several.seconds, 3), "lockfiles": len(several.outcomes)}
    summary["not_audited"] = len(several.failures)
    policies = list(dict.fromkeys(audit.policy for audit in audits))
    moments = [audit.next_change for audit in audits if audit.next_change is not None]
    notes = [*several.notes, *map(failure_line, several.failures)]
    notes += [f"{audit.lockfile}: {note}" for audit in audits for note in _notes(audit)]
    return {
        "schema": SCHEMA,
        "command": "diff" if several.is_difference else "audit",
        "summary": summary,
        "lockfile": several.folder,
        "lockfile_format": SEVERAL,
        "policy": policies[0] if len(policies) == 1 else SEVERAL,
        "judged_at": several.now,
        "next_change": min(moments, default=None),
        "removed": list(dict.fromkeys(one for audit in audits for one in audit.removed)),
        "rules_from": next((audit.rules_from for audit in audits if audit.rules_from), None),
        "rule_changes": _unlike(runs),
        "notes": notes,
    }


def _count(summary: Values, name: str) -> int:
    count = summary[name]
    return count if isinstance(count, int) else 0


def _notes(audit: Audit) -> tuple[str, ...]:
    return (*audit.coverage.notes, *audit.notes)


def _unlike(runs: list[Values]) -> list[object]:
    """Return what changes of the files that judge, once where it is the same for several."""
    found: list[object] = []
    for run in runs:
        changes = run["rule_changes"]
        if isinstance(changes, list):
            found += [one for one in changes if one not in found]
    return found


def sarif_several(several: AuditSet) -> str:
    """Return a log with a run for each lockfile, which code scanning keeps apart by category.

    One that came to nothing has no run: an empty one would close what was found before. It is told
    as a notification of the first.
    """
    runs = [sarif_run(audit) for audit in several.audits]
    if runs and several.failures:
        told = [
            {
                "level": "error",
                "descriptor": {"id": one.refusal.code},
                "message": message(failure_line(one)),
                "locations": [location(posixpath.normpath(one.lockfile), 1)],
            }
            for one in several.failures
        ]
        runs[0]["invocations"] = [
            {"executionSuccessful": False, "toolExecutionNotifications": told}
        ]
    return log_of(runs)


def gitlab_several(several: AuditSet) -> str:
    """Return all issues: of one package in two lockfiles each has its own fingerprint."""
    issues: dict[object, Values] = {}
    for audit in several.audits:
        for issue in issues_of(audit):
            location = issue["location"]
            path = location["path"] if isinstance(location, dict) else audit.lockfile
            issue["fingerprint"] = _digest(f"{issue['fingerprint']}\0{path}")
            issues[issue["fingerprint"]] = issue
    for one in several.failures:
        fingerprint = _digest(f"{one.refusal.code}\0{one.lockfile}")
        issues[fingerprint] = {
            "description": printable(failure_line(one)),
            "check_name": one.refusal.code,
            "fingerprint": fingerprint,
            "severity": "critical",
            "location": {"path": posixpath.normpath(one.lockfile), "lines": {"begin": 1}},
        }
    return json_text(list(issues.values()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def junit_several(several: AuditSet) -> str:
    """Return a suite for each lockfile; one that came to nothing errs."""
    suites = [suite_of(audit) for audit in several.audits]
    for one in several.failures:
        name = printable(one.lockfile)
        suite = ET.Element("testsuite", name=f"imprint {name}", tests="1", errors="1")
        case = ET.SubElement(suite, "testcase", classname="imprint", name=name)
        error = ET.SubElement(case, "error", message=printable(one.refusal.message))
        error.text = printable(failure_line(one))
        suites.append(suite)
    return written(suites)
