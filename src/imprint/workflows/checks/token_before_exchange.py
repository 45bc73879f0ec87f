"""The client takes the configured token first: the trusted publisher is never asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks import token_beside_id_token
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import (
    intends_exchange,
    sendings_of,
    tokens_read_by,
)
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W06",)
FIX = FixKind.UNSAFE

_INSTEAD = {
    Client.PNPM: "pnpm from 11.0.7 on asks for an exchange first",
    Client.YARN: "without it Yarn asks for an exchange",
    Client.BUN: "Bun never asks for an exchange, `npm publish` does",
    Client.YARN_CLASSIC: "Yarn 1 never asks for an exchange, `npm publish` does",
}


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each token that is used although an exchange would work."""
    for step in job.steps:
        if not intends_exchange(job, step):
            continue
        for sending in sendings_of(scene.repository, job, step):
            if not sending.prefers_token:
                continue
            for token in tokens_read_by(sending, job, step, scene.repository):
                yield Report(
                    span=token.span,
                    message=(
                        f"{sending.program} publishes with `{token.name}` and leaves the ID "
                        f"token unused: {_INSTEAD.get(sending.program, 'npm does not')}"
                    ),
                    hint="take the token away",
                    related=(step.span,),
                )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the token away, as `token-beside-id-token` does."""
    for job in scene.publish_jobs:
        for other in token_beside_id_token.check(job, scene):
            if other.span == report.span:
                return token_beside_id_token.fix(other, scene)
    return None
