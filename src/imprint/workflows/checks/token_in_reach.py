"""A secret that opens the repository or the registry is within reach of somebody weaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.path_reports import reports_of
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.paths.kinds import PathKind
from imprint.workflows.paths.lattice import is_supply
from imprint.workflows.paths.model import PublishPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishPath
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("X109",)

_HINT = "keep the secret out of jobs that strangers start, and revoke it if it may have been read"


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield a path that ends at a secret: one that publishes blocks, one for the forge is bad."""
    severity = Severity.BLOCK if path.can_publish else None
    if is_supply(frozenset(path.who)):
        severity = Severity.MEDIUM
    does = "can publish" if path.can_publish else "can read a secret"
    yield from reports_of(path, scene, PathKind.TOKEN, hint=_HINT, severity=severity, does=does)
