"""A checkout leaves the job's token on disk where packages are published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.cache_edits import with_input
from imprint.workflows.checks.patches import with_value
from imprint.workflows.checks.reach import can_publish, certainty
from imprint.workflows.effects.checkouts import checkouts_of
from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import Access, RemoteUse
from imprint.workflows.publishing.model import Client, PublishJob
from imprint.workflows.publishing.ran import programs_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Checkout
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ("P07",)
FIX = FixKind.SAFE

_INPUT = "persist-credentials"
_PUSHING_CLIENTS = {
    Client.CHANGESETS,
    Client.SEMANTIC_RELEASE,
    Client.LERNA,
    Client.NX,
    Client.RELEASE_IT,
    Client.NP,
    Client.AUTO,
    Client.BEACHBALL,
    Client.RUSH,
    Client.UNKNOWN,
}
"""They tag what they publish, and push that."""
_PUSHING_ACTIONS = (
    "changesets/action",
    "stefanzweifel/git-auto-commit-action",
    "endbug/add-and-commit",
    "ad-m/github-push-action",
    "peter-evans/create-pull-request",
    "jamesives/github-pages-deploy-action",
    "mathieudutour/github-tag-action",
    "anothrnick/github-tag-action",
    "phips28/gh-action-bump-version",
)
_REMOTE_VERBS = {"push", "fetch", "pull", "clone", "submodule", "ls-remote", "lfs"}
# Behind the first `git` of a line alone: behind each, a long line would take for ever.
_PUSHES = re.compile(
    r"^(?>[^\n]*?\bgit\b)[^\n]*\bpush\b|--follow-tags|\bsimple-git\b", re.MULTILINE
)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each checkout that keeps its token, in a job that talks to no other git afterwards."""
    if not can_publish(job) or _needs_git(job, scene):
        return
    is_read_only = bool(job.permissions) and (
        job.permissions.get("contents", Access.NONE) is not Access.WRITE
    )
    for checkout in _keeping(job, scene):
        yield Report(
            span=checkout.span,
            message=(
                f"the checkout leaves the job's token on disk for every later step of "
                f"`{job.job.id}`, which never pushes: `{_INPUT}: false` keeps it to itself"
            ),
            severity=Severity.LOW if is_read_only else None,
            confidence=certainty(job),
        )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Tell the checkout to keep nothing; None where a composite action does it."""
    for job in scene.publish_jobs:
        for checkout in _keeping(job, scene):
            if checkout.span != report.span or checkout.site.through:
                continue
            step = checkout.site.job_step
            known = step.inputs.get(_INPUT)
            edit = (
                with_input(scene, step, _INPUT, "false")
                if known is None
                else with_value(scene, known.span, "false")
            )
            title = "keep the job's token out of the checkout"
            return None if edit is None else Patch(title=title, edits=(edit,))
    return None


def _keeping(job: PublishJob, scene: Scene) -> Iterator[Checkout]:
    for checkout in checkouts_of(scene.repository, job.workflow, job.job):
        if checkout.persists_credentials and checkout.version is not None:
            yield checkout


def _needs_git(job: PublishJob, scene: Scene) -> bool:
    """Whether something of the job pushes, or asks the remote, by the token that is kept."""
    if any(_PUSHING_CLIENTS & {step.client, step.sender} for step in job.steps):
        return True
    for site in sites_of(scene.repository, job.workflow, job.job):
        use = site.step.uses
        if isinstance(use, RemoteUse) and use.name.startswith(_PUSHING_ACTIONS):
            return True
        if site.run is not None and _PUSHES.search(site.run):
            return True
    if any(step.via for step in job.steps) and _scripts_push(scene):
        return True
    return any(
        ran.program.name == "git"
        and any(word.value in _REMOTE_VERBS for word in ran.program.arguments[:3])
        for ran in programs_in(scene.repository, job.workflow, job.job, mentioning=("git",))
    )


def _scripts_push(scene: Scene) -> bool:
    return any(
        _PUSHES.search(script)
        for package in scene.repository.packages
        for script in package.scripts.values()
    )
