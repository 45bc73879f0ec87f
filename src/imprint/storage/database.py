"""Connections: reading and writing, on SQLite (WAL) and PostgreSQL, by one address.

A writing block is one transaction: all of it happens or nothing. On SQLite it takes the write lock
at its start (`BEGIN IMMEDIATE`), so that what it reads is what it changes; on PostgreSQL unique
keys, conditional updates and rows that are held (`packages.hold`) decide between concurrent
writers, and blocks must be written so.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from imprint.refusals import Malformed
from imprint.storage.statements import run_on_sqlite
from imprint.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

WRITE_WAIT_SECONDS = 5.0
"""How long a writer waits for another process to finish before it gives up."""


class Database:
    """One database, opened by its URL. Share it between threads; `close` it at the end."""

    def __init__(self, url: URL, *, readers: int = 8) -> None:
        """Prepare the engines; nothing is connected yet."""
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._reader = _sqlite_engine(url, size=readers)
            self._writer = _sqlite_engine(url, size=1)
        else:
            self._reader = create_engine(
                url, pool_size=readers, pool_pre_ping=True, hide_parameters=True
            )
            self._writer = self._reader
        # One writer per process on SQLite: waiting here is fair, waiting in SQLite is a lottery.
        self._one_writer = (
            Writer(self._writer, wait_seconds=2 * WRITE_WAIT_SECONDS) if self.is_sqlite else None
        )

    @classmethod
    def open(cls, address: str) -> Database:
        """Open `sqlite:///path`, `postgresql://…`; raises Malformed for any other."""
        url = database_url_of(address)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return cls(url)

    @property
    def engine(self) -> Engine:
        """The engine that migrations run on."""
        return self._writer

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from; nothing it does is kept."""
        with self._reader.connect() as connection:
            if self.is_sqlite:
                run_on_sqlite(connection, "BEGIN", {})
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that commits when the block ends without an error."""
        if self._one_writer is None:
            with self._writer.begin() as connection:
                yield connection
        else:
            with self._one_writer.block() as connection:
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()


def database_url_of(address: str) -> URL:
    """Return where a database is, and by what it is asked; nothing is made or connected.

    Raises Malformed (`database-address`).
    """
    try:
        url = make_url(address)
        backend = url.get_backend_name()
    except Exception as err:  # SQLAlchemy raises several kinds for an unreadable address
        raise _unknown_address() from err
    if backend == "sqlite" and url.database:
        return url
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise _unknown_address()


def _unknown_address() -> Malformed:
    return Malformed(
        "database-address",
        "the database address is none that imprint knows: it takes `sqlite:///FILE`"
        " or `postgresql://USER@HOST/NAME`",
    )


def _sqlite_engine(url: URL, *, size: int) -> Engine:
    # A statement that fails is logged: what it was given, hashes among it, is not.
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0 if size == 1 else size,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(WRITE_WAIT_SECONDS * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # A 201 for a publication must survive a power cut; WAL with NORMAL may lose the last ones.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine
