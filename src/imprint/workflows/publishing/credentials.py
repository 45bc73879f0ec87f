"""Everything of a job's surroundings that a publishing step would find a credential in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.known_actions import PUBLISHING
from imprint.workflows.publishing.members import folder_of
from imprint.workflows.publishing.model import CredentialKind, TokenInReach
from imprint.workflows.publishing.step_scripts import command_span, scripts_of
from imprint.workflows.publishing.tokens import (
    is_publish_secret,
    of_environment,
    of_files,
    of_inputs,
    secret_of,
    token,
)
from imprint.workflows.publishing.written_tokens import written_by
from imprint.workflows.shell.commands import commands_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.repository import Repository

_SPEAKS = re.compile(r"npmrc|auth|token", re.IGNORECASE)


def tokens_in_reach(
    repository: Repository,
    workflow: Workflow,
    job: Job,
    sites: Sequence[Site],
    steps: Sequence[PublishStep],
) -> tuple[TokenInReach, ...]:
    """Return the long-lived credentials that the job's publishing steps find.

    Where none is known to publish, those that any step of the job finds.
    """
    found = [*of_environment(workflow.environment), *of_environment(job.environment)]
    publishing = {id(step.step) for step in steps if step.step is not None}
    last = max(
        (site.order for site in sites if id(site.job_step) in publishing), default=len(sites)
    )
    for site in sites:
        if site.order > last:
            break
        found += _of_site(
            repository, job, site, is_publishing=id(site.job_step) in publishing or not steps
        )
    found += _handed_over(job)
    if steps:
        folders = frozenset(folder_of(package.path) for step in steps for package in step.packages)
        found += of_files(repository, folders)
    return tuple(dict.fromkeys(found))


def _of_site(
    repository: Repository, job: Job, site: Site, *, is_publishing: bool
) -> Iterator[TokenInReach]:
    if is_publishing:
        yield from of_environment(site.job_step.environment)
        if site.step is not site.job_step:
            yield from of_environment(site.step.environment)
    use = site.step.uses
    if isinstance(use, RemoteUse) and use.name in PUBLISHING:
        yield from of_inputs(site.step.inputs)
    if site.run is not None and not _SPEAKS.search(site.run):
        return
    for script in scripts_of(job, site):
        if not _SPEAKS.search(script.value):
            continue
        commands = commands_of(script.value, shell=script.shell, variables=site.environment)
        for command in commands:
            for written in written_by(command):
                value = site.environment.get(written.variable or "", written.value)
                yield token(
                    written.kind,
                    written.name,
                    value,
                    span=command_span(repository, script, command),
                    host=written.host,
                )


def _handed_over(job: Job) -> Iterator[TokenInReach]:
    """Yield the secrets for npm that a reusable workflow is given."""
    for name, text in (job.secrets or {}).items():
        secret = secret_of(text.value)
        if is_publish_secret(name) or (secret is not None and is_publish_secret(secret)):
            yield TokenInReach(
                kind=CredentialKind.INPUT,
                name=name,
                secret=secret,
                is_literal=False,
                host=None,
                span=text.span,
            )
