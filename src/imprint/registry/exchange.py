"""The exchange: a TokenProof becomes a publish credential, or a refusal that explains itself.

Reads, one pure decision, one transaction: replay record, credential, pin and event stand or fall
together, so a refused exchange burns nothing (acceptance case G07) and twenty at once of the same
token leave one live credential (G03).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from imprint.publishers.configuration import identity_of
from imprint.publishers.credentials import (
    LIFETIME_SECONDS,
    PublishCredential,
    Secret,
    SecretKind,
    hash_of,
    make_secret,
)
from imprint.publishers.matching import Matched, Pin, Refused, match
from imprint.publishers.publisher import Permission
from imprint.publishers.replay import (
    AlreadyUsed,
    CredentialKind,
    CredentialState,
    DistTagOnly,
    FirstUse,
    Reissue,
    ReplayDecision,
    ReplayRecord,
    judge_replay,
    replay_package,
)
from imprint.publishers.sentences import describe_publisher, describe_workload
from imprint.refusals import Refusal
from imprint.registry.mails import mails_to_owners
from imprint.registry.names import name_refusal
from imprint.registry.outcomes import Undone
from imprint.registry.owners import unable_owner
from imprint.registry.recent import RefusedExchange
from imprint.storage import credentials, events, packages, publishers, switches
from imprint.storage.credentials import RecordedExchange, UsedToken
from imprint.storage.events import Event

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.npm.names import PackageName
    from imprint.publishers.publisher import TrustedPublisher
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package
    from imprint.tokens.proof import TokenProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An exchange as it was asked for."""

    proof: TokenProof
    package: PackageName
    address: str
    user_agent: str
    version: str | None = None
    """The only version that the credential shall publish, where the client says so."""
    sha512: str | None = None
    """The only tarball, 128 hex digits: a stolen credential is then good for nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A new credential; `secret` is shown once."""

    credential: PublishCredential
    secret: Secret
    matched: Matched


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What a dry run says of an exchange that would mint."""

    matched: Matched
    replay: ReplayDecision


@dataclass(frozen=True, slots=True)
class _Judgement:
    """The decision, and what was looked up for it."""

    outcome: Accepted | Refusal
    package: Package | None
    verdict: Matched | Refused | None = None
    replay: ReplayDecision | None = None


def exchange(registry: Registry, asked: Asked) -> Minted | Refusal:
    """Mint a credential, or say why not."""
    judgement, outcome = _attempt(registry, asked)
    if outcome is _PINNED_AT_ONCE:
        # Now there are ids to compare with: the same run's next job matches them (case F12).
        judgement, outcome = _attempt(registry, asked)
    if isinstance(outcome, Refusal):
        with registry.database.writing() as connection:
            _keep_refusal(registry, connection, asked, judgement, outcome)
    note_outcome(registry, asked.package, asked.address, outcome)
    return outcome


def check(registry: Registry, asked: Asked) -> Accepted | Refusal:
    """Decide the same without minting, burning or recording anything."""
    with registry.database.reading() as connection:
        return _judge(registry, connection, asked).outcome


def note_outcome(registry: Registry, package: PackageName, address: str, outcome: object) -> None:
    """Remember a refusal for the token publish that may follow; forget it after a success."""
    if isinstance(outcome, Refusal):
        refused = RefusedExchange(code=outcome.code, message=outcome.message, at=registry.clock())
        registry.recent_refusals.note(str(package), address, refused)
    else:
        registry.recent_refusals.forget(str(package), address)


def _attempt(registry: Registry, asked: Asked) -> tuple[_Judgement, Minted | Refusal]:
    """Judge, and mint what was accepted, in one transaction; a refusal leaves nothing of it."""
    judgement = _Judgement(_UNDECIDED, None)
    try:
        with registry.database.writing() as connection:
            judgement = _judge(registry, connection, asked)
            accepted = judgement.outcome
            if isinstance(accepted, Accepted):
                return judgement, _mint(registry, connection, asked, accepted, judgement.package)
            return judgement, accepted
    except Undone as undone:
        return judgement, undone.refusal


def _judge(registry: Registry, connection: Connection, asked: Asked) -> _Judgement:
    now = registry.clock()
    name = asked.package
    package = packages.find(connection, str(name))
    reason = switches.switched_off(connection, "exchange", package=str(name))
    if reason is not None:
        return _Judgement(switched_off(reason), package)
    exists = package is not None
    if not exists and (refusal := name_refusal(connection, name)) is not None:
        return _Judgement(refusal, package)
    candidates = publishers.for_package(connection, name)
    verdict = match(asked.proof.workload, candidates, package=name, now=now, exists=exists)
    if isinstance(verdict, Refused):
        refusal = verdict.refusal
        if package is not None and any(c.pending for c in candidates):
            refusal = _with_pending_explained(refusal, name)
        return _Judgement(refusal, package, verdict)
    refusal_of_owner = unable_owner(connection, package, verdict.publisher)
    if refusal_of_owner is not None:
        return _Judgement(refusal_of_owner, package, verdict)
    replay = _replay(connection, asked, verdict, now=now)
    if isinstance(replay, AlreadyUsed):
        return _Judgement(replay.refusal, package, verdict, replay)
    return _Judgement(Accepted(matched=verdict, replay=replay), package, verdict, replay)


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


def _mint(
    registry: Registry,
    connection: Connection,
    asked: Asked,
    accepted: Accepted,
    package: Package | None,
) -> Minted:
    """Keep the credential with all that goes with it; raises Undone."""
    now, matched, proof = registry.clock(), accepted.matched, asked.proof
    publisher = matched.publisher
    credential = PublishCredential(
        id=str(uuid.UUID(bytes=registry.random(16), version=4)),
        publisher_id=publisher.id,
        publisher_revision=publisher.revision,
        package=asked.package,
        package_id=None if package is None else package.id,
        limits=publisher.limits,
        workload=proof.workload,
        stage_only=matched.stage_only,
        dist_tag_only=isinstance(accepted.replay, DistTagOnly),
        version=asked.version,
        sha512=asked.sha512,
        claims_digest=proof.claims_digest,
        address=asked.address,
        created_at=now,
        expires_at=now + LIFETIME_SECONDS,
    )
    # (1) The token is claimed before anything is minted of it.
    if not _claim(connection, asked, accepted.replay, credential, now=now):
        raise Undone(_used_at_once(asked))
    # (2) A first use pins its ids, unless another run was quicker: then it must match by ids.
    if matched.pin is not None and not _pin(connection, publisher, matched.pin):
        raise Undone(_PINNED_AT_ONCE)
    if matched.relabel is not None:
        publishers.relabel(connection, publisher.id, matched.relabel)
    secret = make_secret(registry.random(32), SecretKind.PUBLISH_CREDENTIAL)
    credentials.add(connection, credential, token_hash=hash_of(secret))
    _keep_minted(connection, asked, credential, matched, now=now)
    return Minted(credential=credential, secret=secret, matched=matched)


def _pin(connection: Connection, publisher: TrustedPublisher, pin: Pin) -> bool:
    rules = replace(publisher.rules, repository_id=pin.repository_id, owner_id=pin.owner_id)
    return publishers.pin(
        connection,
        publisher.id,
        repository_id=pin.repository_id,
        owner_id=pin.owner_id,
        identity=identity_of(replace(publisher, rules=rules)),
    )


def _claim(
    connection: Connection,
    asked: Asked,
    replay: ReplayDecision,
    credential: PublishCredential,
    *,
    now: float,
) -> bool:
    proof = asked.proof
    package = replay_package(proof.issuer.replay, asked.package)
    match replay:
        case FirstUse():
            use = UsedToken(
                package=package,
                address=asked.address,
                credential_id=credential.id,
                used_at=now,
            )
            return credentials.claim_use(
                connection,
                issuer=proof.issuer.url,
                replay_key=proof.replay_key,
                use=use,
                expires_at=proof.replayable_until,
            )
        case Reissue(void=void) | DistTagOnly(void=void):
            credentials.revoke(connection, void, now=now)
            return credentials.replace_use(
                connection,
                issuer=proof.issuer.url,
                replay_key=proof.replay_key,
                package=package,
                old=void,
                new=credential.id,
            )
        case AlreadyUsed():
            return False


def _keep_minted(
    connection: Connection,
    asked: Asked,
    credential: PublishCredential,
    matched: Matched,
    *,
    now: float,
) -> None:
    publisher = matched.publisher
    credentials.record_exchange(
        connection, _record(asked, outcome="minted", message="", now=now, publisher_id=publisher.id)
    )
    data: dict[str, object] = {
        "publisher.id": publisher.id,
        "credential.id": credential.id,
        "workload": describe_workload(asked.proof.workload),
        "stage_only": matched.stage_only,
        "unknown_claims": list(asked.proof.unknown_claims),
    }
    actor = f"publisher:{publisher.id}"
    events.record(connection, _event("exchange-minted", asked, actor=actor, data=data, now=now))
    for kind, happened in (
        ("publisher-pinned", matched.pin is not None),
        ("publisher-relabelled", matched.relabel is not None),
    ):
        if happened:
            about: dict[str, object] = {
                "publisher.id": publisher.id,
                "publisher": describe_publisher(publisher),
                "workload": describe_workload(asked.proof.workload),
            }
            mails = mails_to_owners(connection, asked.package, template=kind, data=about)
            events.record(connection, _event(kind, asked, actor=actor, data=about, now=now), mails)


def _keep_refusal(
    registry: Registry,
    connection: Connection,
    asked: Asked,
    judgement: _Judgement,
    refusal: Refusal,
) -> None:
    now = registry.clock()
    compared: list[dict[str, object]] = []
    nearest: str | None = None
    if isinstance(judgement.verdict, Refused):
        nearest = None if judgement.verdict.nearest is None else judgement.verdict.nearest.id
        compared = [
            {
                "publisher.id": comparison.publisher.id,
                "broken": [rule.message for rule in comparison.broken],
            }
            for comparison in judgement.verdict.compared
        ]
    credentials.record_exchange(
        connection,
        _record(
            asked,
            outcome=refusal.code,
            message=refusal.message,
            now=now,
            compared=compared,
            publisher_id=nearest,
        ),
    )
    workload = describe_workload(asked.proof.workload)
    data: dict[str, object] = {"code": refusal.code, "workload": workload}
    events.record(connection, _event("exchange-refused", asked, actor=workload, data=data, now=now))
    replay = judgement.replay
    if isinstance(replay, AlreadyUsed) and replay.is_suspicious:
        if replay.void is not None:
            credentials.revoke(connection, replay.void, now=now)
        mails = mails_to_owners(connection, asked.package, template="id-token-replayed", data=data)
        event = _event("id-token-replayed", asked, actor=workload, data=data, now=now)
        events.record(connection, event, mails)


def _record(
    asked: Asked,
    *,
    outcome: str,
    message: str,
    now: float,
    publisher_id: str | None,
    compared: list[dict[str, object]] | None = None,
) -> RecordedExchange:
    return RecordedExchange(
        package=str(asked.package),
        issuer=asked.proof.issuer.url,
        claims_digest=asked.proof.claims_digest,
        outcome=outcome,
        message=message,
        compared=msgspec.json.encode(compared or []).decode(),
        publisher_id=publisher_id,
        address=asked.address,
        user_agent=asked.user_agent,
        at=now,
    )


def _event(kind: str, asked: Asked, *, actor: str, data: dict[str, object], now: float) -> Event:
    return Event(
        kind=kind,
        package=str(asked.package),
        actor=actor,
        address=asked.address,
        at=now,
        data=data,
    )


def switched_off(reason: str) -> Refusal:
    """Return that an administrator switched the exchange off, for all, an issuer or a package."""
    return Refusal(
        code="exchange-switched-off",
        message=f"the exchange is switched off: {reason}",
        hint="an administrator of this registry switched it off, and can switch it on again",
    )


def _with_pending_explained(refusal: Refusal, name: PackageName) -> Refusal:
    return Refusal(
        code=refusal.code,
        message=refusal.message,
        hint=f"`{name}` exists by now, so a pending publisher for it counts no more: its owner"
        " must add the trusted publisher",
        mismatches=refusal.mismatches,
    )


def _used_at_once(asked: Asked) -> Refusal:
    return Refusal(
        code="already-used",
        message=f"the ID token was exchanged for `{asked.package}` already, at the same moment",
        hint="get a new ID token: run the job again",
    )


_UNDECIDED = Refusal(code="internal-error", message="the exchange was not decided")
_PINNED_AT_ONCE = Refusal(
    code="pinned-at-once",
    message="another run pinned this trusted publisher at the same moment",
    hint="run the job again: it is then compared by ids",
)
