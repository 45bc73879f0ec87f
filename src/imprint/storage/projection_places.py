"""Where projections are kept: a file, or a database. Not here: keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.storage.projection_file import FileProjections

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.storage.projections import KeptStore

MOST_BYTES: Final = 512 * 1024 * 1024
"""Of everything that is kept in one place."""


def open_projections(
    place: Path | str, *, secret: bytes, now: float, most_bytes: int = MOST_BYTES
) -> KeptStore:
    """Return the store in a file, or in the database of a `postgresql:` address.

    `now`, Unix seconds, is what the use of a row is dated with. Raises Malformed
    (`database-address`) for another address.
    """
    if isinstance(place, str):
        # SQLAlchemy takes long to import, and a person's own machine has no such database.
        from imprint.storage.projection_database import (  # noqa: PLC0415 - see above
            DatabaseProjections,
        )

        return DatabaseProjections(place, secret=secret, now=now, most_bytes=most_bytes)
    return FileProjections(place, secret=secret, now=now, most_bytes=most_bytes)
