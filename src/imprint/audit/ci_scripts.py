"""The scripts that CI runs in a project, out of its CI files, and those of git hooks.

The reading is `workflows/`'s: what it cannot make sense of runs nothing here, and doctor tells it.
Kept by the files' content, since CI files change seldom and are slow to read.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.edges import edge_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imprint.reachability.edges import EdgeCache
    from imprint.reachability.files import Files
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Text

MOST_FILES = 200
LARGEST_BYTES = 512 * 1024
MOST_SCRIPTS = 5_000
_CI_FILE = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.github/actions/(?:[^/]+/)*action\.ya?ml"
    r"|\.gitlab-ci\.yml|\.circleci/config\.ya?ml"
)
_HOOK = re.compile(r"\.husky/[a-z][a-z-]*")
_ROWS = msgspec.msgpack.Decoder(list[tuple[str, str, str]])


class CiScript(msgspec.Struct, frozen=True, kw_only=True):
    """One script for a shell."""

    origin: str
    """`.github/workflows/ci.yml:12`."""
    text: str
    folder: str = ""
    """Where it runs, below the project's folder."""


def ci_scripts(
    files: Files, paths: Sequence[str], *, cache: EdgeCache | None = None
) -> tuple[CiScript, ...]:
    """Return the scripts that CI and git hooks run. Total."""
    hooks = [path for path in paths if _HOOK.fullmatch(path)][:MOST_FILES]
    found = [
        CiScript(origin=path, text=raw.decode(errors="replace"))
        for path in hooks
        if (raw := files.read(path)) is not None and len(raw) <= LARGEST_BYTES
    ]
    wanted = [path for path in paths if _CI_FILE.fullmatch(path)][:MOST_FILES]
    sources = {
        path: raw
        for path in wanted
        if (raw := files.read(path)) is not None and len(raw) <= LARGEST_BYTES
    }
    return (*found, *(_of_sources(sources, cache) if sources else ()))


def _of_sources(sources: dict[str, bytes], cache: EdgeCache | None) -> tuple[CiScript, ...]:
    digests = [
        part for path in sources for part in (path, hashlib.sha256(sources[path]).hexdigest())
    ]
    key = edge_key("ci", *digests)
    kept = cache.get([key]).get(key) if cache is not None else None
    rows = None if kept is None else _decoded(kept)
    if rows is None:
        # Reading YAML with its places is slow to import.
        from imprint.workflows.reading import read_repository  # noqa: PLC0415 - only where there is CI

        found = list(_scripts(read_repository(sources)))[:MOST_SCRIPTS]
        rows = [(each.origin, each.text, each.folder) for each in found]
        if cache is not None:
            cache.put({key: msgspec.msgpack.encode(rows)})
    return tuple(CiScript(origin=origin, text=text, folder=folder) for origin, text, folder in rows)


def _decoded(kept: bytes) -> list[tuple[str, str, str]] | None:
    try:
        return _ROWS.decode(kept)
    except (msgspec.DecodeError, ValueError):
        return None


def _scripts(repository: Repository) -> Iterator[CiScript]:
    steps = [
        step for workflow in repository.workflows for job in workflow.jobs for step in job.steps
    ]
    steps += [step for action in repository.actions.values() for step in action.steps]
    for step in steps:
        if step.run is not None:
            folder = step.working_directory.value if step.working_directory else ""
            yield _script(step.run, folder)
    if repository.pipeline is not None:
        for job in repository.pipeline.jobs:
            yield from _all((*job.before_script, *job.script, *job.after_script))
    for configuration in repository.circleci:
        for each in configuration.jobs:
            yield from _all(step.run for step in each.steps if step.run is not None)


def _all(texts: Iterable[Text]) -> Iterator[CiScript]:
    yield from (_script(text, "") for text in texts)


def _script(text: Text, folder: str) -> CiScript:
    return CiScript(
        origin=f"{text.span.path}:{text.span.line}",
        text=text.value,
        folder=folder.removeprefix("./").strip("/"),
    )
