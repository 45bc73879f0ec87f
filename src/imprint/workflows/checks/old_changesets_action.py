"""An old changesets/action writes an .npmrc with `undefined` for a token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.checks.patches import line_text, replaced, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.exchanging import tokens_for
from imprint.workflows.publishing.model import PublishJob
from imprint.workflows.tables.pins import pins, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W22",)
FIX = FixKind.SAFE

_ACTION = "changesets/action"
_GOOD = (1, 7, 0)
_GOOD_TAG = "v1.7.0"
_COMMENT = re.compile(r"(?:\s*#\s*v?\d[\w.]*)?")
"""Behind a commit: what it is the commit of, and nothing else."""


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each use of a release before 1.7.0 that finds no token."""
    del scene
    if not job.steps or any(tokens_for(job, step) for step in job.steps):
        return
    for each in job.actions:
        use = each.use
        if not isinstance(use, RemoteUse) or use.name != _ACTION:
            continue
        if version_of(use).releases.surely_below(_GOOD):
            yield Report(
                span=use.text.span,
                message=(
                    f"changesets/action before {_GOOD_TAG} writes `_authToken=undefined` where it "
                    "finds no `NPM_TOKEN`, which hides why an exchange failed"
                ),
                hint=f"take `{_GOOD_TAG}` or later",
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take v1.7.0: by its tag, or by its commit with the tag behind it."""
    before = written(scene, report.span)
    name, at, ref = before.partition("@")
    if not at or before[:1] in {"'", '"'}:
        return None
    after, span = _GOOD_TAG, report.span
    if not ref.startswith("v"):
        commit = next((sha for sha, tag in pins()[_ACTION].items() if tag == _GOOD_TAG), None)
        rest = line_text(scene, report.span).partition(before)[2].rstrip()
        if commit is None or not _COMMENT.fullmatch(rest):
            return None
        after = f"{commit} # {_GOOD_TAG}"
        span = replace(report.span, end=report.span.end + len(rest))
    edit = replaced(span, f"{name}@{after}")
    return Patch(title=f"take changesets/action {_GOOD_TAG}", edits=(edit,))
