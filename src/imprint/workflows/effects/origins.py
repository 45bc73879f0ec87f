"""Whose code a ref or a repository names, by the expressions in it (facts/workflows.md §7.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.foreign import paths_in
from imprint.workflows.effects.model import Origin
from imprint.workflows.effects.outputs import sources_of, texts_of
from imprint.workflows.effects.situations import absent_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.repository import Repository

_PULL_REF = re.compile(r"(?:^|[/+:\s\"'])(?:refs/(?:remotes/)?)?(?:pull|merge-requests)/[^/\s]+")
_COMMIT = re.compile(r"[0-9a-fA-F]{40}")
_TELLS_OF_PULL_REQUEST = re.compile(
    r"pulls\.get|pull_request|pulls/|\bpr view\b|headRef|head\.(?:sha|ref)|head_(?:sha|ref)"
    r"|pull-request-(?:comment-)?branch|get-pr-ref|pull/",
    re.IGNORECASE,
)
_TELLS_OF_RUN = re.compile(r"workflow_run|download-artifact|unzip|run download", re.IGNORECASE)
_DEEPEST = 4
_WORST_FIRST = (
    Origin.PULL_REQUEST,
    Origin.WORKFLOW_RUN,
    Origin.UNKNOWN,
    Origin.OUTPUT,
    Origin.INPUT,
    Origin.HEAD_BRANCH,
    Origin.OTHER_REPOSITORY,
    Origin.RUN,
    Origin.FIXED,
)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What a ref or repository names."""

    origin: Origin
    is_mutable: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a text stands: what its expressions can be looked up in."""

    repository: Repository
    workflow: Workflow
    job: Job
    environment: Mapping[str, str]
    event: str | None = None
    """Where it is given, what its payload does not have names nothing."""


def origin_of_ref(text: str, place: Place, *, depth: int = _DEEPEST) -> Named:
    """Return whose code a ref is; an empty one is the run's own."""
    if not text.strip():
        return Named(origin=Origin.RUN, is_mutable=False)
    found = list(_named(text, place, depth))
    if _PULL_REF.search(text):
        found.append(Named(origin=Origin.PULL_REQUEST, is_mutable=True))
    if not found and "${{" in text:
        # Nothing of it is there in a run of this event.
        return Named(origin=Origin.RUN, is_mutable=False)
    if not found:
        is_commit = _COMMIT.fullmatch(text.strip()) is not None
        return Named(origin=Origin.FIXED, is_mutable=not is_commit)
    return min(found, key=lambda named: (_WORST_FIRST.index(named.origin), not named.is_mutable))


def origin_of_repository(text: str, place: Place) -> Origin:
    """Return whose repository a text names; RUN for the run's own, or nothing."""
    paths = [path for path in paths_in(text) if not _is_absent(path, place)]
    own = place.repository.name
    if not text.strip() or (own is not None and text.strip().lower() == own.lower()):
        return Origin.RUN
    if any(path[:3] == ("github", "event", "pull_request") and "head" in path for path in paths):
        return Origin.PULL_REQUEST
    if any(path[:3] == ("github", "event", "workflow_run") and "head" in path[3] for path in paths):
        return Origin.WORKFLOW_RUN
    if any(path == ("github", "repository") for path in paths):
        return Origin.RUN
    if not paths and "${{" in text:
        return Origin.RUN
    if any(path[0] in {"steps", "needs", "env"} for path in paths):
        named = origin_of_ref(text, place)
        is_foreign = named.origin in {Origin.PULL_REQUEST, Origin.WORKFLOW_RUN}
        return named.origin if is_foreign else Origin.UNKNOWN
    if any(path[0] == "inputs" for path in paths):
        return Origin.INPUT
    return Origin.UNKNOWN if paths else Origin.OTHER_REPOSITORY


def _named(text: str, place: Place, depth: int) -> Iterator[Named]:
    for path in paths_in(text):
        if not _is_absent(path, place):
            yield from _of_path(path, place, depth)


def _of_path(path: tuple[str, ...], place: Place, depth: int) -> Iterator[Named]:
    match path:
        case ("github", *_):
            yield _of_github(path)
        case ("inputs", *_):
            yield Named(origin=Origin.INPUT, is_mutable=True)
        case ("env", name) if depth and name in place.environment:
            inner = place.environment[name]
            yield origin_of_ref(inner, place, depth=depth - 1)
        case ("steps" | "needs", *_):
            yield _of_output(path, place)
        case ("vars" | "runner" | "strategy", *_):
            yield Named(origin=Origin.FIXED, is_mutable=True)
        case _:
            yield Named(origin=Origin.UNKNOWN, is_mutable=True)


def _of_github(path: tuple[str, ...]) -> Named:
    match path[1:]:
        case ("head_ref",) | ("event", "pull_request", "head", "ref" | "label"):
            return Named(origin=Origin.HEAD_BRANCH, is_mutable=True)
        case ("event", "pull_request", "merge_commit_sha"):
            return Named(origin=Origin.PULL_REQUEST, is_mutable=False)
        case ("event", "pull_request", "head", *_):
            return Named(origin=Origin.PULL_REQUEST, is_mutable=False)
        case ("event", "workflow_run", "head_branch"):
            return Named(origin=Origin.HEAD_BRANCH, is_mutable=True)
        case ("event", "workflow_run", *_):
            return Named(origin=Origin.WORKFLOW_RUN, is_mutable="head_sha" not in path)
        case ("event", "inputs" | "client_payload", *_):
            return Named(origin=Origin.INPUT, is_mutable=True)
        case _:
            return Named(origin=Origin.RUN, is_mutable=False)


def _of_output(path: tuple[str, ...], place: Place) -> Named:
    """Return what an output names, by what the step that sets it is told.

    A pull request's number, commit or branch that a step looked up is as foreign as one that stands
    in the event; the branch may have moved since.
    """
    origin = Origin.OUTPUT
    for site in sources_of(place.repository, place.workflow, place.job, path):
        texts = "\n".join(texts_of(site))
        if _TELLS_OF_PULL_REQUEST.search(texts):
            return Named(origin=Origin.PULL_REQUEST, is_mutable=True)
        if _TELLS_OF_RUN.search(texts):
            origin = Origin.WORKFLOW_RUN
    return Named(origin=origin, is_mutable=True)


def _is_absent(path: tuple[str, ...], place: Place) -> bool:
    return place.event is not None and absent_from(path, place.event)
