"""Publish credentials by their hash, the record of ID tokens used, and of exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from imprint.identity.records import workload_from_json, workload_to_json
from imprint.npm.names import PackageName
from imprint.publishers.credentials import PublishCredential
from imprint.publishers.storage_form import limits_from_json, limits_to_json
from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import credentials, exchanges, replays
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from sqlalchemy import Connection


class UsedToken(msgspec.Struct, frozen=True, kw_only=True):
    """That an ID token was exchanged: for which package, from where, into which credential."""

    package: str
    address: str
    credential_id: str
    used_at: float


class RecordedExchange(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange of a token whose signature was good, accepted or refused."""

    package: str
    issuer: str
    claims_digest: str
    outcome: str
    message: str
    compared: str
    publisher_id: str | None
    address: str
    user_agent: str
    at: float


_ADD = Statement(insert(credentials))
_RECORD = Statement(insert(exchanges))
_CLAIM = InsertIfNew(replays)
_FIND_BY_HASH = Statement(select(credentials).where(credentials.c.hash == bindparam("key")))
_FIND_BY_ID = Statement(select(credentials).where(credentials.c.id == bindparam("key")))
_FIND_USE = Statement(
    select(replays).where(
        replays.c.issuer == bindparam("issuer"),
        replays.c.replay_key == bindparam("replay_key"),
        replays.c.package_name == bindparam("package"),
    )
)
_SPEND = Statement(
    update(credentials).where(
        credentials.c.id == bindparam("key"),
        credentials.c.spent_at.is_(None),
        credentials.c.revoked_at.is_(None),
    )
)


def add(connection: Connection, credential: PublishCredential, *, token_hash: str) -> None:
    """Keep a credential."""
    _ADD.run(
        connection,
        id=credential.id,
        hash=token_hash,
        publisher_id=credential.publisher_id,
        publisher_revision=credential.publisher_revision,
        package_name=str(credential.package),
        package_id=credential.package_id,
        limits=limits_to_json(credential.limits),
        workload=workload_to_json(credential.workload),
        stage_only=credential.stage_only,
        dist_tag_only=credential.dist_tag_only,
        version=credential.version,
        sha512=credential.sha512,
        claims_digest=credential.claims_digest,
        address=credential.address,
        created_at=credential.created_at,
        expires_at=credential.expires_at,
    )


def find(connection: Connection, token_hash: str) -> PublishCredential | None:
    """Return the credential of that hash, spent and expired ones too."""
    return _one(connection, _FIND_BY_HASH, token_hash)


def find_by_id(connection: Connection, credential_id: str) -> PublishCredential | None:
    """Return the credential of that id."""
    return _one(connection, _FIND_BY_ID, credential_id)


def spend(connection: Connection, credential_id: str, *, version: str, now: float) -> bool:
    """Use up a credential's one publication; False when it was used up or revoked before."""
    return _SPEND.run(connection, key=credential_id, spent_version=version, spent_at=now) == 1


def revoke(connection: Connection, credential_id: str, *, now: float) -> bool:
    """Revoke a credential; False when it was revoked before."""
    result = connection.execute(
        update(credentials)
        .where(credentials.c.id == credential_id, credentials.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return result.rowcount == 1


def count_live(connection: Connection, package: str, *, now: float) -> int:
    """Return how many credentials of a package could still publish."""
    query = select(credentials.c.id).where(
        credentials.c.package_name == package,
        credentials.c.expires_at > now,
        credentials.c.spent_at.is_(None),
        credentials.c.revoked_at.is_(None),
    )
    return len(connection.execute(query).all())


def find_use(
    connection: Connection, *, issuer: str, replay_key: str, package: str
) -> UsedToken | None:
    """Return how a token was used; `package` is '' for issuers of one token for each request."""
    row = _FIND_USE.first(connection, issuer=issuer, replay_key=replay_key, package=package)
    if row is None:
        return None
    return UsedToken(
        package=row.package_name,
        address=row.address,
        credential_id=row.credential_id,
        used_at=row.used_at,
    )


def claim_use(
    connection: Connection,
    *,
    issuer: str,
    replay_key: str,
    use: UsedToken,
    expires_at: float,
) -> bool:
    """Record that a token is used now; False when another exchange was first."""
    return _CLAIM(
        connection,
        {
            "issuer": issuer,
            "replay_key": replay_key,
            "package_name": use.package,
            "credential_id": use.credential_id,
            "address": use.address,
            "used_at": use.used_at,
            "expires_at": expires_at,
        },
    )


def replace_use(
    connection: Connection, *, issuer: str, replay_key: str, package: str, old: str, new: str
) -> bool:
    """Let a token's record point at a later credential; False when it does not point at `old`."""
    result = connection.execute(
        update(replays)
        .where(
            replays.c.issuer == issuer,
            replays.c.replay_key == replay_key,
            replays.c.package_name == package,
            replays.c.credential_id == old,
        )
        .values(credential_id=new)
    )
    return result.rowcount == 1


def record_exchange(connection: Connection, exchange: RecordedExchange) -> None:
    """Keep what was decided on an exchange."""
    _RECORD.run(
        connection,
        package_name=exchange.package,
        issuer=exchange.issuer,
        claims_digest=exchange.claims_digest,
        outcome=exchange.outcome,
        message=exchange.message,
        compared=exchange.compared,
        publisher_id=exchange.publisher_id,
        address=exchange.address[:64],
        user_agent=exchange.user_agent[:300],
        at=exchange.at,
    )


def purge(connection: Connection, *, now: float, keep_seconds: float) -> tuple[int, int]:
    """Remove replay records and credentials that cannot matter any more; returns how many.

    Credentials stay `keep_seconds` past their end, so that who uses one late is told why.
    """
    replayed = connection.execute(delete(replays).where(replays.c.expires_at < now)).rowcount
    gone = delete(credentials).where(credentials.c.expires_at < now - keep_seconds)
    return replayed, connection.execute(gone).rowcount


def _one(connection: Connection, statement: Statement, key: str) -> PublishCredential | None:
    row = statement.first(connection, key=key)
    if row is None:
        return None
    return PublishCredential(
        id=row.id,
        publisher_id=row.publisher_id,
        publisher_revision=row.publisher_revision,
        package=PackageName.parse(row.package_name),
        package_id=row.package_id,
        limits=limits_from_json(row.limits),
        workload=workload_from_json(row.workload),
        stage_only=row.stage_only,
        dist_tag_only=row.dist_tag_only,
        version=row.version,
        sha512=row.sha512,
        claims_digest=row.claims_digest,
        address=row.address,
        created_at=row.created_at,
        expires_at=row.expires_at,
        spent_version=row.spent_version,
        revoked_at=row.revoked_at,
    )
