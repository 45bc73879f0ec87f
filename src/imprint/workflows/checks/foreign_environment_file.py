"""A stranger's text goes to the file that sets later steps' environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.feeding import feeding_jobs
from imprint.workflows.checks.reach import can_publish
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
SPECIFICATION = ("P14",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield where foreign text is written to GITHUB_ENV, GITHUB_PATH or GITHUB_OUTPUT.

    In the job that publishes, and in those before it whose outputs or artifacts it takes.
    """
    if not can_publish(job):
        return
    for where in (job.job, *feeding_jobs(scene.repository, job)):
        for execution in executions_of(scene.repository, job.workflow, where):
            if execution.kind is ExecutionKind.ENVIRONMENT:
                yield Report(
                    span=execution.span,
                    message=(
                        f"{quoted(execution.contexts[0])} goes to GITHUB_{execution.file} where "
                        f"`{job.job.id}` publishes: a line break in it is another variable"
                    ),
                    hint="check it against a pattern first, or hand it over in `env` of one step",
                    confidence=execution.confidence,
                )
