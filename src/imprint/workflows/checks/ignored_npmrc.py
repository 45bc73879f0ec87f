"""An .npmrc in a member of a workspace: npm reads the root's and the user's, not this one."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import replaced
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.members import (
    folder_of,
    members_of,
    repository_folder,
    tools_of,
)
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.ran import programs_in, word_span
from imprint.workflows.repository import Repository
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.ran import Ran
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = Repository
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W09",)
FIX = FixKind.SAFE

_FILE = ".npmrc"
_MATTERS = re.compile(
    r"^[ \t]*[^#;\n]*?(?:registry|_auth|_password|access|provenance|username)[^\n]*?=[^\n]*",
    re.MULTILINE,
)
_HINT = "npm reads the workspace root's .npmrc and the user's (`~/.npmrc`)"


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield the .npmrc files of members, tracked or written by a job that publishes."""
    manager = tools_of(repository).manager
    folders = _members(repository)
    if manager not in {Client.NPM, Client.PNPM} or not folders:
        return
    # pnpm's documentation names the project's own file beside the workspace's.
    is_pnpm = manager is Client.PNPM
    severity = Severity.LOW if is_pnpm else None
    confidence = Confidence.LOW if is_pnpm else None
    for folder in sorted(folders):
        path = f"{folder}/{_FILE}"
        text = repository.texts.get(path, "")
        match = _MATTERS.search(text)
        if match is not None:
            span = span_at(path, text, match.start(), match.end())
            yield _report(path, span, severity, confidence)
    for path, span in _written(scene, folders):
        yield _report(path, span, severity, confidence)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Write the user's .npmrc instead, where a job writes a member's."""
    if report.span.path.endswith(_FILE):
        return None
    text = scene.repository.texts[report.span.path][report.span.start : report.span.end]
    if not text.strip("\"'").endswith(_FILE):
        return None
    return Patch(title="write ~/.npmrc", edits=(replaced(report.span, f"~/{_FILE}"),))


def _report(
    path: str, span: Span, severity: Severity | None, confidence: Confidence | None
) -> Report:
    return Report(
        span=span,
        message=f"`{path}` is in a member of a workspace, where it is not read: the root's is",
        hint=_HINT,
        severity=severity,
        confidence=confidence,
    )


def _members(repository: Repository) -> frozenset[str]:
    is_workspace = any(package.workspaces for package in repository.packages)
    if not is_workspace and not repository.pnpm_workspaces:
        return frozenset()
    return frozenset(folder_of(member.path) for member in members_of(repository)) - {""}


def _written(scene: Scene, folders: frozenset[str]) -> Iterator[tuple[str, Span]]:
    """Yield the path of each .npmrc that a publishing job writes into a member, and where."""
    for job in scene.publish_jobs:
        for ran in programs_in(scene.repository, job.workflow, job.job, mentioning=(_FILE,)):
            for redirect in ran.program.command.redirects:
                name = None if redirect.target is None else redirect.target.value
                if name is None or redirect.target is None or not redirect.operator.startswith(">"):
                    continue
                for path in _places(ran, name):
                    if folder_of(path) in folders and path.endswith(f"/{_FILE}"):
                        span = word_span(scene.repository, ran, redirect.target)
                        yield path, span or ran.span


def _places(ran: Ran, name: str) -> Iterator[str]:
    if name.startswith(("/", "~")):
        return
    for start in ran.script.folders:
        folder = repository_folder(start, ran.program.command.directory)
        if folder is not None:
            yield posixpath.normpath(posixpath.join(folder, name))
