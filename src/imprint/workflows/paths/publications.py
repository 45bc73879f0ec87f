"""Ways that end at a package: by an ID token that a publisher takes, or by a long-lived token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access
from imprint.workflows.paths.identities import UNKNOWN_PACKAGE, packages_of, workload_of
from imprint.workflows.paths.model import Hop
from imprint.workflows.paths.places import MANUAL, Cut, Way
from imprint.workflows.paths.seeds import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.runs import JobRun, Surroundings
    from imprint.workflows.publishing.model import PublishJob


def publication_ways(around: Surroundings) -> Iterator[Way]:
    """Yield what a job publishes, or could, by its ID token or by a long-lived token."""
    for run in (*around.runs, *around.pushed):
        if not run.context.is_privileged:
            continue
        found = dict.fromkeys(_by_identity(around, run), _of_step(run))
        own = run.publish_job
        if own is not None and run.publishes:
            if own.tokens:
                found |= dict.fromkeys(published_by_token(around, own), Confidence.HIGH)
            elif around.trust.is_assumed and not found:
                # It publishes, and how is not to be seen.
                found = dict.fromkeys(published_by_token(around, own), Confidence.LOW)
        for package, confidence in found.items():
            yield Way(
                source=run.place,
                target=("package", package, node_of(run.context.workflow, run.job)),
                hops=() if run.publishes else (_mint(run),),
                confidence=confidence,
                cut=_publish_cut(run),
            )


def published_by_token(around: Surroundings, job: PublishJob) -> tuple[str, ...]:
    """Return the packages that a long-lived token of the job would publish."""
    names = packages_of(job)
    if names == (UNKNOWN_PACKAGE,) and not around.trust.is_assumed:
        names = tuple(around.trust.publishers) or names
    return tuple(name for name in names if around.facts.tokens_allowed.get(name, True))


def _by_identity(around: Surroundings, run: JobRun) -> tuple[str, ...]:
    """Return the packages that the job's ID token would publish."""
    access, _ = around.jobs.access(run.context, run.job, "id-token")
    if access is not Access.WRITE:
        return ()
    environment = run.admission.environment
    workload = workload_of(around.trust, run.context, run.job, environment)
    return around.trust.publishable(workload)


def _of_step(run: JobRun) -> Confidence:
    """Return how sure it is that a job publishes; one that only could, by exchanging, is not."""
    steps = () if run.publish_job is None else run.publish_job.steps
    return max((step.confidence for step in steps), default=Confidence.MEDIUM)


def _mint(run: JobRun) -> Hop:
    own = run.publish_job
    return Hop(
        what="asks for an ID token, and exchanges it",
        node="OIDC",
        span=run.job.id_span if own is None else own.id_token_span,
    )


def _publish_cut(run: JobRun) -> Cut:
    return Cut(
        what=f"put {run.hop.node} behind an environment with reviewers that the publisher demands",
        cost=MANUAL,
        span=run.job.id_span,
    )
