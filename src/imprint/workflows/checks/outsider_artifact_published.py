"""What somebody without rights built is published as an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.path_reports import reports_of
from imprint.workflows.edits.outsiders import keep_outsiders_out
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
SPECIFICATION = ("X110",)
FIX = FixKind.UNSAFE

_HINT = "build what is published in the run that publishes, or look at who started the other one"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path on which an artifact of somebody weaker is published."""
    yield from reports_of(path, scene, PathKind.ARTIFACT, hint=_HINT)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take over what people of the repository built, and nothing else."""
    return keep_outsiders_out(report, scene)
