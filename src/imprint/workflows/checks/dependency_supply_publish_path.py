"""A dependency's install script or build can publish."""

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
SPECIFICATION = ("X108",)

_HINT = "install and build in a job without `id-token`, and restore no cache where is published"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that an npm package goes to a publication, directly or through a cache."""
    # In the publishing job itself it is what `build-in-publish-job` says already.
    severity = Severity.LOW if len(path.hops) == 1 else None
    yield from reports_of(path, scene, PathKind.DEPENDENCY_SUPPLY, hint=_HINT, severity=severity)
