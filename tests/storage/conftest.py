"""Databases of tests: an address on each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import fresh_database, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as address:
        yield address


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.stores)],
)
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/imprint.sqlite3"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as address:
        yield address
