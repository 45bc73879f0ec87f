"""What waits to be told. Not here: writing it, which happens with the event it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from imprint.storage.schema import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


class WaitingMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that was not sent yet."""

    id: int
    event_id: int
    recipient: str
    template: str
    data: Mapping[str, object]
    created_at: float


def waiting(connection: Connection, *, since: int = 0, limit: int = 100) -> tuple[WaitingMail, ...]:
    """Return the mails after the id `since` that wait, oldest first."""
    query = (
        select(outbox)
        .where(outbox.c.sent_at.is_(None), outbox.c.id > since)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return tuple(
        WaitingMail(
            id=row.id,
            event_id=row.event_id,
            recipient=row.recipient,
            template=row.template,
            data=msgspec.json.decode(row.data),
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    )


def was_told(connection: Connection, once_key: str) -> bool:
    """Whether there ever was a mail of this key, sent or waiting."""
    query = select(outbox.c.id).where(outbox.c.once_key == once_key)
    return connection.execute(query).first() is not None
