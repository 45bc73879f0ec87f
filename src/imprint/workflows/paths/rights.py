"""Ways through what a run is given: its token pushes and dispatches, its secrets leak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.publishers.refs import BRANCH_PREFIX
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access
from imprint.workflows.paths.contexts import Kind
from imprint.workflows.paths.jobs import secrets_of
from imprint.workflows.paths.model import Hop
from imprint.workflows.paths.places import MANUAL, SAFE, UNSAFE, Cut, Way
from imprint.workflows.paths.publications import published_by_token
from imprint.workflows.paths.runs import reviewers_of, runs_own_ref
from imprint.workflows.publishing.tokens import is_publish_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.jobs import Secret
    from imprint.workflows.paths.places import Network, Place
    from imprint.workflows.paths.runs import JobRun, Surroundings

PUSHED: Place = ("pushed",)
"""A branch with code of somebody's own, and the right to dispatch runs on it."""
DEFAULT_CODE: Place = ("default-code",)
POWER: Place = ("power",)
"""Whatever a writer can do, by a writer's token."""


def push_ways(around: Surroundings) -> Iterator[Way]:
    """Yield what a run's own token leads to: pushed branches, dispatches, the default branch."""
    for run in around.runs:
        if not run.context.is_privileged:
            continue
        contents, is_said = around.jobs.access(run.context, run.job, "contents")
        if contents is not Access.WRITE:
            continue
        sure = Confidence.HIGH if is_said else Confidence.MEDIUM
        span = run.job.id_span
        cut = Cut(what=f"give {run.hop.node} no write access to contents", cost=SAFE, span=span)
        actions, _ = around.jobs.access(run.context, run.job, "actions")
        if actions is Access.WRITE:
            hop = Hop(
                what="pushes a branch with code of its own",
                node="push branch (contents: write)",
                span=span,
            )
            yield Way(
                source=run.place,
                target=PUSHED,
                hops=(hop,),
                confidence=sure,
                for_supply=False,
                cut=cut,
            )
        yield from _push_to_default(around, run, sure, cut)
    yield from _of_pushed_code(around)


def secret_ways(around: Surroundings) -> Iterator[Way]:
    """Yield what secrets a job is given, and what they are good for."""
    for run in (*around.runs, *around.pushed):
        sites = around.guards.sites(run.context.workflow, run.job)
        own = () if run.publish_job is None or not run.publishes else run.publish_job.tokens
        for secret in secrets_of(run.context, run.job, sites):
            if any(token.secret == secret.name for token in own):
                # The job publishes with it already.
                continue
            yield _leak(run, secret)
            if secret.is_of_forge and not is_publish_secret(secret.name):
                yield Way(
                    source=("secret", secret.name),
                    target=POWER,
                    confidence=Confidence.MEDIUM,
                    for_supply=False,
                )
    for job in around.jobs.publishing.values():
        for token in job.tokens:
            for package in () if token.secret is None else published_by_token(around, job):
                target = ("package", package, token.secret)
                yield Way(source=("secret", token.secret), target=target)


def forge_secrets(network: Network) -> frozenset[str]:
    """Return the secrets that are taken for a person's or bot's token for the forge."""
    return frozenset(str(way.source[1]) for way in network.ways if way.target == POWER)


def _leak(run: JobRun, secret: Secret) -> Way:
    return Way(
        source=run.place,
        target=("secret", secret.name),
        hops=(
            Hop(
                what=f"reads the secret {secret.name}",
                node=f"secret {secret.name}",
                span=secret.text.span,
            ),
        ),
        cut=Cut(
            what=f"keep the secret {secret.name} out of {run.hop.node}",
            cost=MANUAL,
            span=secret.text.span,
        ),
    )


def _push_to_default(
    around: Surroundings, run: JobRun, sure: Confidence, cut: Cut
) -> Iterator[Way]:
    protected = around.facts.default_branch_protected
    if protected:
        return
    branch = around.guards.default.removeprefix(BRANCH_PREFIX)
    hop = Hop(
        what=f"pushes to {branch}"
        + (", if nothing protects it" if protected is None else ", which nothing protects"),
        node=f"push to {branch} (contents: write)",
        span=run.job.id_span,
    )
    yield Way(
        source=run.place,
        target=DEFAULT_CODE,
        hops=(hop,),
        confidence=Confidence.LOW if protected is None else sure,
        for_supply=False,
        cut=cut,
    )


def _of_pushed_code(around: Surroundings) -> Iterator[Way]:
    for run in around.pushed:
        if runs_own_ref(run):
            hop = Hop(
                what=f"dispatches {run.context.workflow.path} on that branch",
                node="dispatch (actions: write)",
                span=run.context.trigger.span,
            )
            yield Way(
                source=PUSHED,
                target=run.place,
                hops=(hop, run.hop),
                people=reviewers_of(run),
                cut=Cut(
                    what=f"let {run.hop.node} run on the default branch alone, by an "
                    "environment that the publisher demands",
                    cost=UNSAFE,
                    span=run.job.id_span,
                ),
            )
    for run in around.runs:
        is_of_default = run.context.is_default_ref and run.context.root.kind is Kind.OWN
        if is_of_default and run.publishes and runs_own_ref(run):
            yield Way(
                source=DEFAULT_CODE,
                target=run.place,
                hops=(run.hop,),
                people=reviewers_of(run),
            )
