"""A publishing job installs whatever npm is the newest on that day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import pinned_npm, replaced, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.model import PublishJob
from imprint.workflows.publishing.ran import programs_in, word_span
from imprint.workflows.shell.options import options_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene
    from imprint.workflows.shell.model import Word
    from imprint.workflows.shell.programs import Program

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W03",)
FIX = FixKind.SAFE

_INSTALLS = {"i", "in", "ins", "install", "add", "update", "up", "upgrade"}
_DRIFTING = re.compile(r"npm(?:@(?:latest|next|\*|x)?)?")
_VALUED = {"registry", "prefix", "loglevel", "userconfig", "cache"}


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each installation of npm without a version, in a job that publishes."""
    if not job.steps:
        return
    for ran in programs_in(scene.repository, job.workflow, job.job, mentioning=("npm",)):
        word = _npm_without_version(ran.program)
        if word is not None:
            yield Report(
                span=word_span(scene.repository, ran, word) or ran.span,
                message=(
                    f"`{word.shown}` is another npm every week, in the job that publishes: "
                    f"`{pinned_npm()}` stays what it is"
                ),
                hint="npm 12 needs Node 22.22.2, 24.15 or 26, and fails on older ones",
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Pin npm 11, which runs on Node from 20.17."""
    before = written(scene, report.span)
    if _DRIFTING.fullmatch(before.strip("\"'")) is None:
        return None
    quote = before[:1] if before[:1] in {"'", '"'} else ""
    edit = replaced(report.span, f"{quote}{pinned_npm()}{quote}")
    return Patch(title=f"install {pinned_npm()}", edits=(edit,))


def _npm_without_version(program: Program) -> Word | None:
    if program.name not in {"npm", "pnpm", "bun", "yarn"}:
        return None
    options = options_of(program.arguments, _VALUED)
    words = options.rest
    is_global = options.flag("g", "global") is True
    if words and words[0].value == "global":
        is_global, words = True, words[1:]
    if not is_global or not words or words[0].value not in _INSTALLS:
        return None
    return next((word for word in words[1:] if _DRIFTING.fullmatch(word.value or "")), None)
