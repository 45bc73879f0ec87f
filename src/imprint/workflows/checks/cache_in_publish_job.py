"""A job that publishes restores a cache, which other runs can write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.cache_edits import without_cache
from imprint.workflows.checks.reach import can_publish, certainty, sends_only_tarballs
from imprint.workflows.effects.model import CacheStore
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.caches import caches_when_publishing
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import CacheOperation
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P01",)
FIX = FixKind.SAFE


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each cache that is restored in a run of the job which also publishes."""
    for _, report in _reports(job, scene):
        yield report


def fix(report: Report, scene: Scene) -> Patch | None:
    """Turn that cache off; None where a composite action or a script restores it."""
    for job in scene.publish_jobs:
        for operation, found in _reports(job, scene):
            if found == report:
                edit = without_cache(scene, operation)
                title = "restore no cache where packages are published"
                return None if edit is None else Patch(title=title, edits=(edit,))
    return None


def _reports(job: PublishJob, scene: Scene) -> Iterator[tuple[CacheOperation, Report]]:
    if not can_publish(job):
        return
    for operation in caches_when_publishing(scene.repository, job):
        yield (
            operation,
            Report(
                span=operation.span,
                message=(
                    f"the job `{job.job.id}` publishes and restores a cache, by {_by(operation)}: "
                    "whoever can write the cache can change what is published"
                ),
                hint="a release that starts from nothing takes a minute longer, and is yours",
                severity=_severity(job, operation),
                confidence=certainty(job, operation.confidence),
            ),
        )


def _by(operation: CacheOperation) -> str:
    said = operation.because.replace("`", "")
    inside = f" in {quoted(operation.site.through[-1])}" if operation.site.through else ""
    return f"{quoted(said)}{inside}"


def _severity(job: PublishJob, operation: CacheOperation) -> Severity | None:
    if sends_only_tarballs(job):
        return Severity.LOW
    # Who may write a build tool's remote cache is said elsewhere than in the files.
    return Severity.MEDIUM if operation.store is CacheStore.BUILD else None
