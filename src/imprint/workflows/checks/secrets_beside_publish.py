"""A job that publishes holds secrets that publishing has no use for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.reach import can_publish, certainty
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.github.model import LocalUse
from imprint.workflows.publishing.model import PublishJob
from imprint.workflows.publishing.tokens import VARIABLES, is_publish_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Text

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ("P09",)

_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*(?P<name>[A-Za-z_][\w-]*)|\[\s*'(?P<key>[^']+)'\s*\])")
_AUTOMATIC = "GITHUB_TOKEN"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each secret of a publishing job that is not for npm, and every secret handed on.

    One that only a single step is given is less than one that all of them see.
    """
    del scene
    if not can_publish(job):
        return
    yield from _inherited(job)
    told: set[str] = set()
    for where, environment in (
        ("the whole workflow", job.workflow.environment),
        (f"every step of `{job.job.id}`", job.job.environment),
    ):
        for name, text in _secrets(environment):
            if name not in told:
                told.add(name)
                yield _report(job, name, text, where, None)
    for step in job.job.steps:
        texts = {**step.environment, **step.inputs}
        if step.run is not None:
            texts["run"] = step.run
        for name, text in _secrets(texts):
            if name not in told:
                told.add(name)
                yield _report(job, name, text, f"a step of `{job.job.id}`", Severity.MEDIUM)


def _secrets(texts: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
    """Yield the secrets in some texts, those that are for npm left out."""
    for key, text in texts.items():
        for match in _SECRET.finditer(text.value):
            name = match["name"] or match["key"]
            is_for_npm = is_publish_secret(name) or key.upper() in VARIABLES
            if name.upper() != _AUTOMATIC and not is_for_npm:
                yield name, text


def _report(
    job: PublishJob, name: str, text: Text, where: str, severity: Severity | None
) -> Report:
    return Report(
        span=text.span,
        message=(
            f"secret {quoted(name)} is given to {where}, where packages are published: "
            "what runs there can read it, and what it opens falls with the release"
        ),
        hint="use it in a job of its own, before or after",
        severity=severity,
        confidence=certainty(job),
    )


def _inherited(job: PublishJob) -> Iterator[Report]:
    """Yield calls that hand every secret of the repository on."""
    calling = [job.job, *(call.job for chain in job.calls for call in chain)]
    for caller in dict.fromkeys(each.id_span for each in calling if each.inherits_secrets):
        each = next(one for one in calling if one.id_span == caller)
        if each.uses is None:
            continue
        is_own = isinstance(each.uses, LocalUse)
        yield Report(
            span=each.uses.text.span,
            message=(
                f"`secrets: inherit` hands every secret to {quoted(each.uses.text.value)}, which "
                "publishes: it would do with those that are named"
            ),
            hint="name the secrets that it needs, or none",
            severity=Severity.LOW if is_own else None,
            confidence=certainty(job),
        )
