"""Whether somebody still answers for a package: an account that is disabled lends no trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Refusal
from imprint.storage import packages, publishers, users

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.publishers.publisher import TrustedPublisher
    from imprint.storage.packages import Package


def unable_owner(
    connection: Connection, package: Package | None, publisher: TrustedPublisher
) -> Refusal | None:
    """Return a refusal where every owner of the package is disabled (acceptance case H17).

    For a package that does not exist yet, its owner is who registered the pending publisher.
    """
    if package is not None:
        owners = packages.owners_of(connection, package.id)
        able = any(not owner.disabled for owner in owners)
    elif publisher.pending:
        owner_id = publishers.pending_owner(connection, publisher.id)
        user = None if owner_id is None else users.user_of_id(connection, owner_id)
        able = user is not None and user.disabled_at is None
    else:
        able = True  # A pattern that creates: an administrator answers for it.
    if able:
        return None
    return Refusal(
        code="no-able-owner",
        message="every account that owns this package is disabled",
        hint="an administrator of this registry can enable one, or set another owner",
    )
