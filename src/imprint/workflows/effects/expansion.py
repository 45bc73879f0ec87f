"""Every step that runs in a job, composite actions taken apart, in the job's own words."""

from __future__ import annotations

import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.effects.model import Site
from imprint.workflows.effects.sameness import Same
from imprint.workflows.effects.substitution import (
    condition_in_callers_words,
    in_callers_words,
)
from imprint.workflows.github.model import DockerUse, LocalUse, RemoteUse, UnknownUse
from imprint.workflows.resolution import action_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.github.model import Action, Job, Step, Use, Workflow
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Text

DEEPEST = 10
"""Composite actions inside one another, as the platform has it."""
MOST_STEPS = 2_000
REMEMBERED_JOBS = 512
_COMPOSITE = "composite"
_WORKSPACE = ("${{ github.workspace }}", "${{github.workspace}}", "$GITHUB_WORKSPACE")


def sites_of(repository: Repository, workflow: Workflow, job: Job) -> tuple[Site, ...]:
    """Return every step of the job; a composite action's steps stand in its place.

    What is not there to be looked into (an action of another repository without a lock) is a site
    of its own, with its `uses`. Every site of an action that is no composite one, too. The last
    jobs' are remembered: all effects of a job begin with them.
    """
    return _sites(Same(repository), Same(workflow), Same(job))


def use_name(use: Use) -> str:
    """Return how an action is called for people: without its ref, local ones with `./`."""
    match use:
        case LocalUse():
            return f"./{use.path}"
        case RemoteUse():
            return use.name
        case DockerUse():
            return f"docker://{use.image}"
        case UnknownUse():
            return use.text.value


@lru_cache(maxsize=REMEMBERED_JOBS)
def _sites(
    same_repository: Same[Repository], same_workflow: Same[Workflow], same_job: Same[Job]
) -> tuple[Site, ...]:
    repository, workflow, job = same_repository.subject, same_workflow.subject, same_job.subject
    sites: list[Site] = []
    base = _merged({}, workflow.environment, None)
    outer = _Surroundings(
        environment=_merged(base, job.environment, None),
        shell=_value(job.default_shell) or _value(workflow.default_shell),
        directory=_value(job.default_working_directory)
        or _value(workflow.default_working_directory)
        or "",
    )
    for step in job.steps:
        for site in _expanded(repository, step, outer):
            if len(sites) == MOST_STEPS:
                return tuple(sites)
            sites.append(replace(site, order=len(sites)))
    return tuple(sites)


class _Surroundings:
    """What a composite action's steps inherit."""

    __slots__ = (
        "conditions",
        "directory",
        "environment",
        "inputs",
        "job_step",
        "shell",
        "through",
    )

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        shell: str | None = None,
        directory: str = "",
        inputs: Mapping[str, str] | None = None,
        conditions: tuple[str, ...] = (),
        through: tuple[str, ...] = (),
        job_step: Step | None = None,
    ) -> None:
        self.environment = environment
        self.shell = shell
        self.directory = directory
        self.inputs = inputs
        self.conditions = conditions
        self.through = through
        self.job_step = job_step


def _expanded(repository: Repository, step: Step, around: _Surroundings) -> Iterator[Site]:
    site = _site(step, around)
    action = None if step.uses is None else action_of(repository, step.uses)
    name = "" if step.uses is None else use_name(step.uses)
    # An action inside itself never ends: the platform refuses it, we look no further.
    is_entered = name in around.through or len(around.through) >= DEEPEST
    if action is None or action.using != _COMPOSITE or is_entered:
        yield site
        return
    inside = _Surroundings(
        environment=site.environment,
        inputs=_given(action, site),
        conditions=site.conditions,
        through=(*around.through, name),
        job_step=site.job_step,
    )
    for inner in action.steps:
        yield from _expanded(repository, inner, inside)


def _site(step: Step, around: _Surroundings) -> Site:
    inputs = around.inputs
    own = () if step.condition is None else (step.condition.value,)
    directory = _value(step.working_directory)
    return Site(
        order=0,
        step=step,
        job_step=around.job_step or step,
        through=around.through,
        conditions=(
            *around.conditions,
            *(condition_in_callers_words(condition, inputs) for condition in own),
        ),
        inputs=_merged({}, step.inputs, inputs),
        environment=_merged(around.environment, step.environment, inputs),
        run=None if step.run is None else in_callers_words(step.run.value, inputs),
        shell=_value(step.shell) or around.shell,
        directory=_relative(
            around.directory if directory is None else in_callers_words(directory, inputs)
        ),
    )


def _given(action: Action, site: Site) -> Mapping[str, str]:
    """Return a composite action's inputs: what its caller says, or its defaults."""
    defaults = {
        name.lower(): "" if default is None else default.value
        for name, default in action.inputs.items()
    }
    return {**defaults, **site.inputs}


def _merged(
    outer: Mapping[str, str], table: Mapping[str, Text], inputs: Mapping[str, str] | None
) -> dict[str, str]:
    own = {name: in_callers_words(text.value, inputs) for name, text in table.items()}
    return {**outer, **own}


def _relative(directory: str) -> str:
    """Return a directory from the workspace's root; one that is not known stays as written."""
    text = directory.strip()
    for root in _WORKSPACE:
        text = text.removeprefix(root)
    normal = posixpath.normpath(text.lstrip("/") or ".")
    return "" if normal == "." else normal


def _value(text: Text | None) -> str | None:
    return None if text is None else text.value
