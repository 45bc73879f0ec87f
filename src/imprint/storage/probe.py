"""Does the database answer? For orchestrators and `imprint admin check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from imprint.refusals import Unavailable

if TYPE_CHECKING:
    from imprint.storage.database import Database


def probe(database: Database) -> None:
    """Return when the database answers; raises Unavailable when it does not."""
    try:
        with database.reading() as connection:
            connection.execute(select(literal(1)))
    except SQLAlchemyError as err:
        raise Unavailable("database-unavailable", "the database does not answer") from err
