"""Reading and writing blocks: all of it or nothing, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from imprint.refusals import Malformed
from imprint.storage import packages, users
from imprint.storage.database import Database
from imprint.storage.schema import outbox

NOW = 1_795_000_000.0


def add(connection, name):
    return users.add_user(
        connection, name=name, email=None, password_hash=None, is_admin=False, now=NOW
    )


def names(database):
    with database.reading() as connection:
        return [user.name for user in users.list_users(connection)]


@pytest.mark.stores
def test_what_a_block_writes_is_there_when_it_ends(current):
    with current.writing() as connection:
        add(connection, "ada")

    assert names(current) == ["ada"]


@pytest.mark.stores
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_of_a_block_that_fails_nothing_is_left(current, error):
    def write_and_fail():
        with current.writing() as connection:
            add(connection, "ada")
            add(connection, "ben")
            raise error

    with pytest.raises(error):
        write_and_fail()

    assert names(current) == []


@pytest.mark.stores
def test_after_a_failure_the_next_block_writes(current):
    with pytest.raises(IntegrityError), current.writing() as connection:
        connection.execute(outbox.insert().values(event_id=999, channel="mail"))

    with current.writing() as connection:
        add(connection, "ada")

    assert names(current) == ["ada"]


@pytest.mark.stores
def test_what_is_written_elsewhere_is_not_seen_before_it_is_done(current):
    with current.writing() as connection:
        add(connection, "ada")
        during = names(current)

    assert (during, names(current)) == ([], ["ada"])


@pytest.mark.stores
def test_a_conditional_write_that_writes_nothing_does_not_break_the_block(current, people):
    """PostgreSQL refuses every statement after a failed one; a key that is taken is no failure."""

    def create(connection, number):
        return packages.create(
            connection,
            package_id=f"00000000-0000-4000-8000-{number:012}",
            name="rocket",
            canonical="rocket",
            access="public",
            owner_ids=(people["ada"],),
            now=NOW,
        )

    with current.writing() as connection:
        created = [create(connection, number) for number in range(3)]
        packages.changed(connection, "00000000-0000-4000-8000-000000000000", now=NOW)

    with current.reading() as connection:
        assert created == [True, False, False]
        assert packages.generation_of(connection, "rocket") == 2


@pytest.mark.stores
def test_a_nested_failure_can_be_undone_alone(current):
    with current.writing() as connection:
        add(connection, "ada")
        savepoint = connection.begin_nested()
        with pytest.raises(IntegrityError):
            add(connection, "ada")
        savepoint.rollback()
        add(connection, "ben")

    assert names(current) == ["ada", "ben"]


@pytest.mark.stores
def test_many_writers_at_once_all_write(current):
    def write(number):
        with current.writing() as connection:
            return add(connection, f"user-{number:03}")

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(write, range(50)))

    assert len(set(ids)) == 50
    assert len(names(current)) == 50


@pytest.mark.stores
def test_rows_that_point_at_nothing_are_refused(current):
    with pytest.raises(IntegrityError), current.writing() as connection:
        packages.set_owners(connection, "no-such-package", (1,))


def test_two_processes_on_one_file_wait_for_each_other(migrated_address):
    with (
        closing(Database.open(migrated_address)) as one,
        closing(Database.open(migrated_address)) as other,
    ):

        def write(database, name):
            with database.writing() as connection:
                add(connection, name)

        with ThreadPoolExecutor(8) as pool:
            done = [
                pool.submit(write, database, f"{number}-{number_of}")
                for number in range(10)
                for number_of, database in enumerate((one, other))
            ]
            for each in done:
                each.result()

        assert len(names(one)) == len(names(other)) == 20


def test_a_reader_cannot_write(migrated_address):
    with closing(Database.open(migrated_address)) as database:
        with database.reading() as connection:
            add(connection, "ada")

        assert names(database) == []


@pytest.mark.parametrize(
    "address", ["", "mysql://x/y", "nonsense", "sqlite://", "http://x", "postgresql", "file:///x"]
)
def test_an_address_of_another_kind_is_refused(address):
    with pytest.raises(Malformed) as caught:
        Database.open(address)

    assert caught.value.code == "database-address"
    assert caught.value.message == (
        "the database address is none that imprint knows: it takes `sqlite:///FILE`"
        " or `postgresql://USER@HOST/NAME`"
    )


def test_the_folder_of_a_new_database_is_made(tmp_path):
    Database.open(f"sqlite:///{tmp_path}/new/folder/imprint.sqlite3").close()

    assert (tmp_path / "new" / "folder").is_dir()


def test_a_server_that_is_not_there_raises_when_it_is_used():
    database = Database.open("postgresql://nobody@127.0.0.1:1/nothing")

    with closing(database), pytest.raises(DBAPIError), database.reading():
        pass
