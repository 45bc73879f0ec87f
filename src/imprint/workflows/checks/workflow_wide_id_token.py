"""Every job of a workflow may ask for an ID token, where one publishes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.permission_blocks import in_job, revoke
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import Access, RemoteUse, Workflow
from imprint.workflows.resolution import called_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Job
    from imprint.workflows.scene import Scene

READS = Workflow
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W11",)
FIX = FixKind.SAFE

_ID_TOKEN = "id-token"  # noqa: S105  (a permission's name)
_OTHER_USES = (
    "actions/attest",
    "aws-actions/configure-aws-credentials",
    "azure/login",
    "codecov/codecov-action",
    "google-github-actions/auth",
    "hashicorp/vault-action",
    "pypa/gh-action-pypi-publish",
    "rust-lang/crates-io-auth-action",
    "sigstore/",
    "actions/deploy-pages",
)
_ASKS = re.compile(r"cosign|ACTIONS_ID_TOKEN|getIDToken|--provenance|imprint exchange")


def check(workflow: Workflow, scene: Scene) -> Iterator[Report]:
    """Yield the block that grants it to all jobs, where not all of them publish."""
    block = workflow.permissions
    if block is None or block.of(_ID_TOKEN) is not Access.WRITE:
        return
    publishing = _publishing(workflow, scene)
    if not publishing:
        return
    others = [
        job.id for job in workflow.jobs if job.id not in publishing and job.permissions is None
    ]
    yield Report(
        span=block.places.get(_ID_TOKEN, block.span),
        message=(
            f"every job may ask for an ID token, `{others[0]}` among them: only `{publishing[0]}` "
            "publishes"
            if others
            else f"the workflow may ask for an ID token: the job `{publishing[0]}` alone has to"
        ),
        hint="grant `id-token: write` to the job that publishes, and nothing to the workflow",
        severity=None if others else Severity.LOW,
    )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Move it to the jobs that publish, and to those that visibly need it for something else."""
    for workflow in scene.repository.workflows:
        block = workflow.permissions
        if block is None or block.places.get(_ID_TOKEN) != report.span:
            continue
        publishing = _publishing(workflow, scene)
        needing = [
            job
            for job in workflow.jobs
            if job.permissions is None and (job.id in publishing or _asks(job))
        ]
        others = (job for job in workflow.jobs if job.uses is not None and job.id not in publishing)
        if any(_may_call_for_it(job, scene) for job in others):
            return None
        edits = [revoke(scene, block, _ID_TOKEN)]
        edits += [in_job(scene, workflow, job, _ID_TOKEN) for job in needing]
        made = tuple(edit for edit in edits if edit is not None)
        return None if len(made) < len(edits) else Patch(title=_TITLE, edits=made)
    return None


_TITLE = "move `id-token: write` to the job that publishes"


def _publishing(workflow: Workflow, scene: Scene) -> list[str]:
    """Return the jobs of a workflow that publish, or call what publishes."""
    found: dict[str, None] = {}
    for job in scene.publish_jobs:
        if not job.steps:
            continue
        if job.workflow.path == workflow.path:
            found[job.job.id] = None
        calls = (call for chain in job.calls for call in chain)
        found |= {call.job.id: None for call in calls if call.workflow.path == workflow.path}
    return list(found)


def _may_call_for_it(job: Job, scene: Scene) -> bool:
    """Whether what a job calls may ask for an ID token, too: it would get none."""
    called = None if job.uses is None else called_workflow(scene.repository, job.uses)
    if called is None:
        return True
    blocks = [called.permissions, *(each.permissions for each in called.jobs)]
    is_stated = any(block is not None and block.of(_ID_TOKEN) is Access.WRITE for block in blocks)
    return is_stated or any(each.uses is not None or _asks(each) for each in called.jobs)


def _asks(job: Job) -> bool:
    for step in job.steps:
        if isinstance(step.uses, RemoteUse) and step.uses.name.startswith(_OTHER_USES):
            return True
        if step.run is not None and _ASKS.search(step.run.value):
            return True
    return False
