"""Findings and publish paths with whole defaults."""

from __future__ import annotations

from msgspec.structs import replace

from imprint.doctor.model import Coverage, Diagnosis, Finding
from imprint.workflows.findings import Confidence, Persona, Severity
from imprint.workflows.paths.model import Hop, Principal, PublishPath, Rank
from imprint.workflows.sources import Span

RELEASE = ".github/workflows/release.yml"


def span(path: str = RELEASE, line: int = 3, column: int = 5) -> Span:
    """A place; its offsets are made up of its line."""
    return Span(path=path, start=line * 10, end=line * 10 + 5, line=line, column=column)


def finding(check: str = "cache-in-publish", *, line: int = 3, **changes) -> Finding:
    """A finding that is shown by default."""
    whole = Finding(
        check=check,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        persona=Persona.REGULAR,
        span=span(line=line),
        end_line=line,
        message=f"`{check}` was found",
        hint=None,
        fix=None,
        fingerprint=f"{check}-{line}",
    )
    return replace(whole, **changes)


def path(who: Rank = Rank.WRITER, **changes) -> PublishPath:
    """A path of one hop."""
    whole = PublishPath(
        package="@acme/widget",
        who=(Principal(rank=who),),
        can_publish=True,
        trigger="push",
        hops=(Hop(what="publishes", node="release.yml:publish", span=span()),),
        profile="github-2026-07",
        confidence=Confidence.HIGH,
        check="writer-publish-path",
    )
    return replace(whole, **changes)


def diagnosis(*findings: Finding, paths: tuple[PublishPath, ...] = ()) -> Diagnosis:
    """A diagnosis of one workflow that publishes."""
    return Diagnosis(
        name="acme/widget",
        profile="github-2026-07",
        findings=findings,
        paths=paths,
        of_people=len(paths),
        coverage=Coverage(files=2, workflows=1, packages=1, jobs=1, publish_jobs=1, checks=3),
    )
