"""A job that has an ID token to publish by has a long-lived token as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import line_text, without_entry, without_lines, written
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import (
    audience_of,
    intends_exchange,
    sendings_of,
    tokens_for,
)
from imprint.workflows.publishing.model import CredentialKind, PublishJob, TokenInReach
from imprint.workflows.publishing.tokens import REFERENCE, SETTING
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.findings import Edit
    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W05",)
FIX = FixKind.UNSAFE

_NPMRC = ".npmrc"
_ENTRIES = {CredentialKind.ENVIRONMENT, CredentialKind.INPUT}


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each long-lived credential that a step with an ID token would find."""
    for step in job.steps:
        if intends_exchange(job, step):
            for token in tokens_for(job, step):
                yield _report(token)
            yield from _lines_without_value(job, step, scene)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take away the variable, the input or the line, and whatever else is of the same secret.

    Not where the client can publish by nothing else.
    """
    if report.span.path == _NPMRC:
        is_whole = line_text(scene, report.span).strip() == written(scene, report.span).strip()
        edit = without_lines(scene, report.span)
        return Patch(title="take the token's line away", edits=(edit,)) if is_whole else None
    for job in scene.publish_jobs:
        token = next((token for token in job.tokens if _report(token) == report), None)
        if token is None or _needs_token(job, scene):
            continue
        edits = dict.fromkeys(_without(each, scene) for each in _with_its_like(job, token))
        made = tuple(edit for edit in edits if edit is not None)
        if made and len(made) == len(edits):
            return Patch(title=f"take `{token.name}` away", edits=made)
    return None


def _needs_token(job: PublishJob, scene: Scene) -> bool:
    """Whether a step of the job can publish by nothing else."""
    return any(
        sending.exchanges is False
        for step in job.steps
        for sending in sendings_of(scene.repository, job, step)
    )


def _with_its_like(job: PublishJob, token: TokenInReach) -> list[TokenInReach]:
    """Return a token with those that are of the same secret: the variable and what it is put in."""
    return [
        each
        for each in job.tokens
        if each == token or (token.secret is not None and each.secret == token.secret)
    ]


def _without(token: TokenInReach, scene: Scene) -> Edit | None:
    if token.kind in _ENTRIES:
        return without_entry(scene, token.span)
    line = line_text(scene, token.span).strip()
    return None if line.startswith(("run:", "- run:")) else without_lines(scene, token.span)


def _report(token: TokenInReach) -> Report:
    is_known = token.is_literal or token.secret is not None
    source = "a literal" if token.is_literal else "a token"
    if token.secret is not None:
        source = f"secret `{token.secret}`"
    return Report(
        span=token.span,
        message=(
            f"`{token.name}` gives a job that has an ID token {source}, too: "
            "with a trusted publisher it needs none"
        ),
        hint="take it away when the first release by the trusted publisher is out, then revoke it",
        # What a script has made may be short-lived: of another exchange, say.
        severity=None if is_known else Severity.MEDIUM,
        confidence=None if is_known else Confidence.LOW,
    )


def _lines_without_value(job: PublishJob, step: PublishStep, scene: Scene) -> Iterator[Report]:
    """Yield the token lines of the project's .npmrc whose variable nothing in the job sets."""
    text = scene.repository.texts.get(_NPMRC, "")
    names = {token.name for token in job.tokens}
    for match in SETTING.finditer(text):
        variable = REFERENCE.fullmatch(match["value"].strip("\"'"))
        start = text.rfind("\n", 0, match.start()) + 1
        is_comment = text[start : match.start()].lstrip().startswith(("#", ";"))
        if variable is None or variable[1] in names or is_comment:
            continue
        if match["host"] is None or f"npm:{match['host']}" == audience_of(step):
            yield Report(
                span=span_at(_NPMRC, text, match.start(), match.end()),
                message=(
                    f"`{match['key']}` takes `{variable[1]}`, which nothing sets in `{job.job.id}`:"
                    " when the exchange fails the line itself is sent, and hides why"
                ),
                hint="take the line away, unless a private package is installed by it",
                severity=Severity.LOW,
                related=(step.span,),
            )
