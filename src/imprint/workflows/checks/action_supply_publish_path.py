"""Whoever controls an action that is not pinned can publish."""

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
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("X107",)

_HINT = "pin the action to a commit, or keep it out of what a release is made of"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that the owner of an action goes to a publication, one for each owner."""
    yield from reports_of(path, scene, PathKind.ACTION_SUPPLY, hint=_HINT)
