"""Staged versions: complete, checked, and waiting for somebody's approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, insert, select, update

from imprint.storage.schema import publishers, staged

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row


class StagedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version that waits; `reason` is `requested` (npm stage) or `first-use` (a new pin)."""

    id: str
    package_name: str
    version: str
    dist_tags: tuple[str, ...]
    full: bytes
    corgi: bytes
    dist: bytes
    npm_user: bytes | None
    readme: str
    sha256: str
    sha512: str
    shasum: str
    size_bytes: int
    access: str | None
    body_digest: str
    evidence: str
    bundle: bytes | None
    reason: str
    actor: str
    actor_type: str
    publisher_id: str | None
    created_at: float
    status: str = "waiting"
    decided_at: float | None = None
    decided_by: str | None = None


class Stager(msgspec.Struct, frozen=True, kw_only=True):
    """Who stages: a trusted publisher, or a user by name."""

    publisher_id: str | None
    user: str | None


def add(connection: Connection, version: StagedVersion) -> None:
    """Keep a staged version."""
    values = {name: getattr(version, name) for name in StagedVersion.__struct_fields__}
    values["dist_tags"] = msgspec.json.encode(version.dist_tags).decode()
    connection.execute(insert(staged).values(**values))


def find(connection: Connection, staged_id: str) -> StagedVersion | None:
    """Return the staged version of that id, decided or not."""
    row = connection.execute(select(staged).where(staged.c.id == staged_id)).first()
    return None if row is None else _staged(row)


def waiting_of(
    connection: Connection, package: str, version: str, *, by: Stager | None = None
) -> StagedVersion | None:
    """Return the newest one of `package@version` that still waits, of all or `by` one alone."""
    query = (
        select(staged)
        .where(
            staged.c.package_name == package,
            staged.c.version == version,
            staged.c.status == "waiting",
        )
        .order_by(staged.c.created_at.desc())
    )
    if by is not None:
        query = query.where(_is_by(by))
    row = connection.execute(query).first()
    return None if row is None else _staged(row)


def page(
    connection: Connection, packages: tuple[str, ...], *, offset: int, limit: int
) -> tuple[tuple[StagedVersion, ...], int]:
    """Return a page of what waits among `packages`, oldest first, and how many there are."""
    condition = (staged.c.status == "waiting") & staged.c.package_name.in_(packages)
    total = connection.execute(select(func.count()).select_from(staged).where(condition)).scalar()
    query = (
        select(staged).where(condition).order_by(staged.c.created_at).offset(offset).limit(limit)
    )
    return tuple(_staged(row) for row in connection.execute(query)), int(total or 0)


def names_to_be_owned_by(connection: Connection, user_id: int) -> tuple[str, ...]:
    """Return the names with waiting versions that a user's pending publishers would create."""
    query = (
        select(staged.c.package_name)
        .join(publishers, publishers.c.id == staged.c.publisher_id)
        .where(
            staged.c.status == "waiting",
            publishers.c.pending,
            publishers.c.owner_user_id == user_id,
        )
        .distinct()
    )
    return tuple(str(row.package_name) for row in connection.execute(query))


def decide(connection: Connection, staged_id: str, *, status: str, by: str, now: float) -> bool:
    """Approve or reject; False when somebody decided before."""
    result = connection.execute(
        update(staged)
        .where(staged.c.id == staged_id, staged.c.status == "waiting")
        .values(status=status, decided_at=now, decided_by=by)
    )
    return result.rowcount == 1


def reject_others(connection: Connection, package: str, *, by: Stager, now: float) -> int:
    """Reject what others staged for a name that `by` has now; returns how many there were."""
    result = connection.execute(
        update(staged)
        .where(staged.c.package_name == package, staged.c.status == "waiting", ~_is_by(by))
        .values(status="rejected", decided_at=now, decided_by="imprint")
    )
    return result.rowcount


def _is_by(who: Stager) -> ColumnElement[bool]:
    if who.publisher_id is not None:
        return staged.c.publisher_id.is_not_distinct_from(who.publisher_id)
    return staged.c.publisher_id.is_(None) & (staged.c.actor == who.user)


def _staged(row: Row[tuple[object, ...]]) -> StagedVersion:
    values = dict(row._mapping)
    tags = msgspec.json.decode(values.pop("dist_tags"), type=list[str])
    return StagedVersion(dist_tags=tuple(tags), **values)
