"""Anybody can run code with the repository's rights; it leads to no publication."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.path_reports import reports_of
from imprint.workflows.edits.outsiders import keep_outsiders_out, split_off
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import Access
from imprint.workflows.paths.kinds import PathKind
from imprint.workflows.paths.model import PublishPath, Rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = PublishPath
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ("X102",)
FIX = FixKind.UNSAFE

_HINT = "run a stranger's code under `pull_request`, where there are no rights and no secrets"
_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*(?!GITHUB_TOKEN\b)[A-Za-z_]|\[)")


def check(path: PublishPath, scene: Scene) -> Iterator[Report]:
    """Yield where a stranger's code runs, by what the job there holds.

    A token that can only read, in a job without secrets and with caches that such runs cannot
    write, is less (facts/workflows.md §6.3, X102).
    """
    spans = [hop.span for hop in path.hops if hop.span is not None]
    is_helped = any(one.rank is Rank.WRITER_INTERACTION for one in path.who)
    is_less = is_helped or (bool(spans) and _holds_little(spans[0], scene))
    severity = Severity.MEDIUM if is_less else None
    yield from reports_of(
        path,
        scene,
        PathKind.EXECUTION,
        hint=_HINT,
        severity=severity,
        does="can run code",
    )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Run strangers' code where it has no rights, and what needs them in a run that follows."""
    return split_off(report, scene)


def other_fix(report: Report, scene: Scene) -> Patch | None:
    """Keep strangers out of the job."""
    return keep_outsiders_out(report, scene)


def _holds_little(span: Span, scene: Scene) -> bool:
    found = _job_at(span, scene)
    if found is None or not scene.profile.untrusted_cache_read_only:
        return False
    workflow, job = found
    block = job.permissions or workflow.permissions
    if block is None:
        reads_only = scene.facts.default_permissions_write is False
    else:
        reads_only = Access.WRITE not in {*block.scopes.values(), block.otherwise}
    text = scene.repository.texts[workflow.path]
    return reads_only and _SECRET.search(text, job.span.start, job.span.end) is None


def _job_at(span: Span, scene: Scene) -> tuple[Workflow, Job] | None:
    for workflow in scene.repository.workflows:
        if workflow.path == span.path:
            for job in workflow.jobs:
                if job.span.start <= span.start < job.span.end:
                    return workflow, job
    return None
