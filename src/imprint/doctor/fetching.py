"""Fetch the external actions and workflows that a repository uses, and those that they use.

Read from the forge's API at the commit that each ref is now. Not here: writing them down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from imprint.doctor.locks import Locked, digest_of
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Fetcher, Reach
from imprint.workflows.external import external_name, lock_path
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.reading import read_repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.publishers.credentials import Secret
    from imprint.workflows.repository import Repository

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 1024 * 1024
MOST_FILES = 300
DEEPEST = 10
"""How deep actions use actions: GitHub's own bound on composite actions."""
_COMMIT_CHARACTERS = 40


class _Sha(msgspec.Struct, frozen=True):
    sha: str


class _Tree(msgspec.Struct, frozen=True):
    tree: _Sha


class _Commit(msgspec.Struct, frozen=True):
    sha: str
    commit: _Tree


@dataclass(slots=True)
class ActionFetcher:
    """Fetches files of other repositories; `notes` says what could not be had."""

    fetcher: Fetcher
    api: str
    token: Secret | None = field(default=None, repr=False)
    files: dict[str, bytes] = field(default_factory=dict)
    """By the path that the lock keeps them at."""
    locked: list[Locked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _commits: dict[tuple[str, str], _Commit | None] = field(default_factory=dict)

    async def fetch_all(self, files: Mapping[str, bytes], *, name: str | None) -> None:
        """Fetch what `files` use, then what that uses, until there is nothing new."""
        asked: set[str] = set()
        for _ in range(DEEPEST):
            repository = read_repository({**files, **self.files}, name=name)
            wanted = {_name(use): use for use in uses_of(repository)}
            new = {key: use for key, use in wanted.items() if key not in asked}
            if not new:
                return
            for key, use in sorted(new.items()):
                asked.add(key)
                if len(asked) > MOST_FILES:
                    self.notes.append(f"more than {MOST_FILES} actions are used: the rest is left")
                    return
                await self._fetch(use)

    async def _fetch(self, use: RemoteUse) -> None:
        repository = f"{use.owner}/{use.repository}"
        commit = await self._commit(repository, use.ref)
        if commit is None:
            return
        is_workflow = use.path.endswith((".yml", ".yaml"))
        folder = f"{use.path}/" if use.path else ""
        names = [use.path] if is_workflow else [f"{folder}action.yml", f"{folder}action.yaml"]
        for path in names:
            url = f"{self.api}/repos/{repository}/contents/{quote(path)}?ref={commit.sha}"
            content = await self._get(url, "application/vnd.github.raw+json", _name(use))
            if content is not None:
                self._keep(repository, use.ref, path, commit, content)
                return
        self.notes.append(f"{_name(use)} has no {' and no '.join(names)}")

    def _keep(self, repository: str, ref: str, path: str, commit: _Commit, content: bytes) -> None:
        kept = lock_path(repository, ref, path)
        name = external_name(kept)
        # A `uses` with `..` in it would lead out of the folder that the lock keeps.
        if name is None or not {"", ".", ".."}.isdisjoint(kept.split("/")):
            self.notes.append(f"{repository}@{ref} cannot be kept: its name is no path")
            return
        self.files[kept] = content
        self.locked.append(
            Locked(
                name=name,
                commit=commit.sha,
                tree=commit.commit.tree.sha,
                sha256=digest_of(content),
            )
        )

    async def _commit(self, repository: str, ref: str) -> _Commit | None:
        key = (repository.lower(), ref)
        if key not in self._commits:
            url = f"{self.api}/repos/{repository}/commits/{quote(ref, safe='')}"
            answer = await self._get(url, "application/vnd.github+json", f"{repository}@{ref}")
            found = None
            if answer is None:
                self.notes.append(f"{repository}@{ref} is not there")
            else:
                found = self._decoded(answer, f"{repository}@{ref}")
            self._commits[key] = found
        return self._commits[key]

    def _decoded(self, answer: bytes, what: str) -> _Commit | None:
        try:
            found = msgspec.json.decode(answer, type=_Commit)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        if found is None or len(found.sha) != _COMMIT_CHARACTERS:
            self.notes.append(f"{what}: the forge's answer is of another form")
            return None
        return found

    async def _get(self, url: str, accept: str, what: str) -> bytes | None:
        """Return an answer; None where there is none; one that cannot be had is noted."""
        try:
            return await self.fetcher.get(
                url,
                reach=Reach.REGISTERED,
                timeout_seconds=TIMEOUT_SECONDS,
                max_bytes=MOST_BYTES,
                accept=accept,
                bearer=self.token,
            )
        except FetchFailed as err:
            if err.status != HTTPStatus.NOT_FOUND:
                self.notes.append(f"{what}: {err.message}")
            return None


def uses_of(repository: Repository) -> Iterator[RemoteUse]:
    """Yield every `uses` of another repository's action or workflow."""
    workflows = (*repository.workflows, *repository.external_workflows.values())
    for workflow in workflows:
        for job in workflow.jobs:
            if isinstance(job.uses, RemoteUse):
                yield job.uses
            yield from (step.uses for step in job.steps if isinstance(step.uses, RemoteUse))
    for action in repository.actions.values():
        yield from (step.uses for step in action.steps if isinstance(step.uses, RemoteUse))


def _name(use: RemoteUse) -> str:
    return f"{use.name}@{use.ref}"
