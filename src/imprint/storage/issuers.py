"""The issuers that an administrator registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select, update

from imprint.identity.workload import Provider
from imprint.storage.schema import issuers
from imprint.tokens.issuers import Issuer, ReplayMode

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from imprint.storage.statements import Row


class RegisteredIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer with its row id and whether it is switched off."""

    id: int
    issuer: Issuer
    disabled_at: float | None


def add(connection: Connection, issuer: Issuer, *, now: float) -> int:
    """Register an issuer; raises IntegrityError when its name or URL is taken."""
    result = connection.execute(
        insert(issuers).values(
            name=issuer.name,
            url=issuer.url,
            provider=issuer.provider.value,
            algorithms=msgspec.json.encode(issuer.algorithms).decode(),
            audiences=msgspec.json.encode(issuer.audiences).decode(),
            replay=issuer.replay.value,
            maximum_lifetime_seconds=issuer.maximum_lifetime_seconds,
            created_at=now,
        )
    )
    key = result.inserted_primary_key
    return int(key[0]) if key is not None else 0


def find_by_url(connection: Connection, url: str) -> RegisteredIssuer | None:
    """Return the issuer whose URL is exactly `url`."""
    return _one(connection, issuers.c.url == url)


def find_by_name(connection: Connection, name: str) -> RegisteredIssuer | None:
    """Return the issuer of that name."""
    return _one(connection, issuers.c.name == name)


def of_provider(connection: Connection, provider: Provider) -> tuple[RegisteredIssuer, ...]:
    """Return the issuers of one CI provider, oldest first."""
    query = select(issuers).where(issuers.c.provider == provider.value).order_by(issuers.c.id)
    return tuple(_registered(row) for row in connection.execute(query))


def list_all(connection: Connection) -> tuple[RegisteredIssuer, ...]:
    """Return every issuer, by name."""
    rows = connection.execute(select(issuers).order_by(issuers.c.name))
    return tuple(_registered(row) for row in rows)


def set_disabled(connection: Connection, name: str, *, at: float | None) -> bool:
    """Switch an issuer off (None: on); False when there is none of that name."""
    result = connection.execute(
        update(issuers).where(issuers.c.name == name).values(disabled_at=at)
    )
    return result.rowcount == 1


def _one(connection: Connection, condition: ColumnElement[bool]) -> RegisteredIssuer | None:
    row = connection.execute(select(issuers).where(condition)).first()
    return None if row is None else _registered(row)


def _registered(row: Row) -> RegisteredIssuer:
    return RegisteredIssuer(id=row.id, disabled_at=row.disabled_at, issuer=issuer_of(row))


def issuer_of(row: Row) -> Issuer:
    """Return the issuer of a row that has all columns of `issuers`."""
    return Issuer(
        name=row.name,
        url=row.url,
        provider=Provider(row.provider),
        algorithms=tuple(msgspec.json.decode(row.algorithms, type=list[str])),
        audiences=tuple(msgspec.json.decode(row.audiences, type=list[str])),
        replay=ReplayMode(row.replay),
        maximum_lifetime_seconds=row.maximum_lifetime_seconds,
    )
