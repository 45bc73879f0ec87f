"""What `workflows` finds out, gathered for a diagnosis: publish jobs, paths, checks, the cut."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.doctor.model import Cut, Row
    from imprint.workflows.facts import Facts
    from imprint.workflows.findings import Confidence, FixKind, Persona, Report, Severity
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.profiles import Profile
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository
    from imprint.workflows.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check, as far as a finding of it tells."""

    id: str
    severity: Severity
    confidence: Confidence
    persona: Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One report, with the check that it is of."""

    check: Check
    report: Report
    fix: FixKind | None
    path: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What all checks came to."""

    found: tuple[Found, ...] = ()
    run: int = 0
    """How many checks ran."""
    skipped: tuple[str, ...] = ()
    """Those that could not, each with the reason."""


def publish_jobs_of(repository: Repository) -> tuple[PublishJob, ...]:
    """Return the jobs that publish."""
    found = _part("imprint.workflows.publishing.detection", "publish_jobs_of")
    return () if found is None else tuple(found(repository))


def paths_of(
    repository: Repository, jobs: tuple[PublishJob, ...], facts: Facts, profile: Profile
) -> tuple[PublishPath, ...]:
    """Return how somebody gets a version published, or what keeps them from it."""
    found = _part("imprint.workflows.paths.search", "publish_paths")
    return () if found is None else tuple(found(repository, jobs, facts, profile))


def checked(scene: Scene) -> Checked:
    """Return what the checks found, how many there are, and which could not be run."""
    running = _module("imprint.workflows.checks.running")
    if running is None:
        return Checked()
    skipped = running.skipped_checks(scene)
    return Checked(
        found=tuple(_found(running, scene)),
        run=len(running.checks()) - len(skipped),
        skipped=tuple(f"{one.check.id}: {one.reason}" for one in skipped),
    )


def rows_of(scene: Scene) -> tuple[Row, ...]:
    """Return the table "who can publish this package"."""
    del scene
    return ()


def cuts_of(scene: Scene) -> tuple[Cut, ...]:
    """Return the smallest set of edits that closes every path."""
    del scene
    return ()


def _found(running: Any, scene: Scene) -> Iterator[Found]:  # noqa: ANN401  (a module)
    for one in running.find_all(scene):
        info = one.check
        has_fix = info.fix_kind and running.fix_of(info, one.report, scene) is not None
        yield Found(
            check=Check(
                id=info.id,
                severity=info.severity,
                confidence=info.confidence,
                persona=info.persona,
            ),
            report=one.report,
            fix=info.fix_kind if has_fix else None,
            path=one.path,
        )


def _part(module: str, name: str) -> Any:  # noqa: ANN401  (a function of another room)
    return getattr(_module(module), name, None)


def _module(name: str) -> Any:  # noqa: ANN401  (a module)
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
