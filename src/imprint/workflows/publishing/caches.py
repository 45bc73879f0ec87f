"""Which caches a job restores in the runs in which it publishes (facts/workflows.md §6.2 P01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.effects.caches import caches_with

if TYPE_CHECKING:
    from imprint.workflows.effects.model import CacheOperation
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository


def caches_when_publishing(
    repository: Repository, publish_job: PublishJob
) -> tuple[CacheOperation, ...]:
    """Return the caches that may be restored in a run of the job that also publishes, in order.

    Those of build tools (`CacheStore.BUILD`) are among them: who writes these, no file says.
    """
    steps = [step.step for step in publish_job.steps if step.step is not None]
    found = caches_with(repository, publish_job.workflow, publish_job.job, steps=steps)
    return tuple(operation for operation in found if operation.restores)
