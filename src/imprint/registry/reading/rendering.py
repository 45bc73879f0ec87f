"""From rows to the parts that a packument is rendered of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.packument import PackumentParts, PackumentVersion
from imprint.storage import packages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.storage.packages import Package


def parts_of(connection: Connection, package: Package, *, public_url: str) -> PackumentParts:
    """Return everything a packument of `package` is made of."""
    owners = packages.owners_of(connection, package.id)
    return PackumentParts(
        name=package.name,
        revision=f"{package.generation}-{package.id.replace('-', '')}",
        dist_tags=packages.tags_of(connection, package.id),
        versions=tuple(
            PackumentVersion(
                version=row.version,
                full=row.full,
                corgi=row.corgi,
                dist=row.dist,
                npm_user=row.npm_user,
                deprecated=row.deprecated,
                published_at=row.published_at,
            )
            for row in packages.versions_of(connection, package.id)
        ),
        created_at=package.created_at,
        modified_at=package.changed_at,
        readme=package.readme,
        maintainers=msgspec.json.encode(
            [{"name": owner.name, "email": owner.email or ""} for owner in owners]
        ),
        base_url=public_url,
    )
