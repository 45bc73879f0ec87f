"""May a package of this name be made here? Reserved, unpublished, and too-similar names may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.names import canonical, is_reserved
from imprint.refusals import Refusal
from imprint.storage import packages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.npm.names import PackageName


def name_refusal(connection: Connection, name: PackageName) -> Refusal | None:
    """Return why no new package may take `name`, or None. The name itself is well formed."""
    if is_reserved(name):
        return Refusal(
            code="reserved-name", message=f"the name `{name}` is reserved: a Node.js module has it"
        )
    existing = packages.find(connection, str(name))
    if existing is not None and existing.unpublished_at is not None:
        return Refusal(
            code="name-unpublished",
            message=f"`{name}` was unpublished here: its name is not given again",
            hint="an administrator can restore it for its owners",
        )
    similar = packages.similar(connection, canonical(name), other_than=str(name))
    if similar is not None:
        return Refusal(
            code="name-too-similar",
            message=f"the name `{name}` is too similar to the package `{similar}`",
            hint="take a name that cannot be mistaken for it, or one in a scope",
        )
    return None
