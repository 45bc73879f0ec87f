"""A job that holds an ID token for publishing installs, builds or tests as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.reach import certainty
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.github.model import Access
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Execution
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P06",)

_KINDS = {ExecutionKind.DEPENDENCIES, ExecutionKind.WORKSPACE}


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield the first thing of a publishing job that runs code of dependencies, or the build.

    Publishing itself is none: where it packs, it runs the package's own scripts.
    """
    if not job.steps or job.id_token is not Access.WRITE:
        return
    commands = {step.command.strip() for step in job.steps}
    publishing = {step.step.span for step in job.steps if step.step is not None}
    found = [
        execution
        for execution in executions_of(scene.repository, job.workflow, job.job)
        if execution.kind in _KINDS and not _publishes(execution, commands, publishing)
    ]
    installs = [each for each in found if each.kind is ExecutionKind.DEPENDENCIES]
    first = max(installs or found, key=lambda each: each.confidence, default=None)
    if first is None:
        return
    others = dict.fromkeys(each.span for each in found if each.span != first.span)
    is_unsure = not installs or first.confidence is Confidence.LOW
    yield Report(
        span=first.span,
        message=(
            f"{quoted(first.what)} runs {_what(first)} in the job `{job.job.id}`, which can ask "
            "for the ID token: a job before it can do so without one"
        ),
        hint=(
            "build and pack in a job without `id-token`, hand the tarball over as an artifact, "
            "and publish that with `--ignore-scripts`"
        ),
        severity=Severity.LOW if is_unsure else None,
        confidence=certainty(job, first.confidence),
        related=tuple(others),
    )


def _publishes(execution: Execution, commands: set[str], publishing: set[Span]) -> bool:
    """Whether it is the publishing command, or the action that publishes."""
    if execution.what.strip() in commands:
        return True
    step = execution.site.step
    is_publisher = step.span in publishing or execution.site.job_step.span in publishing
    return is_publisher and (
        step.uses is not None or any(command in execution.what for command in commands)
    )


def _what(execution: Execution) -> str:
    if execution.kind is ExecutionKind.DEPENDENCIES:
        return "code of dependencies"
    return "the repository's build and what that loads"
