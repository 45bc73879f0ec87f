"""A publishing job fetches a program and runs it, whatever it is that day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.reach import can_publish, certainty
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ("P13",)


_NPM_ITSELF = re.compile(r"\b(?:npm|corepack)\b.*\bnpm(?:@|\b(?!\s))")
"""Another check's business."""


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield what is fetched and run in one go without a version: `curl | sh`, `npx NAME`."""
    if not can_publish(job):
        return
    told: set[str] = set()
    for execution in executions_of(scene.repository, job.workflow, job.job):
        if execution.kind is not ExecutionKind.DOWNLOAD or execution.is_pinned:
            continue
        if execution.what in told or _is_npm(execution.what) or _is_local(execution.what, scene):
            continue
        told.add(execution.what)
        yield Report(
            span=execution.span,
            message=(
                f"{quoted(execution.what)} runs whatever is there that day, in the job "
                f"`{job.job.id}`, which publishes: a version, or the lock file, stays the same"
            ),
            hint="name the exact version, or install the tool as a dependency",
            confidence=certainty(job, execution.confidence),
        )


def _is_npm(what: str) -> bool:
    words = [word.partition("@")[0] for word in what.split() if not word.startswith("-")]
    return words[-1:] == ["npm"] or _NPM_ITSELF.fullmatch(what) is not None


def _is_local(what: str, scene: Scene) -> bool:
    """Whether the tool is one of the repository's own dependencies: the lock file pins it."""
    names = {word.partition("@")[0] for word in what.split() if not word.startswith("-")}
    declared = {name for package in scene.repository.packages for name in package.dependencies}
    short = {name.rpartition("/")[2] for name in declared}
    return bool(names & (declared | short))
