"""A workflow still takes a token for npm out of the secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.github.model import Access
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of
from imprint.workflows.repository import Repository
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = Repository
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W24",)

_SECRET = re.compile(
    r"\bsecrets\s*(?:\.\s*|\[\s*')(?P<name>\w*(?:NPM|NODE_AUTH)\w*TOKEN\w*)", re.IGNORECASE
)
_READS = re.compile(r"READ|INSTALL|PULL", re.IGNORECASE)
_HINT = "publish by a trusted publisher, then revoke the token and let the package refuse tokens"


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield each place that names such a secret, in repositories that publish.

    Tokens beside an ID token are `token-beside-id-token`'s.
    """
    if not any(job.steps for job in scene.publish_jobs):
        yield from _of_pipelines(repository)
        return
    beside = {
        token.span
        for job in scene.publish_jobs
        if job.id_token is Access.WRITE and job.steps
        for token in job.tokens
    }
    severity = Severity.LOW if _refused_everywhere(scene) else None
    for workflow in repository.workflows:
        text = repository.texts[workflow.path]
        for match in _SECRET.finditer(text):
            if _READS.search(match["name"]) or _is_comment(text, match.start()):
                continue
            span = span_at(workflow.path, text, match.start(), match.end())
            if not any(_covers(other, span) for other in beside):
                yield Report(
                    span=span,
                    message=(
                        f"secret {quoted(match['name'])} lives until somebody revokes it, and "
                        "publishes from anywhere: a trusted publisher needs none"
                    ),
                    hint=_HINT,
                    severity=severity,
                )
    yield from _of_pipelines(repository)


def _of_pipelines(repository: Repository) -> Iterator[Report]:
    """Yield the tokens of jobs of GitLab CI and CircleCI that publish."""
    for job in pipeline_publish_jobs_of(repository):
        for token in job.tokens:
            if not token.is_literal and "JOB_TOKEN" not in token.name:
                yield Report(
                    span=token.span,
                    message=(
                        f"`{token.name}` gives job {quoted(job.id)} a token that publishes from "
                        "anywhere: a trusted publisher needs none"
                    ),
                    hint=_HINT,
                )


def _refused_everywhere(scene: Scene) -> bool:
    names = {
        package.name
        for job in scene.publish_jobs
        for step in job.steps
        for package in step.packages
    }
    allowed = scene.facts.tokens_allowed
    return bool(names) and all(allowed.get(name or "") is False for name in names)


def _is_comment(text: str, offset: int) -> bool:
    return text[text.rfind("\n", 0, offset) + 1 : offset].lstrip().startswith("#")


def _covers(outer: Span, inner: Span) -> bool:
    return outer.path == inner.path and outer.start <= inner.start and inner.end <= outer.end
