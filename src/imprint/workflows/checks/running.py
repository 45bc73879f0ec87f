"""Find the checks and run them over a scene. Not here: ranking, ignoring, formats (doctor).

A check is a module of this folder with a page beside it; its id is the file's name with dashes.
What the module has to say is in `CheckInfo`, one constant for each field.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

import imprint.workflows.checks
from imprint.workflows.findings import FixKind
from imprint.workflows.github.model import Workflow
from imprint.workflows.paths.model import PublishPath
from imprint.workflows.publishing.model import PublishJob
from imprint.workflows.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from types import ModuleType

    from imprint.workflows.findings import Confidence, Patch, Persona, Report, Severity
    from imprint.workflows.scene import Scene

MACHINERY = frozenset(
    {
        "cache_edits",
        "codeowners",
        "examples",
        "feeding",
        "job_edits",
        "package_edits",
        "pages",
        "patches",
        "path_reports",
        "permission_blocks",
        "reach",
        "running",
    }
)
"""Modules of this folder that are no checks."""

Subject: TypeAlias = Workflow | PublishJob | Repository | PublishPath


class CheckInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a check module says of itself, each field by its name in capitals."""

    id: str
    """The module's name, with dashes."""
    reads: type[Subject]
    """What the check is called with: once for each of the scene."""
    severity: Severity
    """Where a report has none of its own."""
    confidence: Confidence
    persona: Persona
    specification: tuple[str, ...]
    """The ids that it stands for in facts/workflows.md §6: `W01`."""
    needs: tuple[str, ...] = ()
    """Facts without which it cannot decide, by the names of `Facts`: it is skipped then."""
    fix_kind: FixKind | None = None
    """`FIX`; None: there is only advice."""
    check: Callable[[Any, Scene], Iterator[Report]]
    fix: Callable[[Report, Scene], Patch | None] | None = None
    other_fix: Callable[[Report, Scene], Patch | None] | None = None
    """What is tried where `fix` has no patch, or one that does not hold."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A report, whose it is, and the publish path that it is about."""

    check: CheckInfo
    report: Report
    path: int | None = None
    """Index in the scene's `paths`."""


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A check that could not be run: not passed, not failed."""

    check: CheckInfo
    reason: str


@cache
def checks() -> tuple[CheckInfo, ...]:
    """Return every check, sorted by id."""
    found = pkgutil.iter_modules(imprint.workflows.checks.__path__)
    names = (each.name for each in found if not each.ispkg and each.name not in MACHINERY)
    return tuple(
        _info(name, importlib.import_module(f"{imprint.workflows.checks.__name__}.{name}"))
        for name in sorted(names)
    )


def check_of(check_id: str) -> CheckInfo | None:
    """Return the check of that id, if there is one."""
    return next((info for info in checks() if info.id == check_id), None)


def run_checks(
    scene: Scene, *, only: Collection[str] | None = None
) -> tuple[tuple[CheckInfo, Report], ...]:
    """Return what every check reports (those of `only`, by id), in the order of checks."""
    return tuple((found.check, found.report) for found in find_all(scene, only=only))


def find_all(scene: Scene, *, only: Collection[str] | None = None) -> tuple[Found, ...]:
    """Return what `run_checks` does, with the publish path that each report is about.

    The same message at the same place is one: what two jobs have in common is said once.
    """
    found: dict[tuple[object, ...], Found] = {}
    for info in _chosen(only):
        if _lacks(info, scene):
            continue
        for subject, path in _subjects(info, scene):
            for report in info.check(subject, scene):
                key = (info.id, report.span, report.message, path)
                found.setdefault(key, Found(check=info, report=report, path=path))
    return tuple(found.values())


def skipped_checks(scene: Scene, *, only: Collection[str] | None = None) -> tuple[Skipped, ...]:
    """Return the checks that nothing was known for, each with what is missing."""
    return tuple(
        Skipped(check=info, reason=f"nothing is known of `{'`, `'.join(lacking)}`")
        for info in _chosen(only)
        if (lacking := _lacks(info, scene))
    )


def fix_of(info: CheckInfo, report: Report, scene: Scene) -> Patch | None:
    """Return the patch that repairs a report; None where only a person can."""
    return next(fixes_of(info, report, scene), None)


def fixes_of(info: CheckInfo, report: Report, scene: Scene) -> Iterator[Patch]:
    """Yield each patch that may repair a report, the better one first."""
    for fix in (info.fix, info.other_fix):
        patch = None if fix is None else fix(report, scene)
        if patch is not None:
            yield patch


def _info(name: str, module: ModuleType) -> CheckInfo:
    return CheckInfo(
        id=name.replace("_", "-"),
        reads=module.READS,
        severity=module.SEVERITY,
        confidence=module.CONFIDENCE,
        persona=module.PERSONA,
        specification=module.SPECIFICATION,
        needs=getattr(module, "NEEDS", ()),
        fix_kind=getattr(module, "FIX", None),
        check=module.check,
        fix=getattr(module, "fix", None),
        other_fix=getattr(module, "other_fix", None),
    )


def _chosen(only: Collection[str] | None) -> Iterator[CheckInfo]:
    return (info for info in checks() if only is None or info.id in only)


def _lacks(info: CheckInfo, scene: Scene) -> tuple[str, ...]:
    return tuple(name for name in info.needs if getattr(scene.facts, name) is None)


def _subjects(info: CheckInfo, scene: Scene) -> Iterator[tuple[Subject, int | None]]:
    if info.reads is PublishPath:
        yield from ((path, index) for index, path in enumerate(scene.paths))
    elif info.reads is PublishJob:
        yield from ((job, None) for job in scene.publish_jobs)
    elif info.reads is Workflow:
        yield from ((workflow, None) for workflow in scene.repository.workflows)
    else:
        yield scene.repository, None
