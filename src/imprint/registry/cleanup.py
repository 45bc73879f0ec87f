"""Clean-up, every few minutes: what cannot matter any more goes, and who is concerned is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.packument import iso
from imprint.storage import credentials, events, outbox, pending
from imprint.storage.events import Event, Mail

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.registry.context import Registry
    from imprint.storage.pending import PendingPublisher

KEEP_SECONDS = 86_400.0
"""How long an expired credential is remembered, so that who uses it late is told why."""
REMIND_SECONDS = 5 * 86_400.0
"""How long before its end the owner of a pending publisher is reminded (PyPI: 5 of 30 days)."""


class CleanedUp(msgspec.Struct, frozen=True, kw_only=True):
    """How much was done; all zero is the usual answer."""

    replays: int
    credentials: int
    expired: int
    """Pending publishers that were removed."""
    reminded: int
    """Owners who were told that theirs ends soon."""


def clean_up(registry: Registry) -> CleanedUp:
    """Remove expired replay records, credentials and pending publishers; remind, once each.

    One transaction; several replicas may do it at once. Acceptance cases G06, H18, J06.
    """
    now = registry.clock()
    with registry.database.writing() as connection:
        replays, gone = credentials.purge(connection, now=now, keep_seconds=KEEP_SECONDS)
        expired = sum(
            _expire(connection, publisher, now=now)
            for publisher in pending.expiring(connection, before=now)
        )
        reminded = sum(
            _remind(connection, publisher, now=now)
            for publisher in pending.expiring(connection, before=now + REMIND_SECONDS)
        )
    return CleanedUp(replays=replays, credentials=gone, expired=expired, reminded=reminded)


def _expire(connection: Connection, publisher: PendingPublisher, *, now: float) -> bool:
    if not pending.remove(connection, publisher.id):
        return False
    _tell(connection, "pending-publisher-expired", publisher, now=now)
    return True


def _remind(connection: Connection, publisher: PendingPublisher, *, now: float) -> bool:
    key = f"pending-publisher-expiring:{publisher.id}"
    if publisher.email is None or outbox.was_told(connection, key):
        return False
    _tell(connection, "pending-publisher-expiring", publisher, now=now, once_key=key)
    return True


def _tell(
    connection: Connection,
    kind: str,
    publisher: PendingPublisher,
    *,
    now: float,
    once_key: str | None = None,
) -> None:
    data: dict[str, object] = {
        "publisher.id": publisher.id,
        "package": publisher.package,
        "expires": iso(publisher.expires_at),
    }
    mails: tuple[Mail, ...] = ()
    if publisher.email is not None:
        mail = Mail(recipient=publisher.email, template=kind, data=data, once_key=once_key)
        mails = (mail,)
    event = Event(
        kind=kind, package=publisher.package, actor="imprint", address="", at=now, data=data
    )
    events.record(connection, event, mails)
