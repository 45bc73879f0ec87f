"""Statements of the hot paths: built once, and on SQLite run by its driver itself.

SQLAlchemy takes about 30 us to run a ready-made statement that SQLite runs in 4, and all writers of
a process wait for each other (benchmarks/exchange.py). On PostgreSQL a statement is a round trip,
and SQLAlchemy runs it.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Boolean, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Delete, Insert, Update

    Row: TypeAlias = Any
    """A row: a column's value under its name, and all of them by `_asdict()`."""

_DIALECT = sqlite.dialect(paramstyle="named")


class Statement:
    """A statement with its parameters by name. Made at import, for SQLite compiled at first use."""

    def __init__(
        self,
        statement: Select[Any] | Insert | Update | Delete,
        *,
        postgresql: Select[Any] | Insert | None = None,
    ) -> None:
        """Take a statement; `postgresql` is what PostgreSQL gets where its syntax differs."""
        self._statement = statement
        self._postgresql = statement if postgresql is None else postgresql
        # By the names of the parameters: they say which columns an INSERT or UPDATE sets.
        self._compiled: dict[tuple[str, ...], tuple[str, dict[str, object]]] = {}
        self._row = (
            _row_of(list(statement.selected_columns)) if isinstance(statement, Select) else None
        )

    def all(self, connection: Connection, **parameters: object) -> list[Row]:
        """Return every row."""
        if self._row is None or not is_sqlite(connection):
            return list(connection.execute(self._postgresql, parameters))
        rows = self._run(connection, parameters).fetchall()
        return [self._row(row) for row in rows]

    def first(self, connection: Connection, **parameters: object) -> Row | None:
        """Return the first row, if there is one."""
        if self._row is None or not is_sqlite(connection):
            return connection.execute(self._postgresql, parameters).first()
        row = self._run(connection, parameters).fetchone()
        return None if row is None else self._row(row)

    def run(self, connection: Connection, **parameters: object) -> int:
        """Return how many rows were written."""
        if is_sqlite(connection):
            return self._run(connection, parameters).rowcount
        return connection.execute(self._postgresql, parameters).rowcount

    def insert(self, connection: Connection, **parameters: object) -> int:
        """Return the row id that the database gave to the new row."""
        if is_sqlite(connection):
            return self._run(connection, parameters).lastrowid or 0
        key = connection.execute(self._postgresql, parameters).inserted_primary_key
        return 0 if key is None else int(key[0])

    def _run(self, connection: Connection, parameters: Mapping[str, object]) -> sqlite3.Cursor:
        names = tuple(parameters)
        compiled = self._compiled.get(names)
        if compiled is None:
            compiled = self._compiled[names] = self._compile(names)
        text, constants = compiled
        return run_on_sqlite(connection, text, {**constants, **parameters})

    def _compile(self, names: tuple[str, ...]) -> tuple[str, dict[str, object]]:
        compiled = self._statement.compile(dialect=_DIALECT, column_keys=list(names))
        return str(compiled), {n: v for n, v in compiled.params.items() if n not in names}


def is_sqlite(connection: Connection) -> bool:
    """Whether statements go to SQLite."""
    return connection.dialect.name == "sqlite"


def run_on_sqlite(
    connection: Connection, text: str, parameters: Mapping[str, object]
) -> sqlite3.Cursor:
    """Run `text` by SQLite's own connection; raises as SQLAlchemy does."""
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # by its dialect
    try:
        return driver.execute(text, parameters)
    except sqlite3.Error as err:
        # Without the parameters: a token's hash may be among them.
        raise DBAPIError.instance(
            text, None, err, sqlite3.Error, hide_parameters=True, dialect=_DIALECT
        ) from err


def _row_of(columns: Sequence[ColumnElement[Any]]) -> Callable[[Iterable[Any]], Row]:
    """Return what makes a row of what the driver fetched; to SQLite a boolean is a number."""
    names = [str(column.key) for column in columns]
    row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  (made at run time)
    make: Callable[[Iterable[Any]], Row] = row._make
    booleans = [i for i, column in enumerate(columns) if isinstance(column.type, Boolean)]
    if not booleans:
        return make

    def with_booleans(fetched: Iterable[Any]) -> Row:
        values = list(fetched)
        for index in booleans:
            values[index] = None if values[index] is None else bool(values[index])
        return make(values)

    return with_booleans
