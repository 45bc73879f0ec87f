"""From files to a diagnosis: read, detect, search paths, run the checks, rank. Pure.

Not here: getting the files (`reading`), ignoring and folding what was found (`ranking`, `ignores`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.doctor.fingerprints import Fingerprints
from imprint.doctor.model import Coverage, Diagnosis, Finding
from imprint.doctor.parts import checked, ways_of
from imprint.doctor.ranking import rank
from imprint.doctor.selection import is_ci_file
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.reading import read_repository
from imprint.workflows.scene import Scene

if TYPE_CHECKING:
    from imprint.doctor.parts import Checked, Found
    from imprint.doctor.reading import Tree
    from imprint.workflows.facts import Facts
    from imprint.workflows.profiles import Profile
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """A scene, and what was found in it."""

    scene: Scene
    diagnosis: Diagnosis


def analyse(tree: Tree, *, facts: Facts, profile: Profile, name: str | None = None) -> Analysis:
    """Return the diagnosis of one state of a repository, and the scene it was made of."""
    read = read_repository(tree.files, name=name or facts.repository)
    repository = replace(read, unreadable=(*tree.skipped, *read.unreadable))
    jobs = publish_jobs_of(repository)
    ways = ways_of(repository, jobs, facts, profile)
    scene = Scene(
        repository=repository, publish_jobs=jobs, facts=facts, profile=profile, paths=ways.paths
    )
    checks = checked(scene)
    fingerprints = Fingerprints(repository)
    findings = [_finding(each, scene, fingerprints) for each in checks.found]
    diagnosis = Diagnosis(
        name=repository.name,
        profile=profile.name,
        findings=rank(findings, scene.paths),
        paths=ways.paths,
        of_people=ways.of_people,
        table=ways.table,
        cuts=ways.cuts,
        assumed=ways.assumed,
        coverage=_coverage(scene, tree, checks),
    )
    return Analysis(scene=scene, diagnosis=diagnosis)


def _finding(found: Found, scene: Scene, fingerprints: Fingerprints) -> Finding:
    report, info = found.report, found.check
    path = None if found.path is None else scene.paths[found.path]
    return Finding(
        check=info.id,
        severity=report.severity or info.severity,
        confidence=report.confidence or info.confidence,
        persona=info.persona,
        span=report.span,
        end_line=_end_line(report.span, scene.repository),
        message=report.message,
        hint=report.hint,
        fix=found.fix,
        related=report.related,
        fingerprint=fingerprints.of(info.id, report.span, path),
        path=found.path,
    )


def _end_line(span: Span, repository: Repository) -> int:
    text = repository.texts.get(span.path, "")
    return span.line + text.count("\n", span.start, max(span.start, span.end - 1))


def _coverage(scene: Scene, tree: Tree, checks: Checked) -> Coverage:
    repository = scene.repository
    opaque = {name for job in scene.publish_jobs for name in job.opaque}
    return Coverage(
        files=len(tree.files),
        workflows=len(repository.workflows),
        other_ci=sum(is_ci_file(path) and ".github/" not in path for path in tree.files),
        packages=len(repository.packages),
        jobs=sum(len(workflow.jobs) for workflow in repository.workflows),
        publish_jobs=len(scene.publish_jobs),
        checks=checks.run,
        skipped=checks.skipped,
        opaque=tuple(sorted(opaque)),
        unreadable=repository.unreadable,
    )
