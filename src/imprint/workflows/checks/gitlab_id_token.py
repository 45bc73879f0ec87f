"""A GitLab job publishes without an ID token for the registry, or with one for somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.refusals import quoted
from imprint.workflows.checks.patches import (
    indentation_of,
    indentation_within,
    line_text,
    lines_after,
    replaced,
    written,
)
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import audience_of, sends_to_npm
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of
from imprint.workflows.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.findings import Edit
    from imprint.workflows.publishing.model import PipelinePublishJob, PublishStep
    from imprint.workflows.scene import Scene

READS = Repository
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W19",)
FIX = FixKind.SAFE

_NPM = "NPM_ID_TOKEN"
_SIGSTORE = "SIGSTORE_ID_TOKEN"
_SIGSTORE_AUDIENCE = "sigstore"


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield each ID token of a publishing job that is missing or is for another audience."""
    del scene
    for job in pipeline_publish_jobs_of(repository):
        if job.provider is not Provider.GITLAB:
            continue
        step = next((each for each in job.steps if sends_to_npm(each)), None)
        if step is not None and (_NPM in job.id_tokens or not _has_token(job, repository)):
            yield from _of_job(job, step)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Add the ID token to the job, or correct its audience."""
    for job in pipeline_publish_jobs_of(scene.repository):
        for step in job.steps[:1]:
            for name, audience in _wanted(step):
                if report in _of_job(job, step) and f"`{name}`" in report.message:
                    edit = _edit(job, name, audience, scene)
                    return None if edit is None else Patch(title=f"set {name}", edits=(edit,))
    return None


def _wanted(step: PublishStep) -> tuple[tuple[str, str], ...]:
    return (_NPM, audience_of(step)), (_SIGSTORE, _SIGSTORE_AUDIENCE)


def _of_job(job: PipelinePublishJob, step: PublishStep) -> Iterator[Report]:
    for name, audience in _wanted(step):
        token = job.id_tokens.get(name)
        is_npms = name == _NPM
        if token is None:
            is_complete = job.job.gitlab is None or job.job.gitlab.is_complete
            if not is_npms and (_NPM not in job.id_tokens or step.provenance is False):
                continue
            yield Report(
                span=job.span,
                message=(
                    f"job {quoted(job.id)} has no `{name}`: "
                    + ("it cannot publish" if is_npms else "npm makes no provenance")
                    + f" without one for {quoted(audience)}"
                ),
                hint="`id_tokens` of the job, of what it extends, or of `default`",
                severity=None if is_npms or step.provenance else Severity.MEDIUM,
                confidence=None if is_complete else Confidence.MEDIUM,
                related=(step.span,),
            )
        elif token.audiences and audience not in token.audiences:
            yield Report(
                span=token.span,
                message=(
                    f"`{name}` is for {quoted(token.audiences[0])}: the registry takes one for "
                    f"{quoted(audience)} alone"
                ),
                hint="the audience is compared to the letter, without scheme and slash",
                related=(step.span,),
            )


def _has_token(job: PipelinePublishJob, repository: Repository) -> bool:
    """Whether the job publishes by a token, as far as the files tell."""
    npmrc = repository.texts.get(".npmrc", "") + repository.texts.get(".yarnrc.yml", "")
    return bool(job.tokens) or "_authToken" in npmrc or "npmAuthToken" in npmrc


def _edit(job: PipelinePublishJob, name: str, audience: str, scene: Scene) -> Edit | None:
    source = job.job.gitlab
    if source is None:
        return None
    token = source.id_tokens.get(name)
    if token is not None:
        stated = token.audiences[0].span if len(token.audiences) == 1 else None
        if stated is None:
            return None
        quote = written(scene, stated)[:1]
        quote = quote if quote in {"'", '"'} else ""
        return replaced(stated, f"{quote}{audience}{quote}")
    entry = f"{name}:\n  aud: {audience}"
    others = [each.span for each in source.id_tokens.values() if each.span.path == job.path]
    if others:
        last = max(others, key=lambda span: span.end)
        indentation = indentation_of(scene, last)
        return lines_after(scene, last, entry, indentation=indentation)
    if source.id_tokens or not line_text(scene, job.span).rstrip().endswith(":"):
        return None
    inner = indentation_within(scene, job.span)
    lines = "id_tokens:\n" + "\n".join(f"  {line}" for line in entry.split("\n"))
    return lines_after(scene, job.span, lines, indentation=inner)
