"""Answers of registries that are kept: in a file and in a database, ours or none."""

import sqlite3
from contextlib import closing

import pytest

from imprint.storage.projection_places import open_projections
from imprint.storage.projections import KeptAnswer, KeptProjection
from tests.support.postgres import fresh_database

SECRET = b"s" * 32
NOW = 1_795_000_000.0
REGISTRY = "https://registry.example.test/"
KEYS = KeptAnswer(data=b'{"keys":[]}', fetched_at=NOW)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "projections.sqlite3"


@pytest.fixture(params=["file", "database"])
def place(request, file):
    """Where answers are kept: a path, or the address of an empty database."""
    if request.param == "file":
        yield file
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as address:
        yield address


def opened(place, *, secret=SECRET, now=NOW):
    return closing(open_projections(place, secret=secret, now=now))


def kept(place, answer=KEYS, question="keys"):
    with opened(place) as store:
        store.put_answer(REGISTRY, question, answer)


def found(place, question="keys", registry=REGISTRY, **more):
    with opened(place, **more) as store:
        return store.get_answer(registry, question)


def altered(file, statement, *values):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement, values)


def test_an_answer_is_found_by_registry_and_question(place):
    kept(place)

    assert found(place) == KEYS
    assert found(place, "other") is None
    assert found(place, registry="https://other.example.test/") is None


def test_a_later_answer_takes_the_place_of_an_earlier_one(place):
    later = KeptAnswer(data=b"later", fetched_at=NOW + 1)

    kept(place)
    kept(place, later)

    assert found(place) == later


def test_that_there_is_no_such_is_an_answer_too(place):
    none = KeptAnswer(data=None, fetched_at=NOW)

    kept(place, none)

    assert found(place) == none


def test_an_answer_of_another_secret_is_none(place):
    kept(place)

    assert found(place, secret=b"t" * 32) is None


@pytest.mark.parametrize("column", ["data", "fetched_at", "question", "registry", "content"])
def test_an_answer_that_was_altered_is_none(file, column):
    kept(file)

    altered(file, f"UPDATE answers SET {column} = ?", 1.0 if column == "fetched_at" else b"x")

    assert found(file) is None
    assert found(file, "x", registry="x") is None


def test_that_there_is_no_such_cannot_be_planted(file):
    kept(file, KeptAnswer(data=b"", fetched_at=NOW))

    altered(file, "UPDATE answers SET data = NULL")

    assert found(file) is None


def test_no_projection_can_be_passed_off_as_an_answer(file):
    with opened(file) as store:
        store.put(REGISTRY, {"keys": KeptProjection(data=b"rows", fetched_at=NOW)})
    kept(file)

    altered(file, "UPDATE answers SET (data, content) = (SELECT data, content FROM projections)")

    assert found(file) is None


def test_a_file_from_before_there_were_answers_keeps_what_it_has(file):
    row = KeptProjection(data=b"rows", fetched_at=NOW)
    with opened(file) as store:
        store.put(REGISTRY, {"widget": row})
    altered(file, "DROP TABLE answers")

    kept(file)

    assert found(file) == KEYS
    with opened(file) as store:
        assert store.get_many(REGISTRY, ["widget"]) == {"widget": row}


def test_a_file_with_a_table_of_somebody_else_is_made_anew(file):
    kept(file)
    altered(file, "CREATE TABLE others (data BLOB)")

    assert found(file) is None
