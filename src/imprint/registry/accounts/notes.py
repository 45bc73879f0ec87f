"""Events about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.storage import events
from imprint.storage.events import Event

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.registry.context import Registry


def note_account(
    connection: Connection,
    registry: Registry,
    request: Request,
    kind: str,
    user: str,
    **data: object,
) -> None:
    """Record what happened to an account or one of its tokens."""
    event = Event(
        kind=kind,
        package=None,
        actor=user,
        address=request.address,
        at=registry.clock(),
        data={"user": user, **data},
    )
    events.record(connection, event)
