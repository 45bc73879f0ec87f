"""GitHub's annotations: on the lockfile's line, and on that of package.json that asks for it.

One for each package and place: GitHub shows ten of a level in a step, so the worst come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.render.audit.actions import actions_of
from imprint.cli.render.audit.findings import FindingLevel, findings_of
from imprint.cli.render.audit.sentences import (
    coverage_line,
    rule_change_lines,
    title,
    way_words,
)
from imprint.cli.render.workflow_commands import workflow_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.audit.model import Audit
    from imprint.cli.render.audit.findings import Finding, Place

_COMMANDS = {
    FindingLevel.ERROR: "error",
    FindingLevel.WARNING: "warning",
    FindingLevel.NOTE: "notice",
}
_ORDER = tuple(_COMMANDS)


def render_github(audit: Audit) -> str:
    """Return one workflow command in each line, and how much was checked as a notice."""
    coverage = workflow_command("notice", {"title": "imprint"}, coverage_line(audit))
    return "".join(f"{line}\n" for line in (*annotations_of(audit), coverage))


def annotations_of(audit: Audit) -> Iterator[str]:
    """Yield the workflow commands about packages, and about the policy itself."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings_of(audit):
        package = finding.package
        groups.setdefault((package.name, package.version), []).append(finding)
    # The order of packages is kept within a level.
    for findings in sorted(groups.values(), key=_worst):
        first = findings[0]
        level = _COMMANDS[_ORDER[_worst(findings)]]
        text = _text(audit, findings)
        yield _command(level, first.place, first, text)
        if first.manifest is not None:
            brought = f"{text}\nby {way_words(first.package)}"
            yield _command(level, first.manifest, first, brought)
    for change, line in zip(audit.rule_changes, rule_change_lines(audit), strict=True):
        named = {"file": change.path, "line": "1", "title": "imprint: the policy itself changes"}
        yield workflow_command("warning" if change.looser else "notice", named, line)


def _worst(findings: Sequence[Finding]) -> int:
    return min(_ORDER.index(one.level) for one in findings)


def _text(audit: Audit, findings: Sequence[Finding]) -> str:
    lines = [f"{one.reason.code}: {one.reason.message}" for one in findings]
    lines += [f"to do: {action}" for action in actions_of(findings[0].package, audit)]
    return "\n".join(lines)


def _command(level: str, place: Place, finding: Finding, text: str) -> str:
    named = {
        "file": place.path,
        "line": str(place.line),
        "title": f"imprint: {title(finding.package)}",
    }
    return workflow_command(level, named, text)
