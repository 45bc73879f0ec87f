"""A language model with a shell works where packages are published, or where it can get there."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.effects.agents import names_agent
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.effects.sameness import Same
from imprint.workflows.effects.situations import events_of
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.github.model import Access, RemoteUse, Workflow
from imprint.workflows.paths.contexts import Kind, kind_of
from imprint.workflows.publishing.callers import Callers
from imprint.workflows.publishing.permissions import effective_permissions
from imprint.workflows.tables.actions import agent_table, agents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Execution, Site
    from imprint.workflows.github.model import Job
    from imprint.workflows.repository import Repository
    from imprint.workflows.scene import Scene

READS = Workflow
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR
SPECIFICATION = ("P12",)

_STRANGERS = {Kind.TARGET, Kind.TALK, Kind.FOLLOWING}
_REACHING = ("contents", "actions", "id-token", "packages")
"""What a token has to be able to write to come near a release: code, runs, the ID token."""


def check(workflow: Workflow, scene: Scene) -> Iterator[Report]:
    """Yield agents that can run commands: in a publishing job, or near one and open to strangers.

    One with tools that only read is none, and neither is one whose token cannot write and whose
    runs can write no cache that a release restores.
    """
    if not _mentions_agents(workflow, scene):
        return
    publishing = {job.job.id_span for job in scene.publish_jobs}
    for job in workflow.jobs:
        told: set[tuple[str, int]] = set()
        for agent in _agents(workflow, job, scene):
            if not agent.can_execute or (agent.what, agent.span.start) in told:
                continue
            told.add((agent.what, agent.span.start))
            if job.id_span in publishing:
                yield _in_publish_job(job, agent)
            else:
                yield from _near(workflow, job, agent, scene)


def _mentions_agents(workflow: Workflow, scene: Scene) -> bool:
    """Whether a name of the table stands in the file, or in an action that it may use."""
    files = [workflow.path, *(action.path for action in scene.repository.actions.values())]
    texts = [scene.repository.texts.get(path, "").lower() for path in files]
    return any(_names().search(text) for text in texts)


@cache
def _names() -> re.Pattern[str]:
    words = "|".join(map(re.escape, (*agents(), *agent_table().programs)))
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def _agents(workflow: Workflow, job: Job, scene: Scene) -> Iterator[Execution]:
    """Yield what `executions_of` says of agents; jobs without any are not looked into further."""
    if any(_may_be_agent(site) for site in sites_of(scene.repository, workflow, job)):
        for execution in executions_of(scene.repository, workflow, job):
            if execution.kind is ExecutionKind.AGENT:
                yield execution


def _may_be_agent(site: Site) -> bool:
    use = site.step.uses
    if isinstance(use, RemoteUse):
        return use.name in agents()
    return site.run is not None and names_agent(site.run)


def _in_publish_job(job: Job, agent: Execution) -> Report:
    return Report(
        span=agent.span,
        message=(
            f"{quoted(agent.what)} runs commands in the job `{job.id}`, which can publish: "
            "whatever text it reads decides what is released"
        ),
        hint="let it work in a job without an ID token, and a person merge what it makes",
        severity=None,
        confidence=agent.confidence,
    )


def _near(workflow: Workflow, job: Job, agent: Execution, scene: Scene) -> Iterator[Report]:
    strange = [
        event
        for event in events_of(scene.repository, workflow)
        if event is not None and kind_of(event) in _STRANGERS
    ]
    reads_strangers = bool(agent.contexts) or agent.open_to_all
    if not strange or not reads_strangers:
        return
    reach = _reach(workflow, job, scene)
    if reach is None:
        return
    yield Report(
        span=agent.span,
        message=(
            f"{quoted(agent.what)} runs commands on what strangers write (`{strange[0]}`), in the "
            f"job `{job.id}` that {reach}: a text can become a release"
        ),
        hint="give it tools and `permissions` that only read, and no secrets but its own",
        severity=None if agent.open_to_all else Severity.MEDIUM,
        confidence=agent.confidence,
    )


def _reach(workflow: Workflow, job: Job, scene: Scene) -> str | None:
    """Return what brings a job near a release; None where nothing does."""
    chains = _callers(Same(scene.repository)).chains_to(workflow)
    stated = effective_permissions(workflow, job, chains).permissions
    writable = [scope for scope in _REACHING if stated.get(scope, Access.NONE) is Access.WRITE]
    if writable:
        return f"may write {', '.join(f'`{scope}`' for scope in writable)}"
    is_stated = job.permissions is not None or workflow.permissions is not None
    if not is_stated and not chains and scene.facts.default_permissions_write is not False:
        return "has no `permissions`, and may write what the repository's default says"
    if not scene.profile.untrusted_cache_read_only or scene.facts.third_party_cache:
        return "can write caches of the default branch"
    return None


@lru_cache(maxsize=4)
def _callers(same: Same[Repository]) -> Callers:
    return Callers(same.subject)
