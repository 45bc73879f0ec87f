"""A first release by an ID token that would not say why it failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import replaced, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange, sendings_of
from imprint.workflows.publishing.model import Client, PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.INFO
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W25",)
FIX = FixKind.SAFE

_TELLS = re.compile(r"--(?:verbose|loglevel)|(?:^|\s)-d+(?:\s|$)")
_COMMAND = re.compile(
    r"(?:\w+=(?:\"\"|[\w-]*) )*npm (?:stage )?publish(?:\$\{\{[^}\n]*\}\}|[^|&;<>\n\\#])*"
)
_VERBOSE = " --loglevel verbose"
_VARIABLE = "npm_config_loglevel"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each `npm publish` whose log would not name the reason of a failed exchange."""
    if re.search(r"^\s*loglevel\s*=", scene.repository.texts.get(".npmrc", ""), re.MULTILINE):
        return
    tables = [job.workflow.environment, job.job.environment]
    for step in job.steps:
        own = [] if step.step is None else [step.step.environment]
        is_set = any(name.lower() == _VARIABLE for table in (*tables, *own) for name in table)
        is_own = step.client is Client.NPM and not step.via and "npm" in step.command.split()
        is_quiet = not is_set and not _TELLS.search(step.command)
        if is_own and is_quiet and _exchanges(job, step, scene):
            yield Report(
                span=step.span,
                message=(
                    "npm says why an exchange failed at `--loglevel verbose` alone, and this says "
                    "`ENEEDAUTH`, whatever the reason"
                ),
                hint="add it until a release by the trusted publisher went through",
            )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Add the option to the command."""
    text = written(scene, report.span)
    if _COMMAND.fullmatch(text) is None or " -- " in text:
        return None
    edit = replaced(report.span, text.rstrip() + _VERBOSE)
    return Patch(title="say why an exchange fails", edits=(edit,))


def _exchanges(job: PublishJob, step: PublishStep, scene: Scene) -> bool:
    """Whether an exchange is tried at all: an older npm has nothing to say of it."""
    sendings = sendings_of(scene.repository, job, step)
    return intends_exchange(job, step) and not all(each.exchanges is False for each in sendings)
