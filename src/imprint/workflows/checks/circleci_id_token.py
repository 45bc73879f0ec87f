"""A CircleCI job publishes without asking for an ID token for the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import audience_of, sends_to_npm
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of
from imprint.workflows.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PipelinePublishJob, PublishStep
    from imprint.workflows.scene import Scene

READS = Repository
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W20",)

_NPM = "NPM_ID_TOKEN"


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield each publishing job without a fitting ID token, or without a context around it."""
    del scene
    npmrc = repository.texts.get(".npmrc", "")
    for job in pipeline_publish_jobs_of(repository):
        step = next((each for each in job.steps if sends_to_npm(each)), None)
        if job.provider is not Provider.CIRCLECI or step is None:
            continue
        if _NPM in job.id_tokens:
            yield from _of_token(job, step)
        elif not job.tokens and "_authToken" not in npmrc:
            yield Report(
                span=step.span,
                message=(
                    f"job {quoted(job.id)} has no `{_NPM}`: `circleci run oidc get` makes one for "
                    f"{quoted(audience_of(step))}"
                ),
                hint="a token in a context would not be seen here",
                confidence=Confidence.MEDIUM if job.contexts else None,
            )


def _of_token(job: PipelinePublishJob, step: PublishStep) -> Iterator[Report]:
    token = job.id_tokens[_NPM]
    audience = audience_of(step)
    if audience not in token.audiences:
        stated = quoted(token.audiences[0]) if token.audiences else "CircleCI's own audience"
        yield Report(
            span=token.span,
            message=f"`{_NPM}` is for {stated}: the registry takes one for {quoted(audience)}",
            hint=f'`circleci run oidc get --claims \'{{"aud": "{audience}"}}\'`',
            related=(step.span,),
        )
    elif not job.contexts:
        yield Report(
            span=job.span,
            message=(
                f"job {quoted(job.id)} publishes without a context: whoever may push a branch "
                "may run it"
            ),
            hint="give it a restricted context, and name that in the trusted publisher",
            severity=Severity.MEDIUM,
            related=(step.span,),
        )
