"""A job that is to publish by an ID token has an npm that knows nothing of such tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.early_node_24 import has_early_node
from imprint.workflows.checks.patches import pinned_npm, step_before, with_value, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import (
    intends_exchange,
    sendings_of,
    tokens_read_by,
)
from imprint.workflows.publishing.model import Client, PublishJob
from imprint.workflows.publishing.node import node_versions_of
from imprint.workflows.tables.releases import OPEN, range_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.exchanging import Sending
    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W01",)
FIX = FixKind.SAFE

_WANTED = {
    Client.NPM: "npm 11.5.1 or later",
    Client.NPM_PUBLISH_ACTION: "npm 11.5.1 or later",
    Client.PNPM: "pnpm 11 or later",
    Client.YARN: "Yarn 4.10 or later",
    Client.LERNA: "lerna 9 or later",
    Client.SEMANTIC_RELEASE: "semantic-release 25 with @semantic-release/npm 13.1 or later",
    Client.YARN_CLASSIC: "`npm publish` with npm 11.5.1 or later: Yarn 1 never will",
    Client.BUN: "`npm publish` of what `bun pm pack` makes: Bun never exchanges an ID token",
}
_NEWER_NODE = "24"
_NODE_FOR_NPM_11 = (20, 17, 0)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each version that cannot exchange an ID token, at what decides it."""
    for step in job.steps:
        if not intends_exchange(job, step):
            continue
        for sending in sendings_of(scene.repository, job, step):
            if sending.exchanges is False and not has_early_node(job, step, sending, scene):
                yield _report(job, step, sending, scene)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Set up Node 24, or install npm 11 where the Node is not this workflow's to say.

    Not where a token publishes: a newer npm would publish with it, too, only less visibly.
    """
    if report.severity is Severity.INFO:
        return None
    for job in scene.publish_jobs:
        for step in job.steps:
            for sending in sendings_of(scene.repository, job, step):
                if report == _report(job, step, sending, scene):
                    return _patch(job, step, sending, scene)
    return None


def _report(job: PublishJob, step: PublishStep, sending: Sending, scene: Scene) -> Report:
    tokens = tokens_read_by(sending, job, step, scene.repository)
    version = sending.version
    wanted = _WANTED.get(sending.program, "a client that does")
    message = f"{_name(sending)} exchanges no ID token ({version.because}): {wanted} does"
    if tokens:
        message = f"{_name(sending)} publishes with `{tokens[0].name}`, not by an ID token"
        message += f" ({version.because})"
    return Report(
        span=version.span or step.span,
        message=message,
        hint=_hint(step, sending),
        severity=Severity.INFO if tokens else None,
        related=(step.span,),
    )


def _name(sending: Sending) -> str:
    highest = sending.version.highest
    if highest is None or sending.program in {Client.YARN_CLASSIC, Client.BUN}:
        return str(sending.program)
    number = shown(highest) if highest[1] != OPEN else str(highest[0])
    return f"{sending.program} {number}"


def _hint(step: PublishStep, sending: Sending) -> str:
    place = f"{step.span.path}:{step.span.line}"
    if sending.program in {Client.NPM, Client.NPM_PUBLISH_ACTION}:
        return f"set up Node 24, or `npm install --global npm@11` before {place}"
    return f"what publishes is at {place}"


def _patch(job: PublishJob, step: PublishStep, sending: Sending, scene: Scene) -> Patch | None:
    if sending.program not in {Client.NPM, Client.NPM_PUBLISH_ACTION} or step.step is None:
        return None
    span = sending.version.span
    if span is not None and span.path == job.workflow.path:
        stated = range_of(written(scene, span).strip("\"'"))
        if stated is not None and "node" in sending.version.because:
            edit = with_value(scene, span, _NEWER_NODE)
            return Patch(title=f"set up Node {_NEWER_NODE}", edits=(edit,))
    nodes = node_versions_of(scene.repository, job.workflow, job.job, step.step)
    if not all(node.surely_from(_NODE_FOR_NPM_11) for node in nodes):
        return None
    inserted = step_before(scene, step.step, f"npm install --global {pinned_npm()}")
    if inserted is None:
        return None
    return Patch(title="install npm 11 before publishing", edits=(inserted,))
