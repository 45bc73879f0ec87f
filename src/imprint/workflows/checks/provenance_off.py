"""Provenance is switched off where a trusted publisher would make it by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import replaced, without_entry, without_lines
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange
from imprint.workflows.publishing.model import PublishJob
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W15",)
FIX = FixKind.SAFE

_NPMRC = re.compile(r"^[ \t]*provenance[ \t]*=[ \t]*false(?=[ \t]*\r?$)", re.MULTILINE)
_MEMBER = re.compile(r'"provenance"\s*:\s*(false)')
_VARIABLE = "npm_config_provenance"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield what switches it off, for each step that publishes by an ID token."""
    for step in job.steps:
        if intends_exchange(job, step) and step.provenance is False and not _is_private(step):
            for span in _places(job, step, scene):
                yield Report(
                    span=span,
                    message=(
                        "provenance is switched off: a trusted publisher makes it, and consumers "
                        "see where a version without it came from no more"
                    ),
                    hint="take the setting away, unless the source is private",
                    related=(step.span,),
                )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the line of .npmrc or the variable away, or write `true` in package.json."""
    text = scene.repository.texts[report.span.path][report.span.start : report.span.end]
    title = "switch provenance on"
    if report.span.path.endswith(".npmrc"):
        return Patch(title=title, edits=(without_lines(scene, report.span),))
    if report.span.path.endswith((".yml", ".yaml")):
        # Elsewhere than in a table of variables it is the command that says so.
        edit = without_entry(scene, report.span) if text.strip("\"'") == "false" else None
        return None if edit is None else Patch(title=title, edits=(edit,))
    if text == "false" and report.span.path.endswith("package.json"):
        return Patch(title=title, edits=(replaced(report.span, "true"),))
    return None


def _is_private(step: PublishStep) -> bool:
    return bool(step.packages) and all(package.private for package in step.packages)


def _places(job: PublishJob, step: PublishStep, scene: Scene) -> tuple[Span, ...]:
    """Return where it is switched off: files first, then variables, else the command itself."""
    found: list[Span] = []
    texts = scene.repository.texts
    for package in step.packages:
        config = package.places.get("publishConfig")
        if config is not None and package.publish_config.get("provenance") is False:
            match = _MEMBER.search(texts[package.path], config.start, config.end)
            span = config
            if match is not None:
                span = span_at(package.path, texts[package.path], match.start(1), match.end(1))
            found.append(span)
    npmrc = texts.get(".npmrc", "")
    found += [
        span_at(".npmrc", npmrc, match.start(), match.end()) for match in _NPMRC.finditer(npmrc)
    ]
    own = {} if step.step is None else step.step.environment
    for table in (own, job.job.environment, job.workflow.environment):
        found += [text.span for name, text in table.items() if name.lower() == _VARIABLE]
    return tuple(found) or (step.span,)
