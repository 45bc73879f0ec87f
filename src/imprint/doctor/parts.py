"""What `workflows` finds out, gathered for a diagnosis: who can publish, checks, the cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.model import Cut, Row
from imprint.workflows.checks.running import checks, find_all, fix_of, skipped_checks
from imprint.workflows.paths.search import analyse_paths
from imprint.workflows.paths.table import who_can_publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.checks.running import CheckInfo
    from imprint.workflows.facts import Facts
    from imprint.workflows.findings import FixKind, Report
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.paths.search import PathAnalysis
    from imprint.workflows.profiles import Profile
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository
    from imprint.workflows.scene import Scene


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """Who can publish, and what would stop them."""

    paths: tuple[PublishPath, ...] = ()
    of_people: int = 0
    """How many of them are of people; those of suppliers come after them."""
    table: tuple[Row, ...] = ()
    cuts: tuple[Cut, ...] = ()
    assumed: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One report, with the check that it is of."""

    check: CheckInfo
    report: Report
    fix: FixKind | None
    path: int | None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What all checks came to."""

    found: tuple[Found, ...] = ()
    run: int = 0
    """How many checks ran."""
    skipped: tuple[str, ...] = ()
    """Those that could not, each with the reason."""


def ways_of(
    repository: Repository, jobs: tuple[PublishJob, ...], facts: Facts, profile: Profile
) -> Ways:
    """Return how somebody gets a version published, or what keeps them from it."""
    found = analyse_paths(repository, jobs, facts, profile)
    return Ways(
        paths=(*found.paths, *found.supply),
        of_people=len(found.paths),
        table=tuple(_rows(found)),
        cuts=tuple(Cut(what=one.what, span=one.span) for one in found.cut),
        assumed=found.assumed,
    )


def _rows(found: PathAnalysis) -> Iterator[Row]:
    for row in who_can_publish(found):
        yield Row(
            package=row.package,
            who=row.who,
            can_publish=row.can_publish,
            how=row.how,
            stopped_by=row.stopped_by,
            confidence=row.confidence,
        )


def checked(scene: Scene) -> Checked:
    """Return what the checks found, how many there are, and which could not be run."""
    skipped = skipped_checks(scene)
    return Checked(
        found=tuple(_found(scene)),
        run=len(checks()) - len(skipped),
        skipped=tuple(f"{one.check.id}: {one.reason}" for one in skipped),
    )


def _found(scene: Scene) -> Iterator[Found]:
    for one in find_all(scene):
        has_fix = one.check.fix_kind and fix_of(one.check, one.report, scene) is not None
        yield Found(
            check=one.check,
            report=one.report,
            fix=one.check.fix_kind if has_fix else None,
            path=one.path,
        )
