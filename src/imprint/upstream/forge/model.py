"""What a forge says of a repository, whichever forge it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec


class Relation(StrEnum):
    """How one commit stands to another."""

    SAME = "same"
    BEFORE = "before"
    """It is an ancestor."""
    AFTER = "after"
    """It is a descendant."""
    APART = "apart"
    """They have grown apart, or have nothing in common."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a run."""

    name: str
    started: float | None
    """Unix seconds; None: it never ran, or it is not told."""
    completed: float | None
    steps: tuple[str, ...] = ()
    """Their names."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One CI run, as it ended."""

    succeeded: bool | None
    """None: it has not ended, or not in a way that says so."""
    jobs: tuple[Job, ...] = ()
    signer: str | None = None
    """The name of the job that signed, where the certificate says which it was (GitLab)."""


class Forge(Protocol):
    """One forge, or a clone of one of its repositories.

    Every method raises FetchFailed or Unavailable where nobody could tell, and Malformed
    (`malformed-forge-answer`); None means, unless it says otherwise: it has no such thing.
    """

    async def default_branch(self, repository: str) -> str | None:
        """Return the default branch of `owner/name`; None: no such repository, to this reader."""
        ...

    async def tagged(self, repository: str, tag: str) -> str | None:
        """Return the commit that a tag stands for."""
        ...

    async def relation(self, repository: str, commit: str, other: str) -> Relation | None:
        """Return how `commit` stands to `other`; None: one of them is not there."""
        ...

    async def is_protected(self, repository: str, commit: str) -> bool | None:
        """Return whether a protected branch, or the default branch, has the commit.

        None: there are more branches than were looked through.
        """
        ...

    async def run(self, repository: str, run: str) -> Run | None:
        """Return the run of this address or id."""
        ...
