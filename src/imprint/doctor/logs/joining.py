"""Where in the repository a cause is repaired: the log's job, among those that publish."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from imprint.doctor.logs.symptoms import Place
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.detection import publish_jobs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.workflows.github.model import Deployment, Job, Permissions, Step
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span, Text

Found = TypeVar("Found")

_INSTALLS = re.compile(r"\b(?:npm (?:ci|i|install)|p?npm (?:i|install)|yarn install|bun install)\b")
_UPGRADES = re.compile(r"\bnpm (?:i|install|update)\b[^\n]*(?:-g|--global)\b[^\n]*\bnpm\b")
_SETUP_NODE = "actions/setup-node"


def publish_job_of(repository: Repository, *, name: str | None) -> PublishJob | None:
    """Return the publish job that a log is of, None where it cannot be told.

    `name` is the job's name in the log; without one, the only job that publishes is taken.
    """
    publishing = [job for job in publish_jobs_of(repository) if job.steps]
    named = [job for job in publishing if name is not None and _is_called(job.job, name)]
    return _only(named or publishing)


def place_of(where: Place, repository: Repository, found: PublishJob | None) -> Span | None:
    """Return where a fix belongs, None where it cannot be told."""
    match where:
        case Place.PACKAGE:
            packages = found.steps[0].packages if found is not None else repository.packages
            package = _only(list(packages))
            return None if package is None else package.repository_span or package.span
        case Place.NPMRC:
            return None
    return None if found is None else _in_job(where, found)


def _in_job(where: Place, found: PublishJob) -> Span | None:
    job = found.job
    match where:
        case Place.PERMISSIONS:
            return found.id_token_span or _of(job, job.permissions)
        case Place.ENVIRONMENT:
            return _of(job, job.deployment)
        case Place.RUNNER:
            return job.runs_on[0].span if job.runs_on else job.id_span
        case Place.NODE:
            return _step(job, _is_setup_node) or _published(found)
        case Place.UPGRADE:
            return _step(job, _running(_UPGRADES)) or _step(job, _is_setup_node)
        case Place.INSTALL:
            return _step(job, _running(_INSTALLS))
        case Place.JOB:
            return _of(job, job.condition)
        case _:
            return _published(found)


def _is_called(job: Job, name: str) -> bool:
    """Return whether a log's name is the job's: `caller / job (matrix leg)`."""
    own = name.rpartition(" / ")[2]
    said = job.id if job.name is None else job.name.value
    return own == said or own.startswith(f"{said} (")


def _of(job: Job, part: Permissions | Deployment | Text | None) -> Span:
    """Return where a part of the job stands; without one, the job."""
    return job.id_span if part is None else part.span


def _published(found: PublishJob) -> Span:
    first = found.steps[0]
    return first.span if first.step is None else first.step.span


def _step(job: Job, is_it: Callable[[Step], bool]) -> Span | None:
    return next((step.span for step in job.steps if is_it(step)), None)


def _is_setup_node(step: Step) -> bool:
    return isinstance(step.uses, RemoteUse) and step.uses.name == _SETUP_NODE


def _running(form: re.Pattern[str]) -> Callable[[Step], bool]:
    return lambda step: step.run is not None and form.search(step.run.value) is not None


def _only(found: list[Found]) -> Found | None:
    return found[0] if len(found) == 1 else None
