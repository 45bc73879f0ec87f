"""`imprint doctor --fix`: the difference first, then the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imprint.cli.render.plain import printable
from imprint.cli.report import Report
from imprint.cli.session import current, say, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.cli.doctor.wishes import Wish
    from imprint.doctor.fixing import Plan
    from imprint.doctor.folders import Folder
    from imprint.doctor.model import Finding
    from imprint.doctor.reading import Tree
    from imprint.workflows.sources import Span

FINDINGS = 1


def fix(folder: Folder, wish: Wish) -> int:
    """Repair what can be; returns the exit code, which is that of what is left."""
    from imprint.cli.doctor.analysing import open_wished, outcome_of
    from imprint.doctor.fixing import write_fixes
    from imprint.doctor.reading import collect

    plan = _planned(folder, collect(folder), wish)
    _show(plan)
    for one in plan.declined:
        say(f"not repaired: {_place(one.span)}: {one.check}: {one.reason}")
    write_fixes(folder, plan)
    say(f"{len(plan.fixes)} fixes, {len(plan.after)} files written")
    folder = open_wished(wish)
    left = outcome_of(folder, collect(folder), wish)
    if left.failing:
        say("there is more to see: `imprint doctor` shows what is left")
    return FINDINGS if left.failing and not wish.exit_zero else 0


def _planned(folder: Folder, tree: Tree, wish: Wish) -> Plan:
    from imprint.cli.doctor.analysing import sorted_out
    from imprint.cli.doctor.knowing import facts_of
    from imprint.doctor.fixing import plan_fixes
    from imprint.doctor.git import origin_of
    from imprint.workflows.profiles import PROFILES

    origin = origin_of(folder.root)

    def sort_out(findings: Sequence[Finding]) -> Sequence[Finding]:
        return sorted_out(folder, tree, findings, wish)[0]

    return plan_fixes(
        tree,
        facts=facts_of(wish, tree, origin),
        profile=PROFILES[wish.profile],
        name=origin.name,
        unsafe=wish.unsafe,
        sort_out=sort_out,
    )


def _show(plan: Plan) -> None:
    if current().format != "json":
        click.echo("".join(f"{_harmless(line)}\n" for line in plan.diff.split("\n")[:-1]), nl=False)
        return
    show(Report(summary={"fixes": len(plan.fixes), "files": len(plan.after)}, values=_values(plan)))


def _values(plan: Plan) -> dict[str, object]:
    return {
        "fixes": [
            {
                "check": one.check,
                "fix": one.kind.value,
                "title": one.title,
                "path": one.span.path,
                "line": one.span.line,
                "column": one.span.column,
                "message": one.message,
            }
            for one in plan.fixes
        ],
        "declined": [
            {
                "check": one.check,
                "path": one.span.path,
                "line": one.span.line,
                "column": one.span.column,
                "reason": one.reason,
            }
            for one in plan.declined
        ],
        "diff": plan.diff,
    }


def _harmless(line: str) -> str:
    """Return a line of the difference as it is, but for what could steer a terminal."""
    body = line.removesuffix("\r")
    plain = "\t".join(printable(part) for part in body.split("\t"))
    return plain + line[len(body) :]


def _place(span: Span) -> str:
    return f"{span.path}:{span.line}:{span.column}"
