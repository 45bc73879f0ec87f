"""A command that needs a login stands before a publication that has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import line_text, replaced, without_lines, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange, tokens_for
from imprint.workflows.publishing.model import Client, PublishJob
from imprint.workflows.publishing.ran import programs_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.publishing.ran import Ran
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W18",)
FIX = FixKind.SAFE

_GATES = re.compile(r"(?:npm|pnpm) (?:whoami|access|profile|owner|team|token)\b.*")
_WORDS = (" whoami", " access", " profile", " owner", " team", " token")
_SKIPS = re.compile(r"skipChecks")
_CONFIGURATIONS = (
    ".release-it.json", ".release-it.js", ".release-it.cjs", ".release-it.mjs", ".release-it.ts",
    ".release-it.yaml", ".release-it.yml", ".release-it.toml", "package.json",
)  # fmt: skip
_SKIP = " --npm.skipChecks"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each command that asks who is logged in, where an ID token is all there is."""
    steps = [
        step for step in job.steps if intends_exchange(job, step) and not tokens_for(job, step)
    ]
    if not steps:
        return
    last = max(step.span.start for step in steps if step.span.path == steps[0].span.path)
    for ran in programs_in(scene.repository, job.workflow, job.job, mentioning=_WORDS):
        is_before = ran.span.path == steps[0].span.path and ran.span.start <= last
        if is_before and _GATES.fullmatch(ran.program.text) and not _is_forgiven(ran, scene):
            yield Report(
                span=ran.span,
                message=(
                    f"`{ran.program.text}` needs a login, and nobody is logged in before an "
                    "exchange: the job ends here"
                ),
                hint="an exchanged credential is for publishing one package, and for nothing else",
            )
    for step in steps:
        if step.client is Client.RELEASE_IT and not _skips(step, scene):
            yield Report(
                span=step.span,
                message=(
                    "release-it runs `npm whoami` and `npm access` before it publishes, which "
                    "need a login: `npm.skipChecks` leaves them out"
                ),
                hint=f"add `{_SKIP.strip()}`, or `skipChecks` to its configuration",
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the command's line away, or tell release-it to skip its checks."""
    text = written(scene, report.span)
    if _GATES.fullmatch(text):
        line = line_text(scene, report.span).strip()
        if line not in {text, f"- run: {text}"}:
            return None
        edit = without_lines(scene, report.span)
        return Patch(title="ask nobody who is logged in", edits=(edit,))
    if "release-it" in text and "\n" not in text and "|" not in text:
        return Patch(title="skip checks", edits=(replaced(report.span, text + _SKIP),))
    return None


def _is_forgiven(ran: Ran, scene: Scene) -> bool:
    """Whether the script goes on where the command fails."""
    return "||" in line_text(scene, ran.span) or ran.site.job_step.continue_on_error is not None


def _skips(step: PublishStep, scene: Scene) -> bool:
    texts = scene.repository.texts
    return bool(_SKIPS.search(step.command)) or any(
        _SKIPS.search(texts.get(path, "")) for path in _CONFIGURATIONS
    )
