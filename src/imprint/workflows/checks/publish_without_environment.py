"""A job publishes by its ID token from any branch: no environment stands before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.job_edits import with_key
from imprint.workflows.checks.reach import certainty
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.paths.identities import UNKNOWN_PACKAGE, packages_of
from imprint.workflows.publishing.exchanging import intends_exchange
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.publishers.publisher import TrustedPublisher
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P04",)
FIX = FixKind.UNSAFE

_ENVIRONMENT = "npm"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield a job that publishes by an ID token, and that nothing ties to a branch or a person.

    Where the trusted publishers are known: also a job with an environment that they do not ask for,
    and no job whose publishers name refs, as an imprint registry lets them.
    """
    if not any(intends_exchange(job, step) for step in job.steps):
        return
    known = [
        (name, publisher)
        for name in packages_of(job)
        for publisher in (scene.facts.publishers or {}).get(name, ())
    ]
    if known and all(_is_tied(publisher) for _, publisher in known):
        return
    if job.job.deployment is None:
        yield _without(job)
        return
    for name, publisher in known:
        if not _is_tied(publisher):
            yield _not_asked_for(job, name)
            return


def fix(report: Report, scene: Scene) -> Patch | None:
    """Give the job an environment; the publisher has to ask for it, which no edit does."""
    for job in scene.publish_jobs:
        if job.job.deployment is None and job.span == report.span:
            edit = with_key(scene, job.job, f"environment: {_ENVIRONMENT}")
            title = f"publish from the environment `{_ENVIRONMENT}`, once the publisher asks for it"
            return None if edit is None else Patch(title=title, edits=(edit,))
    return None


def _is_tied(publisher: TrustedPublisher) -> bool:
    """Whether a publisher asks for more than a file: an environment, refs, protected ones."""
    rules = publisher.rules
    return bool(rules.environment or rules.refs or rules.ref_protected)


def _without(job: PublishJob) -> Report:
    return Report(
        span=job.span,
        message=(
            f"the job `{job.job.id}` publishes from any branch: whoever can push one can edit "
            "the file there, and only an environment keeps it to one branch"
        ),
        hint=(
            f"`environment: {_ENVIRONMENT}` in the job, a branch or tag rule and reviewers in the "
            "repository's settings, and the same name in the trusted publisher"
        ),
        confidence=certainty(job),
    )


def _not_asked_for(job: PublishJob, name: str) -> Report:
    environment = quoted(job.environment_name or "${{ … }}")
    package = "its package" if name == UNKNOWN_PACKAGE else quoted(name)
    return Report(
        span=job.span if job.job.deployment is None else job.job.deployment.span,
        message=(
            f"the trusted publisher of {package} asks for no environment: a job without "
            f"{environment} publishes as well"
        ),
        hint="name the environment in the trusted publisher",
        confidence=Confidence.HIGH,
    )
