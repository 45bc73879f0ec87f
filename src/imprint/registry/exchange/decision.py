"""The decision on an exchange: what is looked up for it, who matches, what the token was used for.

Nothing is written here; a dry run is this and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.publishers.matching import Matched, Refused, match
from imprint.publishers.publisher import Permission
from imprint.publishers.replay import (
    AlreadyUsed,
    CredentialKind,
    CredentialState,
    ReplayDecision,
    ReplayRecord,
    judge_replay,
    replay_package,
)
from imprint.refusals import Refusal
from imprint.registry.authority.owners import unable_owner
from imprint.registry.names import name_refusal
from imprint.storage import credentials, packages, publishers, switches

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.npm.names import PackageName
    from imprint.publishers.credentials import PublishCredential
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package
    from imprint.tokens.proof import TokenProof


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange as it was asked for."""

    proof: TokenProof
    package: PackageName
    address: str
    user_agent: str
    version: str | None = None
    """The only version that the credential shall publish, where the client says so."""
    sha512: str | None = None
    """The only tarball, 128 hex digits: a stolen credential is then good for nothing else."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run says of an exchange that would mint."""

    matched: Matched
    replay: ReplayDecision


class Judgement(msgspec.Struct, frozen=True):
    """The decision, and what was looked up for it."""

    outcome: Accepted | Refusal
    package: Package | None
    verdict: Matched | Refused | None = None
    replay: ReplayDecision | None = None


def judge(registry: Registry, connection: Connection, asked: Asked) -> Judgement:
    """Decide on an exchange; `connection` may be reading."""
    now = registry.clock()
    name = asked.package
    package = packages.find(connection, str(name))
    reason = switches.switched_off(connection, "exchange", package=str(name))
    if reason is not None:
        return Judgement(switched_off(reason), package)
    if now >= asked.proof.replayable_until:
        return Judgement(_LATE, package)
    exists = package is not None
    candidates = publishers.for_package(connection, name)
    verdict = match(
        asked.proof.workload,
        candidates,
        package=name,
        now=now,
        exists=exists,
        banned_events=registry.banned_events,
    )
    if isinstance(verdict, Refused):
        refusal = verdict.refusal
        if package is not None and any(c.pending for c in candidates):
            refusal = _with_pending_explained(refusal, name)
        return Judgement(refusal, package, verdict)
    # Only to whom a publisher matches: the name of a package that it is too similar to is told.
    if not exists and (refused := name_refusal(connection, name)) is not None:
        return Judgement(refused, package, verdict)
    refusal_of_owner = unable_owner(connection, package, verdict.publisher)
    if refusal_of_owner is not None:
        return Judgement(refusal_of_owner, package, verdict)
    replay = _replay(connection, asked, verdict, now=now)
    if isinstance(replay, AlreadyUsed):
        return Judgement(replay.refusal, package, verdict, replay)
    return Judgement(Accepted(matched=verdict, replay=replay), package, verdict, replay)


def _replay(
    connection: Connection, asked: Asked, matched: Matched, *, now: float
) -> ReplayDecision:
    mode = asked.proof.issuer.replay
    use = credentials.find_use(
        connection,
        issuer=asked.proof.issuer.url,
        replay_key=asked.proof.replay_key,
        package=replay_package(mode, asked.package),
    )
    record: ReplayRecord | None = None
    if use is not None:
        earlier = credentials.find_by_id(connection, use.credential_id)
        record = ReplayRecord(
            package=asked.package if earlier is None else earlier.package,
            credential_id=use.credential_id,
            state=_state(earlier, now=now),
            kind=(
                CredentialKind.DIST_TAG_ONLY
                if earlier is not None and earlier.dist_tag_only
                else CredentialKind.PUBLICATION
            ),
            address=use.address,
        )
    return judge_replay(
        mode,
        record,
        package=asked.package,
        address=asked.address,
        dist_tag_allowed=Permission.DIST_TAG in matched.publisher.limits.permissions,
    )


def _state(credential: PublishCredential | None, *, now: float) -> CredentialState:
    if credential is None:
        return CredentialState.REVOKED
    if credential.revoked_at is not None:
        return CredentialState.REVOKED
    if credential.spent_version is not None:
        return CredentialState.SPENT
    return CredentialState.LIVE if credential.expires_at > now else CredentialState.EXPIRED


def switched_off(reason: str) -> Refusal:
    """Return that an administrator switched the exchange off, for all, an issuer or a package."""
    return Refusal(
        code="exchange-switched-off",
        message=f"the exchange is switched off: {reason}",
        hint="an administrator of this registry switched it off, and can switch it on again",
    )


# Keys and threads are waited for after a token is verified, and the record of its use is kept only
# until it cannot be verified any more.
_LATE = Refusal(
    code="token-expired",
    message="token expired while the registry was busy",
    hint="run the job again: nothing was used up",
)


def _with_pending_explained(refusal: Refusal, name: PackageName) -> Refusal:
    return Refusal(
        code=refusal.code,
        message=refusal.message,
        hint=f"`{name}` exists by now, so a pending publisher for it counts no more: its owner"
        " must add the trusted publisher",
        mismatches=refusal.mismatches,
    )
