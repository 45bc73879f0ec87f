"""What one job does and holds, gathered once for the graph: effects, secrets, rights, packages."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.artifacts import artifact_operations
from imprint.workflows.effects.caches import cache_operations
from imprint.workflows.effects.checkouts import checkouts_of
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.github.model import Access
from imprint.workflows.paths.contexts import Kind
from imprint.workflows.publishing.permissions import granted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.effects.model import (
        ArtifactOperation,
        CacheOperation,
        Checkout,
        Execution,
        Site,
    )
    from imprint.workflows.facts import Facts
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.paths.contexts import RunContext
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Text

_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*'([^']+)'\s*\])")
_FORGE_NAMES = re.compile(
    r"(?:^|_)(?:PAT|GH|GITHUB|GHA|PERSONAL_ACCESS|RELEASE_PLEASE|DEPLOY_KEY)(?:_|$)|^GH|^GITHUB",
    re.IGNORECASE,
)
_OTHER_NAMES = re.compile(
    r"NPM|VSCE|OVSX|OPEN_VSX|AZURE|DEVOPS|DOCKER|SONAR|SLACK|CODECOV|DISCORD|CHROMATIC|NX_|TURBO"
    r"|ANTHROPIC|OPENAI|CLAUDE|WEBHOOK|APP_ID|CLIENT_ID|URL|VERCEL|NETLIFY|CLOUDFLARE",
    re.IGNORECASE,
)
"""Secrets that an action may take as `token`, and that open nothing at the forge."""
_FORGE_KEYS = frozenset({"github_token", "gh_token", "github-token", "token", "github_pat"})
_AUTOMATIC = "GITHUB_TOKEN"


class Effects:
    """What a job's steps do in runs of one event; worked out when it is asked for."""

    def __init__(
        self,
        repository: Repository,
        workflow: Workflow,
        job: Job,
        *,
        event: str | None,
        sites: tuple[Site, ...],
    ) -> None:
        """Remember the job and its steps; `event` None: any event."""
        self._job = (repository, workflow, job)
        self._event = event
        self.sites = sites

    @cached_property
    def checkouts(self) -> tuple[Checkout, ...]:
        """Return the code that comes into the workspace."""
        return checkouts_of(*self._job, event=self._event)

    @cached_property
    def executions(self) -> tuple[Execution, ...]:
        """Return what runs, or can be made to run."""
        return executions_of(*self._job, event=self._event)

    @cached_property
    def caches(self) -> tuple[CacheOperation, ...]:
        """Return the caches that are restored or saved."""
        return cache_operations(*self._job)

    @cached_property
    def artifacts(self) -> tuple[ArtifactOperation, ...]:
        """Return the artifacts that are moved."""
        if not any(map(_may_move_artifacts, self.sites)):
            return ()
        return artifact_operations(*self._job, event=self._event)

    @cached_property
    def hands_tokens(self) -> bool:
        """Return whether a step is given a token for the forge."""
        return any(map(handed_secrets, self.sites))


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that a job is given."""

    name: str
    is_of_forge: bool
    """It looks like a person's or bot's token for the forge."""
    text: Text


class Jobs:
    """The jobs of a repository, each looked into once."""

    def __init__(
        self, repository: Repository, publish_jobs: tuple[PublishJob, ...], facts: Facts
    ) -> None:
        """Remember what publishes."""
        self.repository = repository
        self.facts = facts
        self.publishing: Mapping[tuple[str, str], PublishJob] = {
            (found.workflow.path, found.job.id): found for found in publish_jobs
        }
        self._effects: dict[tuple[str, str, str | None], Effects] = {}

    def effects(self, context: RunContext, job: Job, sites: tuple[Site, ...]) -> Effects:
        """Return what the steps do in a run.

        Runs that people with rights start have no foreign text in them, so one look does for all.
        """
        event = None if context.kind is Kind.OWN else context.event
        key = (context.workflow.path, job.id, event)
        if key not in self._effects:
            self._effects[key] = Effects(
                self.repository, context.workflow, job, event=event, sites=sites
            )
        return self._effects[key]

    def publish_job(self, workflow: Workflow, job: Job) -> PublishJob | None:
        """Return what is known of a job's publishing."""
        return self.publishing.get((workflow.path, job.id))

    def access(self, context: RunContext, job: Job, scope: str) -> tuple[Access, bool]:
        """Return what the run's token may do, and whether a file or a fact says so.

        Where no file states anything the repository's default holds, and that never has
        `id-token`; without a fact it is taken for the old default, which may write.
        """
        if not context.is_privileged:
            return Access.READ, True
        own = job.permissions or context.workflow.permissions
        if not context.calls and own is not None:
            return own.of(scope), True
        if context.calls:
            stated, _ = granted(context.calls, context.workflow, job)
            if stated is not None:
                return stated.get(scope, Access.NONE), True
        if scope == "id-token":
            return Access.NONE, True
        default = self.facts.default_permissions_write
        return (Access.READ if default is False else Access.WRITE), default is not None


def secrets_of(context: RunContext, job: Job, sites: tuple[Site, ...]) -> tuple[Secret, ...]:
    """Return the secrets that a job's run is given, each once; the automatic token is none."""
    if not context.is_privileged:
        return ()
    found: dict[str, Secret] = {}
    for key, text in _texts(context, job, sites):
        for match in _SECRET.finditer(text.value):
            name = match[1] or match[2]
            if name.upper() == _AUTOMATIC:
                continue
            is_of_forge = _is_of_forge(key, name)
            known = found.get(name)
            if known is None or (is_of_forge and not known.is_of_forge):
                found[name] = Secret(name=name, is_of_forge=is_of_forge, text=text)
    return tuple(_handed_on(context, found))


def _may_move_artifacts(site: Site) -> bool:
    """Whether a step has anything to do with artifacts: a quick look at its words."""
    uses = site.step.uses
    text = site.run or ""
    return (
        (uses is not None and "artifact" in uses.text.value.lower())
        or "artifact" in site.inputs.get("script", "").lower()
        or "run download" in text
        or "artifact" in text
    )


def handed_secrets(site: Site) -> tuple[str, ...]:
    """Return the tokens for the forge that a step is given itself, by its inputs or `env`."""
    own = {name: site.environment.get(name, "") for name in site.step.environment}
    found = [
        match[1] or match[2]
        for key, text in (*site.inputs.items(), *own.items())
        for match in _SECRET.finditer(text)
        if _is_of_forge(key, match[1] or match[2])
    ]
    return tuple(dict.fromkeys(name for name in found if name.upper() != _AUTOMATIC))


def _is_of_forge(key: str, name: str) -> bool:
    """Whether a secret is a token for the forge, by its name and by where it goes."""
    if _OTHER_NAMES.search(name) is not None:
        return False
    return key.lower() in _FORGE_KEYS or _FORGE_NAMES.search(name) is not None


def _texts(context: RunContext, job: Job, sites: tuple[Site, ...]) -> Iterator[tuple[str, Text]]:
    yield from context.workflow.environment.items()
    yield from job.environment.items()
    for step in dict.fromkeys(site.job_step.span.start for site in sites):
        for site in sites:
            if site.job_step.span.start == step:
                yield from site.job_step.environment.items()
                yield from site.job_step.inputs.items()
                if site.job_step.run is not None:
                    yield "run", site.job_step.run
                break


def _handed_on(context: RunContext, found: Mapping[str, Secret]) -> Iterator[Secret]:
    """Yield a called workflow's secrets by the names that they have outside of it."""
    for secret in found.values():
        name: str | None = secret.name
        for call in reversed(context.calls):
            if call.job.inherits_secrets or name is None:
                continue
            given = {key.upper(): text for key, text in (call.job.secrets or {}).items()}
            text = given.get(name.upper())
            match = None if text is None else _SECRET.search(text.value)
            name = None if match is None else (match[1] or match[2])
        if name is not None and name.upper() != _AUTOMATIC:
            yield Secret(name=name, is_of_forge=secret.is_of_forge, text=secret.text)
