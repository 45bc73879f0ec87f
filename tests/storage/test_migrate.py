"""Migrations: the same tables as storage/schema.py, once, whoever starts first."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, inspect, text

from imprint.refusals import Malformed, Unavailable
from imprint.storage import attestations, packages, signatures
from imprint.storage import migrate as module
from imprint.storage.database import Database
from imprint.storage.migrate import HEAD, KNOWN, migrate, revision_of
from imprint.storage.schema import metadata


@pytest.fixture
def database(database_address):
    with closing(Database.open(database_address)) as opened:
        yield opened


@pytest.mark.stores
def test_an_empty_database_becomes_current(database):
    assert revision_of(database) is None

    assert migrate(database) == (None, HEAD)

    assert revision_of(database) == HEAD


@pytest.mark.stores
def test_a_current_database_stays_as_it_is(database):
    migrate(database)

    assert migrate(database) == (HEAD, HEAD)


@pytest.mark.stores
def test_migrations_make_what_the_schema_says(database):
    migrate(database)

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.stores
def test_migrations_make_the_constraints_that_the_schema_says(database):
    migrate(database)
    migrated = _constraints(database)
    with database.writing() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)

    assert migrated == _constraints(database)


@pytest.mark.stores
def test_versions_from_before_signatures_are_kept_and_are_due_for_one(database):
    with database.writing() as connection:
        command.upgrade(module._config(connection), "0001")
        _insert(connection, packages=FIRST_PACKAGE, versions=FIRST_VERSION, dist_tags=FIRST_TAG)

    assert migrate(database) == ("0001", HEAD)

    with database.writing() as connection:
        package = packages.find(connection, "@acme/widget")
        (version,) = packages.versions_of(connection, package.id)
        (due,) = signatures.not_signed_with(connection, "SHA256:key")
        assert (package.access, package.provenance_required) == ("restricted", False)
        assert (version.full, version.signatures) == (b'{"name":"@acme/widget"}', None)
        assert (due.id, due.dist) == (version.id, b"{}")
        assert attestations.of_version(connection, version.id) == ()
        assert packages.tags_of(connection, package.id) == {"latest": "1.0.0"}


@pytest.mark.stores
def test_replicas_that_start_together_migrate_once(database_address):
    opened = [Database.open(database_address) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(migrate, opened))

    assert sorted(before or "" for before, _ in results) == ["", HEAD, HEAD, HEAD]
    for one in opened:
        one.close()


@pytest.mark.stores
def test_a_database_of_a_newer_version_is_refused(database):
    migrate(database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Malformed) as caught:
        migrate(database)

    assert caught.value.code == "database-newer"
    assert caught.value.message == (
        "the database is of a newer version of imprint: its revision is `9999`,"
        f" this version knows `{HEAD}`"
    )


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    path = tmp_path / "imprint.sqlite3"
    path.write_text("this is no database at all" * 100)

    with (
        closing(Database.open(f"sqlite:///{path}")) as broken,
        pytest.raises(Unavailable) as caught,
    ):
        migrate(broken)

    assert caught.value.code == "database-unavailable"
    assert caught.value.message == "the database cannot be used: `file is not a database`"


def test_starting_on_a_current_database_needs_no_alembic(tmp_path):
    address = f"sqlite:///{tmp_path}/imprint.sqlite3"
    with closing(Database.open(address)) as opened:
        migrate(opened)
    code = (
        "import sys; from imprint.storage.database import Database;"
        "from imprint.storage.migrate import migrate;"
        f"migrate(Database.open({address!r})); sys.exit('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_known_revisions_are_those_of_the_folder():
    folder = Path(module.__file__).parent / "migrations" / "versions"
    numbers = {path.name[:4] for path in folder.glob("[0-9]*.py")}

    assert numbers == KNOWN
    assert max(numbers) == HEAD


FIRST_PACKAGE = {
    "id": "00000000-0000-4000-8000-000000000001",
    "name": "@acme/widget",
    "canonical": "@acme/widget",
    "access": "restricted",
    "token_rule": "default",
    "provenance_public": False,
    "generation": 3,
    "readme": "# widget",
    "created_at": 1.0,
    "changed_at": 2.0,
}
FIRST_VERSION = {
    "package_id": FIRST_PACKAGE["id"],
    "version": "1.0.0",
    "full": b'{"name":"@acme/widget"}',
    "corgi": b"{}",
    "dist": b"{}",
    "sha256": "0" * 64,
    "sha512": "1" * 128,
    "size_bytes": 2**40,
    "body_digest": "2" * 64,
    "evidence": "{}",
    "bundle": b"x" * 100_000,
    "published_at": 2.0,
}
FIRST_TAG = {"package_id": FIRST_PACKAGE["id"], "tag": "latest", "version": "1.0.0"}


def _insert(connection, **rows):
    """Insert rows as an older version did: by the tables that are there, not by our schema."""
    tables = MetaData()
    tables.reflect(connection)
    for name, values in rows.items():
        connection.execute(tables.tables[name].insert().values(**values))


def _constraints(database):
    with database.reading() as connection:
        inspector = inspect(connection)
        names = sorted(set(inspector.get_table_names()) - {"alembic_version"})
        return {
            name: (
                sorted(str(c) for c in inspector.get_columns(name)),
                sorted((c["name"], c["sqltext"]) for c in inspector.get_check_constraints(name)),
                sorted(
                    (c["name"], c["column_names"]) for c in inspector.get_unique_constraints(name)
                ),
                sorted((i["name"], i["column_names"]) for i in inspector.get_indexes(name)),
                inspector.get_pk_constraint(name),
                sorted(
                    (k["name"], k["constrained_columns"], k["referred_table"])
                    for k in inspector.get_foreign_keys(name)
                ),
            )
            for name in names
        }
