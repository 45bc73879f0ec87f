"""Pending publishers by the end of their life: for clean-up alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, select

from imprint.storage.schema import publishers, users

if TYPE_CHECKING:
    from sqlalchemy import Connection


class PendingPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher whose package does not exist yet, and whose package it would be."""

    id: str
    package: str
    expires_at: float
    owner: str | None
    email: str | None


def expiring(connection: Connection, *, before: float) -> tuple[PendingPublisher, ...]:
    """Return the pending publishers that live no longer than `before`, the next to end first."""
    query = (
        select(
            publishers.c.id,
            publishers.c.target,
            publishers.c.expires_at,
            users.c.name,
            users.c.email,
        )
        .join(users, users.c.id == publishers.c.owner_user_id, isouter=True)
        .where(publishers.c.pending, publishers.c.expires_at < before)
        .order_by(publishers.c.expires_at, publishers.c.id)
    )
    return tuple(
        PendingPublisher(
            id=row.id,
            package=row.target,
            expires_at=row.expires_at,
            owner=row.name,
            email=row.email,
        )
        for row in connection.execute(query)
    )


def remove(connection: Connection, publisher_id: str) -> bool:
    """Remove a pending publisher; False when it has become a real one, or is gone."""
    result = connection.execute(
        delete(publishers).where(publishers.c.id == publisher_id, publishers.c.pending)
    )
    return result.rowcount == 1
