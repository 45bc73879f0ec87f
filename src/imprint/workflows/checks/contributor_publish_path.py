"""Whoever had a pull request merged once can get a version published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.path_reports import reports_of
from imprint.workflows.edits.outsiders import keep_outsiders_out, split_off
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.paths.kinds import PathKind
from imprint.workflows.paths.model import PublishPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishPath
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("X103",)
FIX = FixKind.UNSAFE

_HINT = "cut it at any place: `imprint doctor --paths` draws it, with the smallest set of edits"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that a contributor without rights goes to a publication."""
    yield from reports_of(path, scene, PathKind.CONTRIBUTOR, hint=_HINT)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Run strangers' code where it has no rights, and what needs them in a run that follows."""
    return split_off(report, scene)


def other_fix(report: Report, scene: Scene) -> Patch | None:
    """Keep strangers out of the job."""
    return keep_outsiders_out(report, scene)
