"""What the parts of the gate hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.history.projection import PackumentHistory
    from imprint.policy.decisions import Decision


class NameStanding(StrEnum):
    """Whose a name is. Only `upstream` is ever asked upstream (architecture, decision 13)."""

    OWN = "own"
    """It is published here, or was once: a tombstone keeps it."""
    RESERVED = "reserved"
    """Its scope is ours, an administrator set it aside, or a pending publisher waits for it."""
    UPSTREAM = "upstream"
    BOTH = "both"
    """It is here and upstream, and nobody said which one is meant: nothing is served."""


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """A registry behind the gate."""

    label: str
    """Its host, for people, logs and metrics."""
    url: str
    """With a slash at its end; it may have a path."""
    scopes: frozenset[str] = frozenset()
    """The scopes (without `@`) that come from it; empty: everything that no other one has."""


class UpstreamDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A full packument as its upstream sent it: what judging needs of it."""

    name: str
    upstream: Upstream
    digest: str
    """sha256 of the very bytes that came, uncompressed, hex; `Documents.body` has the bytes."""
    etag: str
    last_modified: str
    confirmed_at: float
    """When the upstream last said so, Unix seconds."""
    history: PackumentHistory
    """The columns that judging needs."""
    doubt: str | None = None
    """Why it may not be the current one, one line: its upstream could not be asked."""


class Effect(StrEnum):
    """What the gate does with a version."""

    SERVE = "serve"
    WITHHOLD = "withhold"
    """It is in no packument, and its tarball is answered with 403."""


class VersionVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What policy says of one version, and what the gate does."""

    version: str
    decision: Decision
    effect: Effect
    """By mode, and by what policy says of what could not be decided."""
    sentence: str
    """For people, one line: what, why, and until when; empty where it is plainly served."""
    until: float | None = None
    """Unix seconds: from then on it is served by itself."""


class JudgedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of a packument, judged."""

    name: str
    document_digest: str
    policy_digest: str
    verdicts: Mapping[str, VersionVerdict]
    """Of every version that is not plainly served; the others have none."""
    withheld: frozenset[str]
    next_change: float | None
    """Unix seconds: when it may be another by itself."""
    doubt: str | None = None
    """Why this package is judged by less than there should be (a mirror strips fields, the upstream
    is down): said in log, metrics, page and header."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One decision that was told to a client."""

    at: float
    name: str
    version: str
    integrity: str | None
    verdict: str
    """`admitted`, `refused`, `undecided`."""
    effect: Effect
    codes: tuple[str, ...]
    sentence: str
    client: str
    """User agent and address, as far as the server can tell: the client's claim."""
    channel: str
    """`packument`, `tarball`, `advisories`, `verdict`."""
    policy_digest: str
