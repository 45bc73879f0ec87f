"""What keeps outsiders out of a publish path, at its first hop: the split, or the owner guard.

Both change what a workflow is for, so both are unsafe fixes; whether a path is really gone is told
by searching paths again (doctor).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.edits.guarding import owner_guard
from imprint.workflows.edits.insertion import Document
from imprint.workflows.edits.splitting import split_target
from imprint.workflows.findings import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.findings import Report
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.paths.model import Hop, PublishPath
    from imprint.workflows.scene import Scene


def split_off(report: Report, scene: Scene) -> Patch | None:
    """Return the patch that takes the rights from the first job of a reported path.

    Outsiders go on being served, by a job that has nothing to lose.
    """
    for path in _paths_of(report, scene):
        for workflow, job in _jobs_of(path.hops[0], scene):
            document = Document(workflow.path, scene.repository.texts[workflow.path])
            patch = split_target(document, workflow, job)
            if patch is not None:
                return patch
    return None


def keep_outsiders_out(report: Report, scene: Scene) -> Patch | None:
    """Return the patch that lets a job of a reported path run for the repository's people alone.

    It is the first one whose file outsiders do not bring along. Jobs beside it that they reach by
    the same trigger have findings of their own.
    """
    for path in _paths_of(report, scene):
        for hop in path.hops:
            for workflow, job in _jobs_of(hop, scene):
                document = Document(workflow.path, scene.repository.texts[workflow.path])
                for event in dict.fromkeys((path.trigger, "workflow_run")):
                    edit = owner_guard(document, workflow, job, event)
                    if edit is not None:
                        title = f"run `{job.id}` for people of the repository alone"
                        return Patch(title=title, edits=(edit,))
    return None


def _paths_of(report: Report, scene: Scene) -> Iterator[PublishPath]:
    for path in scene.paths:
        first = next((hop.span for hop in path.hops if hop.span is not None), None)
        if first == report.span:
            yield path


def _jobs_of(hop: Hop, scene: Scene) -> Iterator[tuple[Workflow, Job]]:
    """Yield the job that a hop is about: `size.yml:size`."""
    file, _, rest = hop.node.partition(":")
    job_id = rest.partition(" ")[0]
    for workflow in scene.repository.workflows:
        if workflow.path.rpartition("/")[2] == file:
            yield from ((workflow, job) for job in workflow.jobs if job.id == job_id)
