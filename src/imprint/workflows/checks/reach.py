"""What the hardening checks ask of a job: whether it can publish, and how sure that is.

Not here: who can start it (`paths/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access

if TYPE_CHECKING:
    from imprint.workflows.publishing.model import PublishJob


def can_publish(job: PublishJob) -> bool:
    """Whether code that runs in the job could publish: it does, or may ask for an ID token.

    A job that merely holds a secret for npm, to install by it perhaps, is none.
    """
    return bool(job.steps) or job.id_token is Access.WRITE


def certainty(job: PublishJob, *others: Confidence) -> Confidence:
    """Return how sure it is that the job publishes, or less where something else is less sure."""
    publishes = max((step.confidence for step in job.steps), default=Confidence.MEDIUM)
    return min(publishes, *others) if others else publishes


def sends_only_tarballs(job: PublishJob) -> bool:
    """Whether everything that the job publishes was made elsewhere: it builds nothing."""
    return bool(job.steps) and all(step.prebuilt for step in job.steps)
