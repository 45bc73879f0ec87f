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
        own = run.publish_job
        if own is None or not run.context.is_privileged:
            continue
        packages = dict.fromkeys(_by_identity(around, run))
        hops: tuple[Hop, ...] = ()
        if not run.publishes:
            hops = (
                Hop(
                    what="asks for an ID token, and exchanges it",
                    node="OIDC",
                    span=own.id_token_span,
                ),
            )
        elif own.tokens or (around.trust.is_assumed and not packages):
            packages |= dict.fromkeys(published_by_token(around, own))
        for package in packages:
            yield Way(
                source=run.place,
                target=("package", package, node_of(run.context.workflow, run.job)),
                hops=hops,
                confidence=max((step.confidence for step in own.steps), default=Confidence.MEDIUM),
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


def _publish_cut(run: JobRun) -> Cut:
    return Cut(
        what=f"put {run.hop.node} behind an environment with reviewers that the publisher demands",
        cost=MANUAL,
        span=run.job.id_span,
    )
