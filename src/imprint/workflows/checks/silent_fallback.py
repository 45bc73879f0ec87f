"""When the exchange fails the client publishes with a token, and says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import (
    intends_exchange,
    sendings_of,
    tokens_read_by,
)
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W07",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each step that would publish although no publisher let it, with the tokens it finds."""
    for step in job.steps:
        if not intends_exchange(job, step):
            continue
        for sending in sendings_of(scene.repository, job, step):
            tokens = tokens_read_by(sending, job, step, scene.repository)
            if sending.exchanges and not sending.prefers_token and tokens:
                yield Report(
                    span=step.span,
                    message=(
                        f"a failed exchange goes unseen: {sending.program} then publishes with "
                        f"`{tokens[0].name}`, exits with 0 and prints nothing of it"
                    ),
                    hint=(
                        "take the token away, publish with `imprint publish`, or look at the "
                        "published version's trusted publisher afterwards"
                    ),
                    severity=Severity.LOW if _tokens_are_refused(step, scene) else None,
                    related=tuple(dict.fromkeys(token.span for token in tokens)),
                )


def _tokens_are_refused(step: PublishStep, scene: Scene) -> bool:
    allowed = scene.facts.tokens_allowed
    return bool(step.packages) and all(
        allowed.get(package.name or "") is False for package in step.packages
    )
