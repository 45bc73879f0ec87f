"""Whoever reads a long-lived token of a pipeline can publish anywhere, any time."""

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
SPECIFICATION = ("X109",)

_HINT = "publish by an ID token where the provider has them, then revoke the token"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that a copy of a long-lived token goes to a publication."""
    yield from reports_of(path, scene, PathKind.TOKEN_HOLDER, hint=_HINT)
