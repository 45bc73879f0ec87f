"""Whether the job that signed is the one that publishes. A decision; asking is its neighbours'.

A GitHub certificate names the run and not the job. So the jobs that were running at that moment
are looked at: TanStack's token was stolen in a test job, while the run's publish job never ran.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imprint.history.candidates import Found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.upstream.forge.model import Job, Run

SLACK_SECONDS: Final = 120.0
"""Between the moment that is known of a publication and the clocks of a forge's jobs."""
_PUBLISHES = re.compile(
    r"publish|release|deploy|\bship\b|\bnpm\b.*\b(?:tag|dist)\b|changeset", re.IGNORECASE
)


def is_publish_job(run: Run, published: float | None) -> Found:
    """Return whether the run's job that signed, at `published` or shortly before, publishes.

    No only where it does not speak of publishing, by its name or its steps, and another of the
    run's jobs does.
    """
    if run.signer is not None:
        signers = [job for job in run.jobs if job.name == run.signer]
    elif published is not None:
        signers = [job for job in run.jobs if _ran_at(job, published)]
    else:
        signers = []
    if not signers:
        return Found.UNKNOWN
    if any(map(_speaks_of_it, signers)):
        return Found.YES
    others = (job for job in run.jobs if job not in signers)
    return Found.NO if _any_speaks_of_it(others) else Found.UNKNOWN


def _any_speaks_of_it(jobs: Iterable[Job]) -> bool:
    return any(map(_speaks_of_it, jobs))


def _ran_at(job: Job, moment: float) -> bool:
    if job.started is None or job.completed is None:
        return False
    return job.started - SLACK_SECONDS <= moment <= job.completed + SLACK_SECONDS


def _speaks_of_it(job: Job) -> bool:
    return any(_PUBLISHES.search(text) for text in (job.name, *job.steps))
