"""CODEOWNERS leaves out the files that decide what is published."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.codeowners import owned_by, rules_of
from imprint.workflows.findings import Confidence, Edit, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import LocalUse
from imprint.workflows.repository import Repository
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.scene import Scene

READS = Repository
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.AUDITOR
SPECIFICATION = ("P16",)
FIX = FixKind.SAFE


_FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where the forge looks, the first one counts."""
_FOLDER = ".github"


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield each file of a release that no line of CODEOWNERS gives an owner.

    Where there is no such file nobody is asked, and that is said by other means; where reviews by
    owners are known not to be required, it is for information.
    """
    path = next((name for name in _FILES if name in repository.texts), None)
    if path is None:
        return
    rules = rules_of(repository.texts[path])
    required = scene.facts.codeowner_reviews_required
    for file, job in _release_files(scene).items():
        if not owned_by(rules, file):
            yield Report(
                span=job.span,
                message=(
                    f"{quoted(file)} decides what is published, and {quoted(path)} names no "
                    "owner of it: a change of it needs nobody in particular"
                ),
                hint=f"`/{_FOLDER}/ @owner` covers workflows and actions",
                severity=Severity.INFO if required is False else None,
                confidence=Confidence.HIGH if required else Confidence.MEDIUM,
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Give the folder to whoever owns everything; None where nobody does."""
    texts = scene.repository.texts
    path = next((name for name in _FILES if name in texts), None)
    if path is None or not report.span.path.startswith(f"{_FOLDER}/"):
        return None
    everything = [owners for pattern, owners in rules_of(texts[path]) if pattern in {"*", "/"}]
    owners = next((each for each in reversed(everything) if each), None)
    if owners is None:
        owners = next((each for _, each in rules_of(texts[path]) if each), None)
    if owners is None:
        return None
    end = len(texts[path])
    line_break = "\r\n" if "\r\n" in texts[path] else "\n"
    before = "" if texts[path].endswith("\n") else line_break
    line = f"{before}/{_FOLDER}/ {' '.join(owners)}{line_break}"
    edit = Edit(span=span_at(path, texts[path], end, end), text=line)
    return Patch(title=f"give `/{_FOLDER}/` an owner", edits=(edit,))


def _release_files(scene: Scene) -> dict[str, PublishJob]:
    """Return the workflows and local actions of publishing jobs, each with one of the jobs."""
    found: dict[str, PublishJob] = {}
    own = {workflow.path for workflow in scene.repository.workflows}
    for job in scene.publish_jobs:
        if not job.steps:
            continue
        callers = [call.workflow.path for chain in job.calls for call in chain]
        files = [path for path in (job.workflow.path, *callers) if path in own]
        for action in job.actions:
            if isinstance(action.use, LocalUse):
                known = scene.repository.actions.get(action.use.path)
                files += [] if known is None else [str(PurePosixPath(known.path))]
        for file in files:
            found.setdefault(file, job)
    return found
