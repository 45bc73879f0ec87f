"""Mails to the owners of a package, as rows of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.storage import packages
from imprint.storage.events import Mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from imprint.npm.names import PackageName


def mails_to_owners(
    connection: Connection,
    name: PackageName,
    *,
    template: str,
    data: Mapping[str, object],
    once_key: str | None = None,
) -> tuple[Mail, ...]:
    """Return a mail for each owner who has an address; none where the package does not exist."""
    package = packages.find(connection, str(name))
    if package is None:
        return ()
    return tuple(
        Mail(
            recipient=owner.email,
            template=template,
            data={"package": str(name), **data},
            once_key=None if once_key is None else f"{once_key}:{owner.user_id}",
        )
        for owner in packages.owners_of(connection, package.id)
        if owner.email
    )
