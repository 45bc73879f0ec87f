"""A pinned checkout is older than the guard that refuses a stranger's code in privileged runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import line_text, replaced
from imprint.workflows.effects.checkouts import CHECKOUT, checkouts_of, refusal_of
from imprint.workflows.effects.model import Origin, Refusal
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import RemoteUse, Workflow
from imprint.workflows.paths.guards import Guards, outsiders_of
from imprint.workflows.publishing.callers import Callers
from imprint.workflows.tables.pins import pins
from imprint.workflows.tables.releases import release_of, shown
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Checkout
    from imprint.workflows.github.model import Job
    from imprint.workflows.scene import Scene
    from imprint.workflows.tables.releases import Release

READS = Workflow
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ("P03", "X105")
FIX = FixKind.UNSAFE

_EVENTS = ("pull_request_target", "workflow_run")
_STRANGERS = {Origin.PULL_REQUEST, Origin.WORKFLOW_RUN}
_GUARDED = tuple(
    release for text in ("4.4.0", "5.1.0", "6.1.0", "7.0.0") if (release := release_of(text))
)
"""The first release of each line that refuses (facts/workflows.md §3)."""
_BEHIND = re.compile(r"[ \t]*#[ \t]*v?\d[\w.-]*[ \t]*")


def check(workflow: Workflow, scene: Scene) -> Iterator[Report]:
    """Yield each checkout of a stranger's code that a newer release of the action would refuse.

    Only where the profile has the guard, strangers get as far, and nobody asked to go without it.
    """
    if not scene.profile.checkout_guard or not any(map(workflow.trigger, _EVENTS)):
        return
    guards, callers = Guards(scene.repository, scene.facts), Callers(scene.repository)
    for job in workflow.jobs:
        events = {
            context.event
            for context, _ in outsiders_of(guards, callers, workflow, job)
            if context.event in _EVENTS
        }
        for event in sorted(events):
            yield from _of_job(workflow, job, event, scene)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Pin the first known release with the guard: the checkout then fails, as it should."""
    for workflow in scene.repository.workflows:
        for job in workflow.jobs:
            for step in job.steps:
                use = step.uses
                if step.span != report.span or not isinstance(use, RemoteUse):
                    continue
                known = _with_guard(use)
                if known is None:
                    return None
                text = scene.repository.texts[workflow.path]
                line = line_text(scene, use.text.span)
                end = use.text.span.end
                behind = line[line.find(use.text.value) + len(use.text.value) :].rstrip("\r\n")
                if behind.strip() and not _BEHIND.fullmatch(behind):
                    return None
                whole = span_at(workflow.path, text, use.text.span.start, end + len(behind))
                tag, commit = known
                edit = replaced(whole, f"{CHECKOUT}@{commit} # {tag}")
                return Patch(title=f"pin {CHECKOUT} to {tag}, which refuses", edits=(edit,))
    return None


def _of_job(workflow: Workflow, job: Job, event: str, scene: Scene) -> Iterator[Report]:
    for checkout in checkouts_of(scene.repository, workflow, job, event=event):
        if not _is_old(checkout, event, scene):
            continue
        step = checkout.site.job_step
        version = checkout.version
        release = None if version is None else version.releases.highest
        said = "this release" if release is None else shown(release)
        yield Report(
            span=step.span,
            message=(
                f"{CHECKOUT} {said} hands a stranger's code to `{event}`: from "
                "4.4, 5.1, 6.1 and 7 on it refuses, and a pin stays with the old one"
            ),
            hint="check out nothing of the pull request here, or take a release that refuses",
        )


def _is_old(checkout: Checkout, event: str, scene: Scene) -> bool:
    version = checkout.version
    return (
        checkout.action == CHECKOUT
        and checkout.origin in _STRANGERS
        and not checkout.unsafe_asked
        and version is not None
        and version.is_fixed
        and refusal_of(checkout, scene.profile, event) is Refusal.OPEN
    )


def _with_guard(use: RemoteUse) -> tuple[str, str] | None:
    """Return tag and commit of the first known release that refuses, of the same line or above."""
    known = [
        (release, tag, commit)
        for commit, tag in pins().get(CHECKOUT, {}).items()
        if (release := release_of(tag)) is not None and _refuses(release)
    ]
    if use.name != CHECKOUT or not known:
        return None
    _, tag, commit = min(known)
    return tag, commit


def _refuses(release: Release) -> bool:
    return any(release[0] == first[0] and release >= first for first in _GUARDED)
