"""Node 24.0 to 24.4 came with an npm that exchanges no ID token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import with_value, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange, sendings_of
from imprint.workflows.publishing.model import Client, PublishJob
from imprint.workflows.publishing.node import node_versions_of
from imprint.workflows.tables.releases import range_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.exchanging import Sending
    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W02",)
FIX = FixKind.SAFE

_FIRST = (24, 0, 0)
_FIRST_GOOD = (24, 5, 0)
_NEWER = "24"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each Node of those whose npm reaches a step that is to exchange an ID token."""
    for step in job.steps:
        if not intends_exchange(job, step):
            continue
        for sending in sendings_of(scene.repository, job, step):
            if has_early_node(job, step, sending, scene):
                yield Report(
                    span=sending.version.span or step.span,
                    message=(
                        f"{sending.version.because}, which exchanges no ID token: "
                        "Node 24.5.0 is the first 24 whose npm does"
                    ),
                    hint="write `24`, which is a later one on every runner",
                    related=(step.span,),
                )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Write `24` where a version of Node stands."""
    stated = range_of(written(scene, report.span).strip("\"'"))
    if stated is None:
        return None
    edit = with_value(scene, report.span, _NEWER)
    return Patch(title=f"set up Node {_NEWER}", edits=(edit,))


def has_early_node(job: PublishJob, step: PublishStep, sending: Sending, scene: Scene) -> bool:
    """Whether what sends is the npm of an early Node 24, and no later one was installed."""
    if sending.exchanges is not False or step.step is None:
        return False
    if sending.program not in {Client.NPM, Client.NPM_PUBLISH_ACTION}:
        return False
    nodes = node_versions_of(scene.repository, job.workflow, job.job, step.step)
    return any(
        node.surely_from(_FIRST)
        and node.surely_below(_FIRST_GOOD)
        and node.span == sending.version.span
        for node in nodes
    )
