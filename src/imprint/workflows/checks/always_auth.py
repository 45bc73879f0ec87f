"""`always-auth` is a setting of the past: setup-node and npm both took it away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import without_entry, without_lines
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.repository import Repository
from imprint.workflows.tables.pins import version_of
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Step
    from imprint.workflows.scene import Scene

READS = Repository
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W27",)
FIX = FixKind.SAFE

_INPUT = "always-auth"
_WITHOUT = (6, 1, 0)
_LINE = re.compile(r"^[ \t]*(?:[^#;\s=]*:)?always-auth[ \t]*=.*$", re.MULTILINE)


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield each input that setup-node no longer knows, and each line that npm warns of."""
    del scene
    steps = [
        step for workflow in repository.workflows for job in workflow.jobs for step in job.steps
    ]
    steps += [step for action in repository.actions.values() for step in action.steps]
    for step in steps:
        if _INPUT in step.inputs and _is_without(step):
            yield Report(
                span=step.inputs[_INPUT].span,
                message=(
                    "`always-auth` is no input of actions/setup-node from 6.1 on: it does nothing, "
                    "and the run warns of it"
                ),
                hint="take it away",
            )
    for path, text in repository.texts.items():
        if path.rpartition("/")[2] != ".npmrc":
            continue
        for match in _LINE.finditer(text):
            yield Report(
                span=span_at(path, text, match.start(), match.end()),
                message="`always-auth` is no setting of npm 7 or later, and npm 11 warns of it",
                hint="take it away",
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the input or the line away."""
    is_line = report.span.path.endswith(".npmrc")
    edit = (without_lines if is_line else without_entry)(scene, report.span)
    return None if edit is None else Patch(title="take `always-auth` away", edits=(edit,))


def _is_without(step: Step) -> bool:
    """Whether the release that runs may be one without the input: a floating `v6` is."""
    use = step.uses
    if not isinstance(use, RemoteUse) or use.name != "actions/setup-node":
        return False
    highest = version_of(use).releases.highest
    return highest is not None and highest >= _WITHOUT
