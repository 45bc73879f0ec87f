"""A publishing job may write what it has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.patches import replaced, written
from imprint.workflows.checks.permission_blocks import revoke
from imprint.workflows.checks.reach import certainty
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import Access, RemoteUse
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Permissions
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ("P08",)
FIX = FixKind.SAFE


_NEEDED_FOR_NPM = {"id-token", "attestations"}
_PLAIN = {Client.NPM, Client.PNPM, Client.YARN, Client.BUN, Client.YARN_CLASSIC}
"""They talk to the registry alone; release tools also push, tag and write releases."""
_QUIET_ACTIONS = frozenset(
    {
        "actions/checkout",
        "actions/setup-node",
        "actions/cache",
        "actions/cache/restore",
        "actions/cache/save",
        "actions/download-artifact",
        "actions/upload-artifact",
        "pnpm/action-setup",
        "oven-sh/setup-bun",
        "denoland/setup-deno",
        "js-devtools/npm-publish",
        "step-security/harden-runner",
    }
)
"""Actions that write nothing to the forge by the job's token."""
_USERS_OF_TOKEN = ("github.token", "GITHUB_TOKEN", "GH_TOKEN", "git push", "gh ", "--follow-tags")


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each scope that the job's own block lets it write, and that nothing of it uses.

    Said only where everything in the job is known: plain clients, scripts without the job's token,
    actions that write nothing.
    """
    block = job.job.permissions
    if block is None or not job.steps or not _is_plain(job, scene):
        return
    for scope, access in block.scopes.items():
        if access is Access.WRITE and scope not in _NEEDED_FOR_NPM:
            yield Report(
                span=_place(block, scope),
                message=(
                    f"the job `{job.job.id}` may write {quoted(scope)}, and nothing in it does: "
                    "publishing takes `id-token` alone"
                ),
                severity=None if scope in {"contents", "actions", "packages"} else Severity.LOW,
                confidence=certainty(job, Confidence.MEDIUM),
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the scope away; reading the contents stays where writing them was granted."""
    for job in scene.publish_jobs:
        block = job.job.permissions
        if block is None:
            continue
        for scope in block.places:
            if block.places[scope] != report.span:
                continue
            place = block.places[scope]
            edit = revoke(scene, block, scope)
            if scope == "contents":
                key = written(scene, place).partition(":")[0]
                edit = replaced(place, f"{key}: {Access.READ}")
            title = f"take writing of `{scope}` away"
            return None if edit is None else Patch(title=title, edits=(edit,))
    return None


def _place(block: Permissions, scope: str) -> Span:
    return block.places.get(scope, block.span)


def _is_plain(job: PublishJob, scene: Scene) -> bool:
    if job.opaque or any(step.client not in _PLAIN or step.via for step in job.steps):
        return False
    for site in sites_of(scene.repository, job.workflow, job.job):
        use = site.step.uses
        if use is not None and not (isinstance(use, RemoteUse) and use.name in _QUIET_ACTIONS):
            return False
        texts = (site.run or "", *site.inputs.values(), *site.environment.values())
        if any(word in text for text in texts for word in _USERS_OF_TOKEN):
            return False
    return not any(
        execution.kind is ExecutionKind.WORKSPACE
        and execution.what not in {step.command.strip() for step in job.steps}
        and _pushes(execution.what, scene)
        for execution in executions_of(scene.repository, job.workflow, job.job)
    )


def _pushes(what: str, scene: Scene) -> bool:
    """Whether a script of the repository's own may use the token: it is not read further."""
    scripts = {name for package in scene.repository.packages for name in package.scripts}
    words = what.split()
    known = any(word in scripts for word in words)
    texts = [
        package.scripts[word]
        for package in scene.repository.packages
        for word in words
        if word in package.scripts
    ]
    return not known or any(word in text for text in texts for word in _USERS_OF_TOKEN)
