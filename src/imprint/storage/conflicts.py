"""Insert, unless it is there: of several writers, the unique key decides who was first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Insert, Table


class InsertIfNew:
    """An INSERT that does nothing where a unique key is taken. Made once for each table."""

    def __init__(self, table: Table) -> None:
        """Prepare the statement for both engines."""
        self._sqlite = _counted(sqlite.insert(table).on_conflict_do_nothing())
        self._postgresql = _counted(postgresql.insert(table).on_conflict_do_nothing())

    def __call__(self, connection: Connection, values: Mapping[str, object]) -> bool:
        """Insert the row; False when another row has one of its unique keys."""
        is_sqlite = connection.dialect.name == "sqlite"
        statement = self._sqlite if is_sqlite else self._postgresql
        return connection.execute(statement, dict(values)).rowcount == 1


def _counted(statement: Insert) -> Insert:
    # Without this SQLAlchemy does not ask the driver how many rows an INSERT made.
    return statement.execution_options(preserve_rowcount=True)
