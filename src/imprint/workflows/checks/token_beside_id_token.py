"""A job that has an ID token to publish by has a long-lived token as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import line_text, without_entry, without_lines
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange, tokens_for
from imprint.workflows.publishing.model import CredentialKind, PublishJob, TokenInReach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W05",)
FIX = FixKind.UNSAFE

_ENTRIES = {CredentialKind.ENVIRONMENT, CredentialKind.INPUT}


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each long-lived credential that a step with an ID token would find."""
    del scene
    for step in job.steps:
        if intends_exchange(job, step):
            for token in tokens_for(job, step):
                yield _report(token)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Take the variable, the input or the line away."""
    tokens = (token for job in scene.publish_jobs for token in job.tokens)
    token = next((token for token in tokens if _report(token) == report), None)
    if token is None:
        return None
    if token.kind in _ENTRIES:
        edit = without_entry(scene, token.span)
    else:
        line = line_text(scene, token.span).strip()
        edit = None if line.startswith(("run:", "- run:")) else without_lines(scene, token.span)
    return None if edit is None else Patch(title=f"take `{token.name}` away", edits=(edit,))


def _report(token: TokenInReach) -> Report:
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
    )
