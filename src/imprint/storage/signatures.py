"""Registry signatures of versions that are there: which lack one, and setting a new one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, or_, select, update

from imprint.storage.schema import packages, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection


class SignedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What of a version is signed, and with which signatures it is there now."""

    id: int
    package_id: str
    package_name: str
    version: str
    dist: bytes
    sha512: str
    signatures: bytes | None
    published_at: float


def not_signed_with(
    connection: Connection,
    key_id: str,
    *,
    after: int = 0,
    limit: int = 500,
    only_unsigned: bool = False,
) -> tuple[SignedVersion, ...]:
    """Return served versions with ids above `after` whose newest signature is not this key's.

    `only_unsigned` leaves out those that have one of another key.
    """
    query = (
        select(
            versions.c.id,
            versions.c.package_id,
            packages.c.name.label("package_name"),
            versions.c.version,
            versions.c.dist,
            versions.c.sha512,
            versions.c.signatures,
            versions.c.published_at,
        )
        .join(packages, packages.c.id == versions.c.package_id)
        .where(_is_unsigned() if only_unsigned else _is_due(key_id), versions.c.id > after)
        .order_by(versions.c.id)
        .limit(limit)
    )
    return tuple(SignedVersion(**row) for row in connection.execute(query).mappings())


def count_not_signed_with(connection: Connection, key_id: str) -> int:
    """Return how many served versions `not_signed_with` has in all."""
    query = select(func.count()).select_from(versions).where(_is_due(key_id))
    return int(connection.execute(query).scalar() or 0)


def count_by_key(connection: Connection) -> Mapping[str | None, int]:
    """Return the number of served versions by the key of their newest signature; None: unsigned."""
    query = (
        select(versions.c.signed_with, func.count().label("versions"))
        .where(versions.c.unpublished_at.is_(None))
        .group_by(versions.c.signed_with)
    )
    return Counter({row.signed_with: int(row.versions) for row in connection.execute(query)})


def replace(
    connection: Connection, version_id: int, *, signatures: bytes, signed_with: str
) -> None:
    """Give a version these signatures. The package's generation is the caller's to raise."""
    connection.execute(
        update(versions)
        .where(versions.c.id == version_id)
        .values(signatures=signatures, signed_with=signed_with)
    )


def changed(connection: Connection, package_ids: Iterable[str]) -> None:
    """Say that what is served of these packages has changed; when they were modified has not."""
    _raise_generation(connection, packages.c.id.in_(sorted(set(package_ids))))


def changed_since(connection: Connection, published: float) -> None:
    """Say so of every package with a signed version that was published since then."""
    touched = select(versions.c.package_id).where(
        versions.c.published_at >= published, versions.c.signed_with.is_not(None)
    )
    _raise_generation(connection, packages.c.id.in_(touched))


def _raise_generation(connection: Connection, condition: ColumnElement[bool]) -> None:
    # Not `changed_at`: clients that read what was modified since then have nothing to fetch.
    connection.execute(
        update(packages).where(condition).values(generation=packages.c.generation + 1)
    )


def _is_due(key_id: str) -> ColumnElement[bool]:
    other = or_(versions.c.signed_with.is_(None), versions.c.signed_with != key_id)
    return other & versions.c.unpublished_at.is_(None)


def _is_unsigned() -> ColumnElement[bool]:
    return versions.c.signed_with.is_(None) & versions.c.unpublished_at.is_(None)
