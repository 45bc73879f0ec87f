"""What happened (events) and what is to be told (outbox), kept with the change they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select

from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import events, outbox
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `kind` has a page (`imprint explain`)."""

    kind: str
    package: str | None
    actor: str
    address: str
    at: float
    data: Mapping[str, object]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to be sent. With `once_key`, only the first of that key is ever kept."""

    recipient: str
    template: str
    data: Mapping[str, object]
    once_key: str | None = None


_RECORD = Statement(insert(events))
_ENQUEUE = InsertIfNew(outbox)


def record(connection: Connection, event: Event, mails: Iterable[Mail] = ()) -> int:
    """Keep `event` and what is to be told of it; returns the event's id."""
    event_id = _RECORD.insert(
        connection,
        kind=event.kind,
        package_name=event.package,
        actor=event.actor[:300],
        address=event.address[:64],
        data=msgspec.json.encode(event.data).decode(),
        at=event.at,
    )
    for mail in mails:
        _enqueue(connection, mail, event_id=event_id, now=event.at)
    return event_id


def _enqueue(connection: Connection, mail: Mail, *, event_id: int, now: float) -> None:
    _ENQUEUE(
        connection,
        {
            "event_id": event_id,
            "channel": "mail",
            "recipient": mail.recipient,
            "template": mail.template,
            "once_key": mail.once_key,
            "data": msgspec.json.encode(mail.data).decode(),
            "created_at": now,
        },
    )


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place in the order of things."""

    id: int
    event: Event


def since(
    connection: Connection, cursor: int, *, package: str | None = None, limit: int = 100
) -> tuple[RecordedEvent, ...]:
    """Return the events after `cursor`, oldest first."""
    query = select(events).where(events.c.id > cursor).order_by(events.c.id).limit(limit)
    if package is not None:
        query = query.where(events.c.package_name == package)
    return tuple(
        RecordedEvent(
            id=row.id,
            event=Event(
                kind=row.kind,
                package=row.package_name,
                actor=row.actor,
                address=row.address,
                at=row.at,
                data=msgspec.json.decode(row.data),
            ),
        )
        for row in connection.execute(query)
    )
