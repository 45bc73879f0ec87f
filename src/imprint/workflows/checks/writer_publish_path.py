"""Whoever can push a branch can publish around the review."""

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
SPECIFICATION = ("X106",)

_HINT = "demand an environment in the trusted publisher, with a branch or tag rule and reviewers"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that somebody with write access goes, past the review that others need."""
    yield from reports_of(path, scene, PathKind.WRITER, hint=_HINT)
