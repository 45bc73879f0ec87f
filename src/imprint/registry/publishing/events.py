"""What a publication tells: an event, and mails where somebody should look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.registry.mails import mails_to_owners
from imprint.storage import events
from imprint.storage.events import Event, Mail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.registry.context import Registry
    from imprint.registry.publishing.authorisation import Authorised
    from imprint.registry.publishing.preparation import Prepared


def note_publication(
    registry: Registry,
    connection: Connection,
    request: Request,
    prepared: Prepared,
    authorised: Authorised,
) -> None:
    """Record that a version was published or staged, and what is odd about it."""
    name, version, credential = prepared.name, prepared.version, authorised.credential
    data: dict[str, object] = {
        "version": version,
        "by": authorised.by,
        "sha512": prepared.digests.sha512,
        "dist_tags": list(prepared.dist_tags),
    }
    if authorised.publication.provenance is not None:
        data["provenance"] = authorised.publication.provenance.domain

    def note(kind: str, about: dict[str, object], mails: Iterable[Mail] = ()) -> None:
        event = Event(
            kind=kind,
            package=str(name),
            actor=authorised.by,
            address=request.address,
            at=registry.clock(),
            data=about,
        )
        events.record(connection, event, mails)

    kind = "version-staged" if authorised.stages else "version-published"
    note(kind, data, mails_to_owners(connection, name, template=kind, data=data))
    if credential is not None and credential.address != request.address:
        about: dict[str, object] = {
            "version": version,
            "exchange_address": credential.address,
            "publish_address": request.address,
        }
        mails = mails_to_owners(connection, name, template="address-changed", data=about)
        note("address-changed", about, mails)
    if authorised.token is not None and authorised.has_publisher:
        about = {"version": version, "token": authorised.token.shown}
        mails = mails_to_owners(
            connection,
            name,
            template="token-beside-publisher",
            data=about,
            once_key=f"token-beside-publisher:{authorised.token.id}:{name}",
        )
        note("token-beside-publisher", about, mails)
    if authorised.after_refused_exchange is not None:
        about = {"version": version, "exchange": authorised.after_refused_exchange.message}
        mails = mails_to_owners(
            connection, name, template="token-after-failed-exchange", data=about
        )
        note("token-after-failed-exchange", about, mails)
