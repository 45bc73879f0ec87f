"""A file, or a part of one, could not be read: what it does is not known, and that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.repository import Repository
from imprint.workflows.sources import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Unreadable

READS = Repository
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR
SPECIFICATION = ()

_CI_FOLDER = ".github/"
_CI_FILES = (".gitlab-ci.yml", ".circleci/config.yml", "action.yml", "action.yaml")


def check(repository: Repository, scene: Scene) -> Iterator[Report]:  # noqa: ARG001  (a check's own form)
    """Yield what could not be read; what no CI service reads by itself weighs less."""
    for problem in repository.unreadable:
        is_ci = problem.path.startswith(_CI_FOLDER) or problem.path.endswith(_CI_FILES)
        yield Report(
            span=_span(problem, repository),
            message=problem.message,
            severity=None if is_ci else Severity.LOW,
        )


def _span(problem: Unreadable, repository: Repository) -> Span:
    """Return the place as an empty span: how far the problem goes is not known."""
    lines = repository.texts.get(problem.path, "").splitlines(keepends=True)
    start = sum(map(len, lines[: problem.line - 1])) + problem.column - 1
    start = max(0, min(start, sum(map(len, lines))))
    return Span(path=problem.path, start=start, end=start, line=problem.line, column=problem.column)
