"""A publish path as data: who, how, through what, and what would stop it. Pure types.

Spelling of principals: facts/workflows.md §7.2; scripts rely on it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

# Not for the type checker alone: what is kept of a diagnosis is decoded by these types.
from imprint.workflows.findings import Confidence
from imprint.workflows.sources import Span


class Rank(StrEnum):
    """Who somebody is to a repository, the weakest first."""

    ANON = "ANON"
    PRIOR_CONTRIBUTOR = "PRIOR_CONTRIBUTOR"
    LABELER = "LABELER"
    WRITER = "WRITER"
    TAG_CREATOR = "TAG_CREATOR"
    DISPATCHER = "DISPATCHER"
    REVIEWED = "REVIEWED"
    ENV_REVIEWER = "ENV_REVIEWER"
    ADMIN = "ADMIN"
    SUPPLY = "SUPPLY"
    """Whoever controls something that runs: `SUPPLY(owner)`, `SUPPLY(npm)`."""
    TOKEN_HOLDER = "TOKEN_HOLDER"  # noqa: S105  (a word of the specification, not a secret)
    WRITER_INTERACTION = "WRITER_INTERACTION"
    """Somebody with rights has to do something that looks harmless (TOCTOU)."""


class Principal(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One somebody."""

    rank: Rank
    of: str = ""
    """Whose supply, which secret; empty for the others."""

    def __str__(self) -> str:
        """Return the specification's spelling."""
        return f"{self.rank}({self.of})" if self.of else str(self.rank)


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a path."""

    what: str
    """For people: `checks out refs/pull/N/merge and runs npm ci`."""
    node: str
    """Short: `size.yml:size`, `cache`, `artifact pkg`, `OIDC`."""
    span: Span | None


class PublishPath(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody gets a version published, or what keeps them from it."""

    package: str
    """`*` where no package is known."""
    who: tuple[Principal, ...]
    """All of them have to take part: `ANON+WRITER_INTERACTION`."""
    can_publish: bool
    trigger: str
    hops: tuple[Hop, ...]
    stopped_by: tuple[str, ...] = ()
    profile: str
    confidence: Confidence
    check: str
    """The path finding it is: `anonymous-publish-path`, …"""
