"""Where in the repository a cause is repaired: the log's job, looked up in the workflows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from imprint.doctor.logs.symptoms import Place
from imprint.workflows.github.model import RemoteUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.workflows.github.model import Job, Step
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span

Found = TypeVar("Found")

_PUBLISHES = re.compile(
    r"\b(?:npm|pnpm|yarn(?: npm)?|bun|lerna|changeset|nx release|imprint)\b[^\n#]*\bpublish\b"
    r"|\bsemantic-release\b|\brelease-it\b|\bnpm stage\b"
)
_PUBLISHING_ACTIONS = frozenset(
    {"changesets/action", "js-devtools/npm-publish", "cycjimmy/semantic-release-action"}
)
_INSTALLS = re.compile(
    r"\b(?:npm (?:ci|i|install)|pnpm (?:i|install)|yarn(?: install)?|bun install)\b"
)
_UPGRADES = re.compile(r"\bnpm (?:i|install|update)\b[^\n]*(?:-g|--global)[^\n]*\bnpm\b")
_SETUP_NODE = "actions/setup-node"


def place_of(where: Place, repository: Repository, *, job: str | None) -> Span | None:
    """Return where a fix belongs, None where it cannot be told.

    `job` is the job's name in the log; without one, the only job that publishes is taken.
    """
    if where is Place.PACKAGE:
        return _only([one.repository_span or one.span for one in repository.packages])
    if where is Place.NPMRC:
        return None
    found = _only(list(_jobs(repository, job)))
    return None if found is None else _in_job(where, found)


def _jobs(repository: Repository, name: str | None) -> Iterator[Job]:
    publishing = [
        job
        for workflow in repository.workflows
        for job in workflow.jobs
        if any(map(_is_publish, job.steps))
    ]
    named = [job for job in publishing if name is not None and _is_called(job, name)]
    yield from named or publishing


def _is_called(job: Job, name: str) -> bool:
    """Return whether a log's name is the job's: `caller / job (matrix leg)`."""
    own = name.rpartition(" / ")[2]
    said = job.id if job.name is None else job.name.value
    return own == said or own.startswith(f"{said} (")


def _in_job(where: Place, job: Job) -> Span | None:
    match where:
        case Place.PERMISSIONS:
            return job.id_span if job.permissions is None else job.permissions.span
        case Place.ENVIRONMENT:
            return job.id_span if job.deployment is None else job.deployment.span
        case Place.RUNNER:
            return job.runs_on[0].span if job.runs_on else job.id_span
        case Place.NODE:
            return _step(job, _is_setup_node) or _step(job, _is_publish)
        case Place.UPGRADE:
            return _step(job, lambda step: _runs(step, _UPGRADES)) or _step(job, _is_setup_node)
        case Place.INSTALL:
            return _step(job, lambda step: _runs(step, _INSTALLS))
        case Place.PUBLISH:
            return _step(job, _is_publish)
        case Place.JOB:
            return job.id_span if job.condition is None else job.condition.span
        case Place.NPMRC | Place.PACKAGE:
            return None


def _step(job: Job, is_it: Callable[[Step], bool]) -> Span | None:
    return next((step.span for step in job.steps if is_it(step)), None)


def _is_publish(step: Step) -> bool:
    if isinstance(step.uses, RemoteUse):
        return step.uses.name in _PUBLISHING_ACTIONS
    return _runs(step, _PUBLISHES)


def _is_setup_node(step: Step) -> bool:
    return isinstance(step.uses, RemoteUse) and step.uses.name == _SETUP_NODE


def _runs(step: Step, form: re.Pattern[str]) -> bool:
    return step.run is not None and form.search(step.run.value) is not None


def _only(found: list[Found]) -> Found | None:
    return found[0] if len(found) == 1 else None
