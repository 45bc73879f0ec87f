"""Which jobs of the same run make what a publishing job publishes: by artifact or by output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.effects.artifacts import artifact_operations
from imprint.workflows.effects.expansion import sites_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Job
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository


def feeding_jobs(repository: Repository, job: PublishJob) -> tuple[Job, ...]:
    """Return the jobs that a publishing job needs, and whose artifacts or outputs it takes.

    Jobs that only have to succeed before, as tests do, are none of them.
    """
    by_id = {each.id: each for each in job.workflow.jobs}
    needed = _needed(job.job, by_id)
    downloads = any(
        not operation.uploads and not operation.from_other_run
        for operation in artifact_operations(repository, job.workflow, job.job)
    )
    said = "\n".join(_texts(repository, job))
    return tuple(
        before
        for before in needed
        if re.search(rf"\bneeds\.{re.escape(before.id)}\.outputs\b", said)
        or (downloads and _uploads(repository, job, before))
    )


def _needed(job: Job, by_id: dict[str, Job]) -> tuple[Job, ...]:
    found: dict[str, Job] = {}
    waiting = [text.value for text in job.needs]
    while waiting:
        name = waiting.pop(0)
        if name in by_id and name not in found:
            found[name] = by_id[name]
            waiting.extend(text.value for text in by_id[name].needs)
    return tuple(found.values())


def _uploads(repository: Repository, job: PublishJob, before: Job) -> bool:
    if before.uses is not None:
        # A called workflow's jobs may upload: they belong to the same run.
        return True
    operations = artifact_operations(repository, job.workflow, before)
    return any(operation.uploads for operation in operations)


def _texts(repository: Repository, job: PublishJob) -> Iterator[str]:
    """Yield what the job runs and hands over; its own `if` only asks whether it runs."""
    for site in sites_of(repository, job.workflow, job.job):
        if site.run is not None:
            yield site.run
        yield from site.inputs.values()
        yield from site.environment.values()
