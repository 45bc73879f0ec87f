"""A called workflow publishes: the registry sees the name of the file that calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W13",)

_CALL = "workflow_call"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield the `workflow_call` of a publishing file, unless the publisher names a caller.

    Where no publisher is known it is a thing to look at; where one names this file, it fails.
    """
    trigger = job.workflow.trigger(_CALL)
    is_meant = any(intends_exchange(job, step) for step in job.steps)
    if trigger is None or not is_meant:
        return
    callers = tuple(dict.fromkeys(_file(chain[0].workflow.path) for chain in job.calls))
    own = _file(job.workflow.path)
    named = _named(job, scene)
    if named and (not callers or named & set(callers)):
        return
    fails = own in named
    shown = ", ".join(quoted(name) for name in callers) or "a file of another repository"
    yield Report(
        span=trigger.span,
        message=(
            f"the registry knows a called workflow by who calls it: {shown}, not {quoted(own)}"
        ),
        hint="name the calling file in the trusted publisher, and grant `id-token: write` in both",
        severity=None if fails else Severity.MEDIUM,
        confidence=None if fails else Confidence.MEDIUM,
        related=tuple(dict.fromkeys(chain[0].job.id_span for chain in job.calls)),
    )


def _named(job: PublishJob, scene: Scene) -> set[str]:
    """Return the files that the packages' publishers name."""
    publishers = scene.facts.publishers or {}
    names = {package.name for step in job.steps for package in step.packages}
    return {
        publisher.rules.workflow.caller
        for name in names
        for publisher in publishers.get(name or "", ())
        if publisher.rules.workflow is not None and publisher.rules.workflow.caller is not None
    }


def _file(path: str) -> str:
    return path.rpartition("/")[2]
