"""What to do with an ID token that was exchanged before. A decision only: the record is storage's.

Architecture decision 8. Issuers that mint a token per request (GitHub): a token is good once. Those
with one token per job (GitLab, CircleCI): once for each package, so the key holds the package; one
live credential and one publication, afterwards dist-tags alone. Cases G01, G02, G11.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.refusals import Refusal, quoted
from imprint.tokens.issuers import ReplayMode

if TYPE_CHECKING:
    from imprint.npm.names import PackageName


class CredentialState(StrEnum):
    """What became of the credential that a token was exchanged for."""

    LIVE = "live"
    """Unspent, and not expired."""
    SPENT = "spent"
    EXPIRED = "expired"
    """Unspent, and too old."""
    REVOKED = "revoked"


class CredentialKind(StrEnum):
    """What the credential was minted for."""

    PUBLICATION = "publication"
    DIST_TAG_ONLY = "dist-tag-only"


class ReplayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of the last exchange under one replay key."""

    package: PackageName
    credential_id: str
    state: CredentialState
    kind: CredentialKind = CredentialKind.PUBLICATION
    address: str
    """The client's, as text; compared to the letter."""


class FirstUse(msgspec.Struct, frozen=True, kw_only=True):
    """Mint: the token was not exchanged before."""


class Reissue(msgspec.Struct, frozen=True, kw_only=True):
    """Mint, and void the credential of that id: its answer was lost, or it expired unused."""

    void: str


class DistTagOnly(msgspec.Struct, frozen=True, kw_only=True):
    """Mint for dist-tags alone, and void the credential of that id: the job has published."""

    void: str


class AlreadyUsed(msgspec.Struct, frozen=True, kw_only=True):
    """Mint nothing."""

    refusal: Refusal
    void: str | None
    """The id of the credential to void, or None."""
    is_suspicious: bool
    """True: raise an event, since somebody else than the job may hold the token."""


ReplayDecision: TypeAlias = "FirstUse | Reissue | DistTagOnly | AlreadyUsed"


def replay_package(mode: ReplayMode, package: PackageName) -> str:
    """Return the package's part of the replay key: '' where a token is good for one package."""
    return "" if mode is ReplayMode.PER_REQUEST else str(package)


def judge_replay(
    mode: ReplayMode,
    record: ReplayRecord | None,
    *,
    package: PackageName,
    address: str,
    dist_tag_allowed: bool,
) -> ReplayDecision:
    """Decide on the exchange of a token whose replay key has this record, or none.

    `dist_tag_allowed`: the publisher has the dist-tag permission.
    """
    if record is None:
        return FirstUse()
    if record.address != address:
        return AlreadyUsed(
            refusal=_refusal(record, "from another address"),
            void=record.credential_id,
            is_suspicious=True,
        )
    if mode is ReplayMode.PER_REQUEST or record.package != package:
        # Another package under the same key cannot be: per-job keys hold the package. Refuse it.
        return AlreadyUsed(refusal=_refusal(record), void=None, is_suspicious=False)
    has_published = (
        record.state is CredentialState.SPENT or record.kind is CredentialKind.DIST_TAG_ONLY
    )
    match record.state:
        case CredentialState.REVOKED:
            return AlreadyUsed(refusal=_refusal(record), void=None, is_suspicious=False)
        case _ if not has_published:
            return Reissue(void=record.credential_id)
        case _ if dist_tag_allowed:
            return DistTagOnly(void=record.credential_id)
        case _:
            return AlreadyUsed(refusal=_refusal(record), void=None, is_suspicious=False)


def _refusal(record: ReplayRecord, how: str = "") -> Refusal:
    return Refusal(
        code="already-used",
        message=f"the ID token was exchanged for {quoted(str(record.package))} already"
        + (f", {how}" if how else ""),
        hint="get a new ID token: run the job again",
    )
