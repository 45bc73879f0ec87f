"""setup-node with `registry-url` writes a token line, which hides why an exchange failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import without_input
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.exchanging import (
    intends_exchange,
    sendings_of,
    tokens_read_by,
)
from imprint.workflows.publishing.model import Client, PublishJob
from imprint.workflows.publishing.targets import is_default_registry
from imprint.workflows.tables.pins import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.exchanging import Sending
    from imprint.workflows.publishing.model import ActionUse, PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.INFO
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W04",)
FIX = FixKind.SAFE

_INPUT = "registry-url"
_NO_PLACEHOLDER = (7, 0, 0)
_HINT = "npm finds its default registry by itself, and a scope's in .npmrc"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each `registry-url` by what it does to the client that sends."""
    for use in _uses(job):
        for step in job.steps:
            if not intends_exchange(job, step):
                continue
            for sending in sendings_of(scene.repository, job, step):
                found = _judged(job, step, sending, use, scene)
                if found is not None:
                    severity, message = found
                    span = use.inputs[_INPUT].span
                    yield Report(span=span, message=message, hint=_HINT, severity=severity)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the input away, where it names the default registry and nothing is installed by it."""
    if report.severity is Severity.BLOCK:
        return None
    for job in scene.publish_jobs:
        for use in _uses(job):
            text = use.inputs[_INPUT]
            is_plain = is_default_registry(text.value) and "scope" not in use.inputs
            if text.span != report.span or not is_plain or _has_token(job):
                continue
            edit = without_input(scene, use.step, _INPUT) if not use.through else None
            if edit is not None:
                return Patch(title=f"take `{_INPUT}` away", edits=(edit,))
    return None


def _uses(job: PublishJob) -> tuple[ActionUse, ...]:
    return tuple(
        use
        for use in job.actions
        if isinstance(use.use, RemoteUse)
        and use.use.name == "actions/setup-node"
        and _INPUT in use.inputs
    )


def _judged(
    job: PublishJob, step: PublishStep, sending: Sending, use: ActionUse, scene: Scene
) -> tuple[Severity, str] | None:
    has_token = bool(tokens_read_by(sending, job, step, scene.repository))
    if sending.program is Client.BUN and not has_token:
        return (
            Severity.BLOCK,
            f"`{_INPUT}` makes Bun send setup-node's placeholder: Bun exchanges no ID token",
        )
    if sending.program is Client.PNPM and sending.prefers_token and not has_token:
        return (
            Severity.MEDIUM,
            f"`{_INPUT}` writes a token line, and pnpm before 11.0.7 takes one before an ID token",
        )
    is_npm = sending.program not in {Client.YARN, Client.UNKNOWN, Client.DENO}
    if not is_npm or not sending.exchanges or not isinstance(use.use, RemoteUse):
        return None
    if not version_of(use.use).releases.surely_below(_NO_PLACEHOLDER):
        return None
    if has_token:
        return Severity.INFO, f"`{_INPUT}` writes the line by which npm finds the token beside it"
    masks = f"`{_INPUT}` writes a placeholder, which npm sends when the exchange fails:"
    return Severity.INFO, f"{masks} `E404` then stands where the reason would be"


def _has_token(job: PublishJob) -> bool:
    tables = [job.workflow.environment, job.job.environment]
    tables += [step.environment for step in job.job.steps]
    return any("NODE_AUTH_TOKEN" in table for table in tables)
