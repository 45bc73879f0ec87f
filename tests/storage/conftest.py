"""A current database, and what most rows of it need to point at."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from imprint.storage import issuers, packages, users
from imprint.storage.database import Database
from tests.support.publishers import BUILDS, CIRCLECI, GITHUB, GITLAB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

NOW = 1_795_000_000.0


@pytest.fixture
def current(migrated_address: str) -> Iterator[Database]:
    """A current database with nothing in it."""
    with closing(Database.open(migrated_address)) as opened:
        yield opened


@pytest.fixture
def writing(
    current: Database, issuer_ids: dict[str, int], people: dict[str, int], widget: str
) -> Iterator[Connection]:
    """A writing block, which ends with the test; what rows point at is there before it begins."""
    with current.writing() as connection:
        yield connection


@pytest.fixture
def issuer_ids(current: Database) -> dict[str, int]:
    """The row ids of the issuers of `tests.support.publishers`, by name."""
    with current.writing() as connection:
        return {
            issuer.name: issuers.add(connection, issuer, now=NOW)
            for issuer in (GITHUB, GITLAB, CIRCLECI, BUILDS)
        }


@pytest.fixture
def people(current: Database) -> dict[str, int]:
    """The row ids of three users, by name."""
    with current.writing() as connection:
        return {
            name: users.add_user(
                connection,
                name=name,
                email=f"{name}@acme.example.test",
                password_hash=None,
                is_admin=False,
                now=NOW,
            )
            for name in ("ada", "ben", "cleo")
        }


@pytest.fixture
def widget(current: Database, people: dict[str, int]) -> str:
    """The id of the package `@acme/widget`, which ada owns."""
    package_id = "00000000-0000-4000-8000-000000000001"
    with current.writing() as connection:
        packages.create(
            connection,
            package_id=package_id,
            name="@acme/widget",
            canonical="@acme/widget",
            access="public",
            owner_ids=(people["ada"],),
            now=NOW,
        )
    return package_id
