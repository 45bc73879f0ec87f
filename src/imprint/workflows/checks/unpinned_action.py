"""An action whose owner can change it any time runs where packages are published or built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.feeding import feeding_jobs
from imprint.workflows.checks.patches import line_text, replaced, written
from imprint.workflows.checks.reach import can_publish, certainty
from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.external import external_name
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.github.model import DockerUse, RemoteUse
from imprint.workflows.publishing.model import PublishJob
from imprint.workflows.tables.pins import pins
from imprint.workflows.tables.releases import range_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Use
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P02",)
FIX = FixKind.SAFE

_COMMIT = re.compile(r"[0-9a-fA-F]{40}")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
_PLATFORM = frozenset({"actions", "github"})
"""Their owner runs the job anyway."""


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each action, reusable workflow and image without a commit or digest.

    Of the job that publishes, and of the jobs before it whose artifacts or outputs it takes.
    """
    if not can_publish(job):
        return
    confidence = certainty(job)
    yield from _of_job(job, job.job, scene, confidence)
    for before in feeding_jobs(scene.repository, job):
        yield from _of_job(job, before, scene, confidence)
    for call in dict.fromkeys(call.job.id_span for chain in job.calls for call in chain):
        calling = next(c.job for chain in job.calls for c in chain if c.job.id_span == call)
        if calling.uses is not None:
            yield from _of_use(calling.uses, calling.uses.text.span, scene, confidence)


def fix(report: Report, scene: Scene) -> Patch | None:
    """Pin to the newest known commit of the same line; None where the table knows none."""
    text = written(scene, report.span)
    plain = text.strip().strip("\"'")
    name, _, ref = plain.partition("@")
    known = _newest_of(name, ref)
    line = line_text(scene, report.span)
    behind = line[line.find(text) + len(text) :].strip() if text in line else "?"
    if known is None or behind:
        return None
    tag, commit = known
    quote = text[:1] if text[:1] in {"'", '"'} else ""
    edit = replaced(report.span, f"{quote}{name}@{commit}{quote} # {tag}")
    return Patch(title=f"pin {name} to the commit of {tag}", edits=(edit,))


def _of_job(job: PublishJob, where: Job, scene: Scene, confidence: Confidence) -> Iterator[Report]:
    if where.uses is not None:
        yield from _of_use(where.uses, where.uses.text.span, scene, confidence)
    if where.container is not None and not _is_fixed_image(where.container.value):
        yield _report(where.container.value, where.container.span, None, confidence)
    told: set[Span] = set()
    for site in sites_of(scene.repository, job.workflow, where):
        if site.step.uses is None or _is_inside_unpinned(site, told):
            continue
        for report in _of_use(site.step.uses, _place(site), scene, confidence):
            told.add(site.job_step.span)
            yield report


def _is_inside_unpinned(site: Site, told: set[Span]) -> bool:
    """Whether a step belongs to another repository's action that was told of: it says it all."""
    is_external = external_name(site.step.span.path) is not None
    return is_external and site.job_step.span in told


def _place(site: Site) -> Span:
    """Return where to point at: the line itself, unless it stands in another repository."""
    use = site.step.uses
    if use is None or external_name(use.text.span.path) is not None:
        return site.span
    return use.text.span


def _of_use(use: Use, span: Span, scene: Scene, confidence: Confidence) -> Iterator[Report]:
    match use:
        case RemoteUse() if _COMMIT.fullmatch(use.ref) is None:
            home = (scene.repository.name or "").partition("/")[0].lower()
            owner = use.owner.lower()
            is_near = owner in _PLATFORM or owner == home
            severity = Severity.MEDIUM if is_near else None
            yield _report(use.text.value, span, severity, confidence)
        case DockerUse() if not _is_fixed_image(use.image):
            yield _report(use.text.value, span, None, confidence)
        case _:
            return


def _is_fixed_image(image: str) -> bool:
    return _DIGEST.search(image) is not None or "${{" in image or not image


def _report(what: str, span: Span, severity: Severity | None, confidence: Confidence) -> Report:
    return Report(
        span=span,
        message=(
            f"{quoted(what)} can be another thing tomorrow, and runs where packages are made: "
            "a commit or digest stays what it is"
        ),
        hint="pin it, with the version in a comment behind it: update tools keep both",
        severity=severity,
        confidence=confidence,
    )


def _newest_of(name: str, ref: str) -> tuple[str, str] | None:
    """Return tag and commit: of the tag that is written, or the newest in the line it names."""
    line = range_of(ref)
    owner, _, rest = name.lower().partition("/")
    known = pins().get(f"{owner}/{rest.partition('/')[0]}", {})
    if line is None or line.lowest is None or line.highest is None:
        return None
    tags = list(known.values())
    found = [
        (release.lowest, tag, commit)
        for commit, tag in known.items()
        # Of a tag that stood for two commits the table does not say which one it is now.
        if tags.count(tag) == 1
        and (release := range_of(tag)) is not None
        and release.lowest is not None
        and release.lowest == release.highest
        and line.lowest <= release.lowest <= line.highest
    ]
    if not found:
        return None
    _, tag, commit = max(found)
    return tag, commit
