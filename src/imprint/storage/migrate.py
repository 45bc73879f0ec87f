"""Migrations: bringing a database to this version's tables, once, whoever starts first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import column

from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from imprint.storage.database import Database

HEAD = "0003"
"""The newest revision, here so that starting on a current database needs no Alembic (0.1 s)."""
KNOWN = frozenset({"0001", "0002", "0003"})
"""Every revision of this version's `migrations/versions`; a test holds both to the folder."""

_FOLDER = Path(__file__).parent / "migrations"
_VERSION_TABLE = table("alembic_version", column("version_num"))
_LOCK = 0x696D7072  # "impr": any number that no other program on the same database uses


def migrate(database: Database) -> tuple[str | None, str]:
    """Bring `database` to this version; returns its revisions before (None: empty) and after.

    All migrations are one transaction. Replicas that start together wait for the first one. Raises
    Malformed for a database of a newer version, Unavailable where it cannot be reached.
    """
    before = revision_of(database)
    if before == HEAD:
        return before, HEAD
    try:
        with database.writing() as connection:
            if not database.is_sqlite:
                # SQLite's write lock is held already; PostgreSQL lets the lock go with the
                # transaction.
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            before = _known_revision(connection)
            if before != HEAD:
                _upgrade(connection)
    except DBAPIError as err:
        raise _unreachable(err) from err
    return before, HEAD


def revision_of(database: Database) -> str | None:
    """Return the database's revision; None for an empty one.

    Raises Malformed for one of a newer version, Unavailable where it cannot be reached.
    """
    try:
        with database.reading() as connection:
            return _known_revision(connection)
    except DBAPIError as err:
        raise _unreachable(err) from err


def _known_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE.name):
        return None
    revision = connection.execute(select(_VERSION_TABLE.c.version_num)).scalar()
    if revision is None or revision in KNOWN:
        return revision
    raise Malformed(
        "database-newer",
        f"the database is of a newer version of imprint: its revision is {quoted(revision)},"
        f" this version knows `{HEAD}`",
        hint="start the version that made it, or a later one; a database is never taken back",
    )


def _upgrade(connection: Connection) -> None:
    # Alembic takes longer to import than a server to start, and is needed once in a version.
    from alembic import command  # noqa: PLC0415

    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415  (as above)

    config = Config()
    # A `%` in the folder's name would be read as an interpolation.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def _unreachable(err: DBAPIError) -> Unavailable:
    cause = str(err.orig).splitlines()[0] if err.orig is not None else "no answer"
    return Unavailable("database-unavailable", f"the database cannot be used: {quoted(cause)}")
