"""Two runs, or an old run once more, can publish at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.reach import certainty
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.AUDITOR
SPECIFICATION = ("P17",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield a publishing job that no `concurrency` orders: neither its own nor its workflow's."""
    del scene
    callers = [call for chain in job.calls for call in chain]
    ordered = [job.workflow.concurrency, job.job.concurrency]
    ordered += [call.workflow.concurrency for call in callers]
    ordered += [call.job.concurrency for call in callers]
    if any(each is not None for each in ordered):
        return
    if any(intends_exchange(job, step) for step in job.steps):
        yield Report(
            span=job.span,
            message=(
                f"runs of `{job.job.id}` can overlap, and an old one that is run again publishes "
                "what it built then: `concurrency` keeps them in order"
            ),
            hint="add `concurrency` without `cancel-in-progress`, and compare the version first",
            confidence=certainty(job),
        )
