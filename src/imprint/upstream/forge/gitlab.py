"""What GitLab says of a project: REST API v4, of any instance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from imprint.npm.published import moment_of
from imprint.upstream.forge.keeping import DAY_SECONDS
from imprint.upstream.forge.model import Job, Relation, Run

if TYPE_CHECKING:
    from imprint.upstream.forge.api import ForgeApi

_PAGE: Final = 100
_JOB = re.compile(r"(?:.*/jobs/)?(?P<job>[0-9]{1,20})/?")
_SUCCEEDED = {"success": True, "failed": False, "canceled": False}


class _Project(msgspec.Struct, frozen=True):
    default_branch: str | None = None


class _Commit(msgspec.Struct, frozen=True):
    id: str


class _Tag(msgspec.Struct, frozen=True):
    commit: _Commit


class _Branch(msgspec.Struct, frozen=True):
    name: str
    protected: bool = False
    default: bool = False


class _Named(msgspec.Struct, frozen=True):
    name: str


class _Pipeline(msgspec.Struct, frozen=True):
    id: int


class _Job(msgspec.Struct, frozen=True):
    name: str
    status: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    pipeline: _Pipeline | None = None


class GitLab(msgspec.Struct, frozen=True):
    """GitLab by its API; see `Forge`."""

    api: ForgeApi

    async def default_branch(self, repository: str) -> str | None:
        """Return the default branch of a project; None: no such project, to this reader."""
        found = await self.api.ask(_of(repository), _Project)
        return None if found is None else found.default_branch or ""

    async def tagged(self, repository: str, tag: str) -> str | None:
        """Return the commit that a tag stands for."""
        path = f"{_of(repository)}/repository/tags/{quote(tag, safe='')}"
        found = await self.api.ask(path, _Tag)
        return None if found is None else found.commit.id

    async def relation(self, repository: str, commit: str, other: str) -> Relation | None:
        """Return how `commit` stands to `other`; None: one of them is not there."""
        refs = f"refs[]={quote(commit, safe='')}&refs[]={quote(other, safe='')}"
        first = await self._commit(repository, commit)
        second = await self._commit(repository, other)
        if first is None or second is None:
            return None
        if first == second:
            return Relation.SAME
        shared = await self.api.ask(f"{_of(repository)}/repository/merge_base?{refs}", _Commit)
        if shared is None or shared.id not in {first, second}:
            return Relation.APART
        return Relation.BEFORE if shared.id == first else Relation.AFTER

    async def is_protected(self, repository: str, commit: str) -> bool | None:
        """Return whether a protected branch, or the default branch, has the commit."""
        base = f"{_of(repository)}/repository"
        path = f"{base}/commits/{quote(commit, safe='')}/refs?type=branch&per_page={_PAGE}"
        having = await self.api.ask(path, list[_Named])
        if having is None:
            return False
        branches = await self.api.ask(f"{base}/branches?per_page={_PAGE}", list[_Branch])
        if branches is None:
            return None
        guarded = {one.name for one in branches if one.protected or one.default}
        if any(one.name in guarded for one in having):
            return True
        return None if max(len(having), len(branches)) >= _PAGE else False

    async def run(self, repository: str, run: str) -> Run | None:
        """Return the run of a job's address or id: a GitLab certificate names the job."""
        named = _JOB.fullmatch(run)
        if named is None:
            return None
        path = f"{_of(repository)}/jobs/{named['job']}"
        found = await self.api.ask(path, _Job, kept_for=_kept_for)
        if found is None:
            return None
        jobs: list[_Job] | None = None
        if found.pipeline is not None:
            listing = f"{_of(repository)}/pipelines/{found.pipeline.id}/jobs?per_page={_PAGE}"
            jobs = await self.api.ask(listing, list[_Job])
        return Run(
            succeeded=_SUCCEEDED.get(found.status),
            jobs=tuple(map(_job, jobs or (found,))),
            signer=found.name,
        )

    async def _commit(self, repository: str, commit: str) -> str | None:
        path = f"{_of(repository)}/repository/commits/{quote(commit, safe='')}"
        found = await self.api.ask(path, _Commit)
        return None if found is None else found.id


def _of(repository: str) -> str:
    return f"/projects/{quote(repository, safe='')}"


def _kept_for(job: _Job) -> float:
    return DAY_SECONDS if job.status in _SUCCEEDED else 0.0


def _job(job: _Job) -> Job:
    return Job(
        name=job.name,
        started=moment_of(job.started_at),
        completed=moment_of(job.finished_at),
    )
