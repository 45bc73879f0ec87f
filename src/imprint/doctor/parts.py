"""What `workflows` finds out, gathered for a diagnosis: publish jobs, paths, checks, the cut."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imprint.workflows.checks.running import checks, find_all, fix_of, skipped_checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.doctor.model import Cut, Row
    from imprint.workflows.checks.running import CheckInfo
    from imprint.workflows.facts import Facts
    from imprint.workflows.findings import FixKind, Report
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.profiles import Profile
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository
    from imprint.workflows.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One report, with the check that it is of."""

    check: CheckInfo
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


def paths_of(
    repository: Repository, jobs: tuple[PublishJob, ...], facts: Facts, profile: Profile
) -> tuple[PublishPath, ...]:
    """Return how somebody gets a version published, or what keeps them from it."""
    found = _part("imprint.workflows.paths.search", "publish_paths")
    return () if found is None else tuple(found(repository, jobs, facts, profile))


def checked(scene: Scene) -> Checked:
    """Return what the checks found, how many there are, and which could not be run."""
    skipped = skipped_checks(scene)
    return Checked(
        found=tuple(_found(scene)),
        run=len(checks()) - len(skipped),
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


def _found(scene: Scene) -> Iterator[Found]:
    for one in find_all(scene):
        has_fix = one.check.fix_kind and fix_of(one.check, one.report, scene) is not None
        yield Found(
            check=one.check,
            report=one.report,
            fix=one.check.fix_kind if has_fix else None,
            path=one.path,
        )


def _part(module: str, name: str) -> Any:  # noqa: ANN401  (a function of another room)
    return getattr(_module(module), name, None)


def _module(name: str) -> Any:  # noqa: ANN401  (a module)
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
