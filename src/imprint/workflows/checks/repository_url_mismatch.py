"""package.json does not name the repository that provenance proves: the registry refuses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imprint.attestations.repositories import normalise_address
from imprint.refusals import quoted
from imprint.workflows.checks.package_edits import with_member
from imprint.workflows.checks.patches import replaced
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import Access
from imprint.workflows.publishing.exchanging import is_for_default_registry, sends_to_npm
from imprint.workflows.publishing.members import folder_of
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.repository import PackageFile
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W14",)
FIX = FixKind.SAFE

_MAKE_IT = {Client.NPM, Client.NPM_PUBLISH_ACTION, Client.PNPM, Client.SEMANTIC_RELEASE}
"""Who makes provenance without being asked, where an ID token publishes."""


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each package that is published with provenance and names another repository, or none.

    Compared as the registry does: scheme, `git+`, `.git`, case and shorthands mean nothing.
    """
    name = scene.facts.repository or scene.repository.name
    for step in job.steps:
        if not _has_provenance(job, step):
            continue
        for package in step.packages:
            message = None if package.private else _message(package, name)
            if message is not None:
                yield Report(
                    span=package.repository_span
                    or package.places.get("repository")
                    or package.places.get("name")
                    or package.span,
                    message=message,
                    hint="`repository.url` has to be the repository that the job runs in",
                    related=(step.span,),
                )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Write the repository that the job runs in."""
    name = scene.facts.repository or scene.repository.name
    package = next(
        (each for each in scene.repository.packages if each.path == report.span.path), None
    )
    if package is None or name is None:
        return None
    url = f"git+https://github.com/{name}.git"
    if package.repository_span is not None:
        edit = replaced(package.repository_span, json.dumps(url))
    else:
        folder = folder_of(package.path)
        value = {"type": "git", "url": url} | ({"directory": folder} if folder else {})
        added = with_member(scene, package, "repository", value)
        if added is None:
            return None
        edit = added
    return Patch(title=f"name {name} in {package.path}", edits=(edit,))


def _has_provenance(job: PublishJob, step: PublishStep) -> bool:
    """Whether the publication carries provenance: asked for, or of npm's own accord."""
    if job.id_token is not Access.WRITE or not sends_to_npm(step) or step.provenance is False:
        return False
    is_automatic = step.sender in _MAKE_IT and is_for_default_registry(step) and not job.tokens
    return bool(step.provenance) or is_automatic


def _message(package: PackageFile, name: str | None) -> str | None:
    stated = package.repository_url
    if stated is None:
        wanted = "the repository that the job runs in" if name is None else quoted(name)
        return f"`{package.path}` names no repository: provenance proves {wanted}"
    found = normalise_address(stated)
    if name is None or (found is not None and found.path == name.lower()):
        return None
    return f"`repository` is {quoted(stated)}: provenance proves {quoted(name)}"
