"""A registry in this process, on SQLite; a test marked `stores` runs on PostgreSQL as well."""

from __future__ import annotations

import faulthandler
import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imprint.storage.database import Database
from imprint.storage.migrate import migrate
from tests.support.postgres import fresh_database, running_postgres
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


END_SECONDS = 120
"""How long a process may take to end when its tests have."""


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End a process that a thread of some test keeps from ending, and say where it stands.

    No timeout of a test sees that: Python waits for such threads without end.
    """
    if sys.__stderr__ is not None:
        faulthandler.dump_traceback_later(END_SECONDS, exit=True, file=sys.__stderr__)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" in metafunc.fixturenames and metafunc.definition.get_closest_marker("stores"):
        metafunc.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Which engine the test runs on."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server, started when the first test of this process asks for it."""
    # Not below pytest's own folder: each run closes that to others, and PostgreSQL, which never
    # runs as root, may be one of them.
    folder = Path(tempfile.mkdtemp(prefix="imprint-postgres-"))
    with running_postgres(folder) as address:
        yield address


@pytest.fixture
def database_address(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, which this test alone uses."""
    if store == "sqlite":
        yield f"sqlite:///{tmp_path / 'imprint.sqlite3'}"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as address:
        yield address


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A current SQLite database, to be copied: migrating one takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "imprint.sqlite3"
    with closing(Database.open(f"sqlite:///{path}")) as database:
        migrate(database)
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    """The address of a current PostgreSQL database, to be copied."""
    with fresh_database(postgres_server) as address:
        with closing(Database.open(address)) as database:
            migrate(database)
        yield address


@pytest.fixture
def migrated_address(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Iterator[str]:
    """The address of a current database with nothing in it, which this test alone uses."""
    if store == "sqlite":
        path = tmp_path / "imprint.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("migrated_template")
    with fresh_database(server, template=template) as address:
        yield address


@pytest.fixture
def world(migrated_address: str, tmp_path: Path) -> Iterator[World]:
    """A whole registry, with nobody in it yet."""
    with closing(World(tmp_path, migrated_address)) as opened:
        yield opened
