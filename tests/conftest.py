"""A registry in this process, on SQLite; a test marked `stores` runs on PostgreSQL as well."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import fresh_database, running_postgres
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_address" not in metafunc.fixturenames:
        return
    if metafunc.definition.get_closest_marker("stores") is not None:
        metafunc.parametrize("database_address", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server, started when the first test of this process asks for it."""
    # Not below pytest's own folder: each run closes that to others, and PostgreSQL, which never
    # runs as root, may be one of them.
    folder = Path(tempfile.mkdtemp(prefix="imprint-postgres-"))
    with running_postgres(folder) as address:
        yield address


@pytest.fixture
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, which this test alone uses."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'imprint.sqlite3'}"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as address:
        yield address


@pytest.fixture
def world(database_address: str, tmp_path: Path) -> Iterator[World]:
    """A whole registry, with nobody in it yet."""
    with closing(World(tmp_path, database_address)) as opened:
        yield opened
