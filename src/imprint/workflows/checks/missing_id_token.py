"""A job that needs an ID token is not allowed to ask for one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.permission_blocks import block_at, grant, in_job
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import Access, RemoteUse
from imprint.workflows.publishing.exchanging import sends_to_npm, tokens_for
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W10",)
FIX = FixKind.SAFE

_ID_TOKEN = "id-token"  # noqa: S105  (a permission's name)
_PLAIN = {Client.NPM, Client.PNPM, Client.YARN}
_READERS = {"actions", "pnpm", "oven-sh"}
"""Owners of actions that set things up."""
_WRITES = re.compile(r"git push|\bgh |release|--follow-tags|npm version|GITHUB_TOKEN")
_MAKE_NONE = {Client.BUN, Client.YARN_CLASSIC, Client.DENO, Client.UNKNOWN}


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each publication that asks for what only an ID token gives, and has none."""
    if job.id_token is Access.WRITE:
        return
    for step in job.steps:
        why = _why(job, step, scene)
        if why is not None:
            span = step.span if job.id_token_span is None else job.id_token_span
            yield Report(
                span=span,
                message=f"{why}, and the job has no `id-token: write`",
                hint="grant `id-token: write` to the job, and to every job that calls it",
                related=(step.span,),
            )
            return


def fix(report: Report, scene: Scene) -> Patch | None:
    """Grant it in the block that decides, or in a new one of the job."""
    for job in scene.publish_jobs:
        if report not in check(job, scene):
            continue
        block = None if job.id_token_span is None else block_at(scene, job.id_token_span)
        own = job.job.permissions
        if block is not None and (
            block is own or job.calls or block is not job.workflow.permissions
        ):
            edit = grant(scene, block, _ID_TOKEN)
        elif job.workflow.permissions is None and not _only_reads(job):
            # Without any block the job may push, by the repository's default: a block ends that.
            return None
        else:
            edit = in_job(scene, job.workflow, job.job, _ID_TOKEN)
        return None if edit is None else Patch(title="grant `id-token: write`", edits=(edit,))
    return None


def _only_reads(job: PublishJob) -> bool:
    """Whether nothing in the job looks as if it wrote anything at the forge."""
    owners = {each.use.owner.lower() for each in job.actions if isinstance(each.use, RemoteUse)}
    scripts = [step.run.value for step in job.job.steps if step.run is not None]
    is_plain = all(step.client in _PLAIN for step in job.steps) and not job.opaque
    return is_plain and owners <= _READERS and not any(map(_WRITES.search, scripts))


def _why(job: PublishJob, step: PublishStep, scene: Scene) -> str | None:
    """Return what the step needs an ID token for; None where it may well need none."""
    if not sends_to_npm(step) or step.sender in _MAKE_NONE:
        return None
    if step.provenance:
        return "provenance is asked for"
    publishers = scene.facts.publishers or {}
    names = [package.name for package in step.packages if publishers.get(package.name or "")]
    if names and not tokens_for(job, step):
        return f"`{names[0]}` has a trusted publisher"
    if not tokens_for(job, step) and _is_meant(job):
        return "the job has no token, and others of the workflow may ask for an ID token"
    return None


def _is_meant(job: PublishJob) -> bool:
    """Whether another block on the way to the job grants it: it got lost."""
    calls = [call for chain in job.calls for call in chain]
    blocks = [job.workflow.permissions, job.job.permissions]
    blocks += [call.workflow.permissions for call in calls]
    blocks += [call.job.permissions for call in calls]
    return any(block is not None and block.of(_ID_TOKEN) is Access.WRITE for block in blocks)
