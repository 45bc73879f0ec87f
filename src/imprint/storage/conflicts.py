"""Insert, unless it is there: of several writers, the unique key decides who was first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Table


class InsertIfNew:
    """An INSERT that does nothing where a unique key is taken. Made once for each table."""

    def __init__(self, table: Table) -> None:
        """Prepare the statement for both engines."""
        on_postgresql = postgresql.insert(table).on_conflict_do_nothing()
        self._statement = Statement(
            sqlite.insert(table).on_conflict_do_nothing(),
            # Without this SQLAlchemy does not ask the driver how many rows an INSERT made.
            postgresql=on_postgresql.execution_options(preserve_rowcount=True),
        )

    def __call__(self, connection: Connection, values: Mapping[str, object]) -> bool:
        """Insert the row; False when another row has one of its unique keys."""
        return self._statement.run(connection, **values) == 1
