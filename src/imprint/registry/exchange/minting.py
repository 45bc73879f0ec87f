"""Minting: replay record, pin, credential and event, all in the transaction that was judged in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.publishers.configuration import identity_of
from imprint.publishers.credentials import (
    LIFETIME_SECONDS,
    PublishCredential,
    Secret,
    SecretKind,
    hash_of,
    make_secret,
)
from imprint.publishers.replay import (
    AlreadyUsed,
    DistTagOnly,
    FirstUse,
    Reissue,
    ReplayDecision,
    replay_package,
)
from imprint.refusals import Refusal
from imprint.registry.exchange.records import keep_minted
from imprint.registry.outcomes import Undone
from imprint.storage import credentials, publishers
from imprint.storage.credentials import UsedToken

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.publishers.matching import Matched, Pin
    from imprint.publishers.publisher import TrustedPublisher
    from imprint.registry.context import Registry
    from imprint.registry.exchange.decision import Accepted, Asked
    from imprint.storage.packages import Package


class Minted(msgspec.Struct, frozen=True, kw_only=True):
    """A new credential; `secret` is shown once."""

    credential: PublishCredential
    secret: Secret
    matched: Matched


def mint(
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
        raise Undone(PINNED_AT_ONCE)
    if matched.relabel is not None:
        publishers.relabel(connection, publisher.id, matched.relabel, now=now)
    secret = make_secret(registry.random(32), SecretKind.PUBLISH_CREDENTIAL)
    credentials.add(connection, credential, token_hash=hash_of(secret))
    keep_minted(connection, asked, credential, matched, now=now)
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


def _used_at_once(asked: Asked) -> Refusal:
    return Refusal(
        code="already-used",
        message=f"the ID token was exchanged for `{asked.package}` already, at the same moment",
        hint="get a new ID token: run the job again",
    )


PINNED_AT_ONCE = Refusal(
    code="pinned-at-once",
    message="another run pinned this trusted publisher at the same moment",
    hint="run the job again: it is then compared by ids",
)
