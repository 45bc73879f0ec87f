"""`npm publish` in a member's folder, where a workspace is wider than that folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.patches import replaced, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.clients import publication_of
from imprint.workflows.publishing.members import (
    members_of,
    package_at,
    repository_folder,
    tools_of,
)
from imprint.workflows.publishing.model import Client, PublishJob
from imprint.workflows.publishing.ran import programs_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.ran import Ran
    from imprint.workflows.repository import PackageFile
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.RELEASE
SPECIFICATION = ("W26",)
FIX = FixKind.SAFE


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each `npm publish` that runs in a member of npm's workspaces and names none."""
    root = package_at(scene.repository, "")
    if root is None or not root.workspaces or not job.steps:
        return
    members = members_of(scene.repository)
    for ran in programs_in(scene.repository, job.workflow, job.job, mentioning=("publish",)):
        package = _published(ran, scene)
        if package is not None and package in members and package.name is not None:
            yield Report(
                span=ran.span,
                message=(
                    f"`npm publish` in a member's folder takes the workspace root's settings: "
                    f"`--workspace {package.name}` says what is meant"
                ),
                hint=f"the member is {quoted(package.name)}",
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Name the member."""
    text = written(scene, report.span)
    named = report.message.partition("--workspace ")[2].partition("`")[0]
    if not text.startswith("npm publish") or any(sign in text for sign in "|&;<>\\\n#"):
        return None
    edit = replaced(report.span, f"{text.rstrip()} --workspace {named}")
    return Patch(title=f"name the member {named}", edits=(edit,))


def _published(ran: Ran, scene: Scene) -> PackageFile | None:
    """Return the package of the folder that a bare `npm publish` runs in."""
    publication = publication_of(ran.program, tools_of(scene.repository))
    if publication is None or publication.client is not Client.NPM:
        return None
    if publication.targets or publication.workspaces or publication.is_recursive:
        return None
    for start in ran.script.folders:
        folder = repository_folder(start, ran.program.command.directory)
        if folder:
            return package_at(scene.repository, folder)
    return None
