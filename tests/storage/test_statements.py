"""Statements say the same on both engines, though only one of them is run by SQLAlchemy."""

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from imprint.storage.conflicts import InsertIfNew
from imprint.storage.database import Database
from imprint.storage.schema import metadata, users
from imprint.storage.statements import Statement

ADD = Statement(insert(users))
BY_NAME = Statement(select(users).where(users.c.name == bindparam("key")))
DISABLE = Statement(update(users).where(users.c.is_admin == bindparam("admins")))


@pytest.fixture
def connection(database_address):
    database = Database.open(database_address)
    metadata.create_all(database.engine)
    with database.writing() as connection:
        yield connection
    database.close()


def person(name="wile", **values):
    return {"name": name, "is_admin": False, "created_at": 1.5, **values}


def test_a_new_rows_id_is_returned_and_its_values_are_read_back(connection):
    row_id = ADD.insert(connection, **person(is_admin=True, email=None, totp_sealed=b"\0\xff"))

    row = BY_NAME.first(connection, key="wile")

    assert row is not None
    assert (row.id, row.is_admin, row.email) == (row_id, True, None)
    assert row._asdict()["totp_sealed"] == b"\0\xff"


def test_a_boolean_is_a_boolean(connection):
    ADD.run(connection, **person())

    rows = BY_NAME.all(connection, key="wile")

    assert [row.is_admin for row in rows] == [False]
    assert type(rows[0].is_admin) is bool


def test_no_row_is_none_or_nothing(connection):
    assert BY_NAME.first(connection, key="nobody") is None
    assert BY_NAME.all(connection, key="nobody") == []


def test_it_counts_what_it_wrote(connection):
    for name in ("wile", "road"):
        ADD.run(connection, **person(name))

    assert DISABLE.run(connection, admins=False, disabled_at=2.0) == 2
    assert DISABLE.run(connection, admins=True, disabled_at=2.0) == 0


def test_it_sets_the_columns_that_it_is_given(connection):
    ADD.run(connection, **person())

    DISABLE.run(connection, admins=False, disabled_at=2.0)
    DISABLE.run(connection, admins=False, email="wile@acme.example.test")

    row = BY_NAME.first(connection, key="wile")
    assert row is not None
    assert (row.disabled_at, row.email) == (2.0, "wile@acme.example.test")


def test_of_two_rows_with_one_key_the_second_is_not_new(connection):
    add = InsertIfNew(users)

    assert add(connection, person())
    assert not add(connection, person())


def test_a_taken_key_is_the_error_of_sqlalchemy(connection):
    ADD.run(connection, **person())

    with pytest.raises(IntegrityError):
        ADD.run(connection, **person())


def test_an_error_does_not_show_the_values(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/imprint.sqlite3")
    metadata.create_all(database.engine)

    with database.writing() as connection, pytest.raises(IntegrityError) as caught:
        ADD.run(connection, **person("a-secret", created_at=None))

    database.close()
    assert "a-secret" not in str(caught.value)
