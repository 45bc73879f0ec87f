"""What is published is on the registry at once: no person approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.paths.guards import environment_facts
from imprint.workflows.publishing.exchanging import intends_exchange
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.INFO
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.AUDITOR
SPECIFICATION = ("P15",)


_STAGING = {Client.NPM}
"""Who can send a version without publishing it: `npm stage publish`."""


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield steps that publish by npm at once, where no reviewer is known to stand before."""
    environment = environment_facts(scene.facts, job.environment_name)
    if environment is not None and environment.reviewers > 0:
        return
    for step in job.steps:
        if step.sender in _STAGING and not step.stages and intends_exchange(job, step):
            yield Report(
                span=step.span,
                message=(
                    "what this publishes is public at once: `npm stage publish` would wait for a "
                    "person with a second factor"
                ),
                hint="stage, and let the trusted publisher stage alone",
                confidence=step.confidence,
            )
