"""Find the jobs that publish to npm, or hold what publishing takes (facts/workflows.md §7.2, P).

Not here: what a client of a version does (the checks), who can start a job (`paths/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.workflows.effects.expansion import sites_of, use_name
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access, RemoteUse
from imprint.workflows.publishing.callers import Callers
from imprint.workflows.publishing.credentials import tokens_in_reach
from imprint.workflows.publishing.known_actions import HARMLESS_WORKFLOWS
from imprint.workflows.publishing.model import ActionUse, Client, PublishJob, PublishStep
from imprint.workflows.publishing.permissions import effective_permissions
from imprint.workflows.publishing.scripts import Follower
from imprint.workflows.publishing.sites import publish_steps_of
from imprint.workflows.publishing.tokens import is_publish_secret, secret_of
from imprint.workflows.resolution import action_of, called_workflow
from imprint.workflows.tables.pins import pins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Site
    from imprint.workflows.facts import Facts
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.publishing.model import Call
    from imprint.workflows.publishing.permissions import Effective
    from imprint.workflows.repository import Repository

_TELLING = ("publish", "release", "npm", "canary", "snapshot")
_OFFICIAL = ("actions/", "github/")


def publish_jobs_of(
    repository: Repository, *, facts: Facts | None = None
) -> tuple[PublishJob, ...]:
    """Return every job of GitHub Actions that publishes, in the order of files and jobs. Total.

    A job without a publish step is there, without `steps`, where it holds a secret for npm, or
    `id-token: write` in a workflow that a trusted publisher of `facts` names. Jobs of external
    reusable workflows are there where their files are.
    """
    named = _named_workflows(facts)
    callers = Callers(repository)
    follower = Follower(repository)
    jobs = [
        found
        for workflow in (*repository.workflows, *callers.external)
        for job in workflow.jobs
        if (found := _publish_job(follower, callers, workflow, job, named)) is not None
    ]
    return tuple(jobs)


def publishes(job: PublishJob) -> bool:
    """Whether a step of the job publishes; if not, it only holds what publishing takes."""
    return bool(job.steps)


def _publish_job(
    follower: Follower,
    callers: Callers,
    workflow: Workflow,
    job: Job,
    named: frozenset[str | None],
) -> PublishJob | None:
    repository = follower.repository
    chains = callers.chains_to(workflow)
    effective = effective_permissions(workflow, job, chains)
    if job.uses is not None:
        if called_workflow(repository, job.uses) is not None:
            return None
        sites: tuple[Site, ...] = ()
        steps = _opaque_call(job, effective)
        opaque: tuple[str, ...] = (use_name(job.uses),)
        if not steps:
            return None
    else:
        sites = sites_of(repository, workflow, job)
        steps = publish_steps_of(follower, workflow, job, sites)
        opaque = tuple(dict.fromkeys(_opaque(repository, sites)))
    tokens = tokens_in_reach(repository, workflow, job, sites, steps)
    can_mint = effective.id_token is Access.WRITE
    if not tokens and not can_mint:
        # Without any credential a telling name tells nothing.
        steps = tuple(step for step in steps if step.client is not Client.UNKNOWN)
    if not steps and not tokens and not (can_mint and _is_named(workflow, chains, named)):
        return None
    return PublishJob(
        provider=Provider.GITHUB,
        workflow=workflow,
        job=job,
        steps=steps,
        id_token=effective.id_token,
        id_token_span=effective.id_token_span,
        permissions=effective.permissions,
        tokens=tokens,
        calls=chains,
        actions=_actions(sites),
        environment_name=_environment_name(job),
        opaque=opaque,
    )


def _named_workflows(facts: Facts | None) -> frozenset[str | None]:
    """Return the file names that trusted publishers ask for; None: one that asks for none."""
    if facts is None or facts.publishers is None:
        return frozenset()
    rules = [
        publisher.rules.workflow
        for publishers in facts.publishers.values()
        for publisher in publishers
        if publisher.provider is Provider.GITHUB
    ]
    names: set[str | None] = {None for rule in rules if rule is None}
    for rule in rules:
        if rule is not None and rule.caller is not None:
            names.add(rule.caller)
        elif rule is not None and rule.called is not None:
            names.add(rule.called.file)
    return frozenset(names)


def _is_named(
    workflow: Workflow, chains: tuple[tuple[Call, ...], ...], named: frozenset[str | None]
) -> bool:
    files = {workflow.path, *(chain[0].workflow.path for chain in chains)}
    return None in named or bool({file.rpartition("/")[2] for file in files} & named)


def _opaque_call(job: Job, effective: Effective) -> tuple[PublishStep, ...]:
    """Return what an external reusable workflow may publish, which cannot be looked into."""
    use = job.uses
    if not isinstance(use, RemoteUse) or use.name.startswith(HARMLESS_WORKFLOWS):
        return ()
    secrets = [secret_of(text.value) or name for name, text in (job.secrets or {}).items()]
    is_telling = any(word in f"{use.name} {job.id}".lower() for word in _TELLING)
    has_secret = any(is_publish_secret(name) for name in secrets)
    if not (
        effective.id_token is Access.WRITE or has_secret or (job.inherits_secrets and is_telling)
    ):
        return ()
    return (
        PublishStep(
            step=None,
            client=Client.UNKNOWN,
            sender=Client.UNKNOWN,
            versions=(),
            command=use.text.value,
            span=use.text.span,
            confidence=Confidence.MEDIUM if is_telling or has_secret else Confidence.LOW,
        ),
    )


def _actions(sites: tuple[Site, ...]) -> tuple[ActionUse, ...]:
    return tuple(
        ActionUse(
            use=site.step.uses,
            inputs=site.step.inputs,
            step=site.job_step,
            through=site.through,
        )
        for site in sites
        if site.step.uses is not None
    )


def _opaque(repository: Repository, sites: tuple[Site, ...]) -> Iterator[str]:
    """Yield the external actions that may be composite ones and are not there."""
    known = pins()
    for site in sites:
        use = site.step.uses
        if not isinstance(use, RemoteUse) or action_of(repository, use) is not None:
            continue
        root = f"{use.owner}/{use.repository}".lower()
        if root.startswith(_OFFICIAL) or (root in known and not use.path):
            continue
        yield f"{use.name}@{use.ref}"


def _environment_name(job: Job) -> str | None:
    if job.deployment is None or "${{" in job.deployment.name.value:
        return None
    return job.deployment.name.value
