"""Publications of a package: who, how, when. Without the versions' documents, which are large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from imprint.storage.schema import versions

if TYPE_CHECKING:
    from sqlalchemy import Connection


class RecordedPublication(msgspec.Struct, frozen=True, kw_only=True):
    """One version's row of the timeline; `evidence` is publishers.publications' recorded form."""

    id: int
    version: str
    sha512: str
    evidence: str
    signatures: bytes | None
    """JSON: `dist.signatures`."""
    published_at: float
    unpublished_at: float | None


def newest(
    connection: Connection, package_id: str, *, before: int | None, limit: int
) -> tuple[RecordedPublication, ...]:
    """Return the publications with ids below `before`, unpublished ones too, newest first."""
    query = (
        select(
            versions.c.id,
            versions.c.version,
            versions.c.sha512,
            versions.c.evidence,
            versions.c.signatures,
            versions.c.published_at,
            versions.c.unpublished_at,
        )
        .where(versions.c.package_id == package_id)
        .order_by(versions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(versions.c.id < before)
    rows = connection.execute(query).mappings()
    return tuple(RecordedPublication(**row) for row in rows)
