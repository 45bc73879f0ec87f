"""What GitHub says of a repository: REST API, version 2022-11-28; also of Enterprise Server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

import msgspec

from imprint.npm.published import moment_of
from imprint.upstream.forge.keeping import DAY_SECONDS
from imprint.upstream.forge.model import Job, Relation, Run

if TYPE_CHECKING:
    from imprint.upstream.forge.api import ForgeApi

ACCEPT: Final = "application/vnd.github+json"
MOST_BRANCHES: Final = 10
"""Protected branches that are looked through, the default branch among them."""
_PAGE: Final = 100
_DEEPEST_TAG: Final = 3
"""A tag may stand for a tag; more than that is nobody's habit."""
_RUN = re.compile(
    r"(?:.*/actions/runs/)?(?P<run>[0-9]{1,20})(?:/attempts/(?P<attempt>[0-9]{1,9}))?/?"
)
_SUCCEEDED = {
    "success": True,
    "failure": False,
    "cancelled": False,
    "timed_out": False,
    "startup_failure": False,
}
_RELATIONS = {
    "identical": Relation.SAME,
    "ahead": Relation.AFTER,
    "behind": Relation.BEFORE,
    "diverged": Relation.APART,
}


class _Repository(msgspec.Struct, frozen=True):
    default_branch: str


class _Object(msgspec.Struct, frozen=True):
    sha: str
    type: str


class _Reference(msgspec.Struct, frozen=True):
    object: _Object


class _Named(msgspec.Struct, frozen=True):
    name: str


class _Comparison(msgspec.Struct, frozen=True):
    status: Literal["identical", "ahead", "behind", "diverged"]


class _Run(msgspec.Struct, frozen=True):
    conclusion: str | None = None


class _Job(msgspec.Struct, frozen=True):
    name: str
    started_at: str | None = None
    completed_at: str | None = None
    conclusion: str | None = None
    steps: list[_Named] | None = None


class _Jobs(msgspec.Struct, frozen=True):
    jobs: list[_Job] = []


class GitHub(msgspec.Struct, frozen=True):
    """GitHub by its API; see `Forge`."""

    api: ForgeApi

    async def default_branch(self, repository: str) -> str | None:
        """Return the default branch of `owner/name`; None: no such repository, to this reader."""
        found = await self.api.ask(_of(repository), _Repository)
        return None if found is None else found.default_branch

    async def tagged(self, repository: str, tag: str) -> str | None:
        """Return the commit that a tag stands for."""
        path = f"{_of(repository)}/git/ref/tags/{quote(tag)}"
        found = await self.api.ask(path, _Reference)
        for _ in range(_DEEPEST_TAG):
            if found is None or found.object.type != "tag":
                break
            path = f"{_of(repository)}/git/tags/{quote(found.object.sha)}"
            found = await self.api.ask(path, _Reference)
        return None if found is None or found.object.type != "commit" else found.object.sha

    async def relation(self, repository: str, commit: str, other: str) -> Relation | None:
        """Return how `commit` stands to `other`; None: one of them is not there."""
        pair = f"{quote(other, safe='')}...{quote(commit, safe='')}"
        # One commit of the list is enough: only how the two stand is wanted.
        path = f"{_of(repository)}/compare/{pair}?per_page=1"
        found = await self.api.ask(path, _Comparison)
        return None if found is None else _RELATIONS[found.status]

    async def is_protected(self, repository: str, commit: str) -> bool | None:
        """Return whether a protected branch, or the default branch, has the commit."""
        default = await self.default_branch(repository)
        path = f"{_of(repository)}/branches?protected=true&per_page={_PAGE}"
        listed = await self.api.ask(path, list[_Named])
        names = [one.name for one in listed or ()]
        branches = list(dict.fromkeys(([] if default is None else [default]) + names))
        for branch in branches[:MOST_BRANCHES]:
            stands = await self.relation(repository, commit, branch)
            if stands in {Relation.SAME, Relation.BEFORE}:
                return True
        return None if len(branches) > MOST_BRANCHES or not branches else False

    async def run(self, repository: str, run: str) -> Run | None:
        """Return the run of this address or id, in the attempt that the address names."""
        named = _RUN.fullmatch(run)
        if named is None:
            return None
        path = f"{_of(repository)}/actions/runs/{named['run']}"
        if named["attempt"]:
            path += f"/attempts/{named['attempt']}"
        found = await self.api.ask(path, _Run, kept_for=_kept_for)
        if found is None:
            return None
        jobs = None
        if found.conclusion is not None:
            jobs = await self.api.ask(f"{path}/jobs?per_page={_PAGE}", _Jobs)
        return Run(
            succeeded=_SUCCEEDED.get(found.conclusion or ""),
            jobs=() if jobs is None else tuple(map(_job, jobs.jobs)),
        )


def _of(repository: str) -> str:
    return f"/repos/{quote(repository)}"


def _kept_for(run: _Run) -> float:
    return 0.0 if run.conclusion is None else DAY_SECONDS


def _job(job: _Job) -> Job:
    ran = job.conclusion != "skipped"
    return Job(
        name=job.name,
        started=moment_of(job.started_at) if ran else None,
        completed=moment_of(job.completed_at) if ran else None,
        steps=tuple(step.name for step in job.steps or ()),
    )
