"""Where `steps.x.outputs.y` and `needs.j.outputs.y` come from, as far as texts tell.

A step's output may be anything its script prints; which foreign text goes in is what is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.effects.foreign import paths_in
from imprint.workflows.github.model import RemoteUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.repository import Repository

_DEEPEST = 4


def sources_of(
    repository: Repository,
    workflow: Workflow,
    job: Job,
    path: tuple[str, ...],
    *,
    depth: int = _DEEPEST,
) -> Iterator[Site]:
    """Yield the steps that an output may come from: `("steps", id, "outputs", name)` and `needs`.

    Follows a needed job's `outputs` to its steps. Nothing for other paths.
    """
    match path:
        case ("steps", step_id, *_):
            for site in sites_of(repository, workflow, job):
                if _has_id(site, step_id):
                    yield site
        case ("needs", job_id, "outputs", name, *_) if depth:
            needed = next((found for found in workflow.jobs if found.id == job_id), None)
            text = None if needed is None else needed.outputs.get(name)
            for inner in () if text is None else paths_in(text.value):
                if needed is not None:
                    yield from sources_of(repository, workflow, needed, inner, depth=depth - 1)
        case _:
            return


def texts_of(site: Site) -> Iterator[str]:
    """Yield everything a step is told: its script, its inputs, the environment of its own."""
    if site.run is not None:
        yield site.run
    yield from site.inputs.values()
    own: Mapping[str, object] = site.step.environment
    for name in own:
        yield site.environment.get(name, "")
    if isinstance(site.step.uses, RemoteUse):
        yield site.step.uses.name


def _has_id(site: Site, step_id: str) -> bool:
    """Whether a step has this id, or belongs to a composite action that is called by it."""
    ids = [site.step.id, site.job_step.id]
    return any(known is not None and known.value.lower() == step_id.lower() for known in ids)
