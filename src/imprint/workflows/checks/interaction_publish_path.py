"""A stranger gets a version published when somebody with rights does something harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.path_reports import reports_of
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.paths.kinds import PathKind
from imprint.workflows.paths.model import PublishPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishPath
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("X104",)

_HINT = "act on the commit that was looked at, by its SHA, and not on a name that can move"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that needs somebody with rights to label, comment or approve."""
    yield from reports_of(path, scene, PathKind.INTERACTION, hint=_HINT)
