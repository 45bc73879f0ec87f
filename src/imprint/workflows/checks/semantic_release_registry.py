"""semantic-release exchanges an ID token for npm's own registry alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import (
    intends_exchange,
    is_for_default_registry,
    tokens_for,
)
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W21",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each run of semantic-release that is to exchange at another registry."""
    del scene
    for step in job.steps:
        is_other = step.registry is not None and not is_for_default_registry(step)
        if step.client is not Client.SEMANTIC_RELEASE or not is_other:
            continue
        if intends_exchange(job, step) and not tokens_for(job, step):
            yield Report(
                span=step.span,
                message=(
                    f"semantic-release asks for no exchange at {quoted(step.registry or '')}: its "
                    "npm plugin does so for the default registry alone"
                ),
                hint="publish with `imprint publish`, as `publishCmd` of @semantic-release/exec",
            )
