"""Kept projections, in a file and in a database: all or nothing, ours or none, and not for ever."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from imprint.refusals import Malformed
from imprint.storage.projection_places import open_projections
from imprint.storage.projections import AttestedVersion, KeptProjection
from tests.support.postgres import fresh_database

SECRET = b"s" * 32
NOW = 1_795_000_000.0
DAY = 86_400.0
REGISTRY = "https://registry.example.test/"
WIDGET = AttestedVersion("@acme/widget", "1.0.0", "sha512-AA==")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "projections.sqlite3"


@pytest.fixture(params=["file", "database"])
def place(request, file):
    """Where projections are kept: a path, or the address of an empty database."""
    if request.param == "file":
        yield file
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as address:
        yield address


def row(data=b"rows", fetched_at=NOW, **more):
    return KeptProjection(data=data, fetched_at=fetched_at, **more)


def opened(place, *, secret=SECRET, now=NOW, most_bytes=10_000_000):
    return closing(open_projections(place, secret=secret, now=now, most_bytes=most_bytes))


def kept(place, registry=REGISTRY, /, **rows):
    with opened(place) as store:
        store.put(registry, rows)


def found(place, *names, registry=REGISTRY, **more):
    with opened(place, **more) as store:
        return store.get_many(registry, names)


def altered(file, statement, *values):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement, values)


def test_rows_are_found_by_registry_and_name(place):
    widget = row(etag='"1"', last_modified="then")

    kept(place, widget=widget, gadget=row(b"other"))
    kept(place, "https://other.example.test/", widget=row(b"elsewhere"))

    assert found(place, "widget", "missing") == {"widget": widget}


def test_a_later_row_takes_the_place_of_an_earlier_one(place):
    kept(place, widget=row(b"earlier"))
    kept(place, widget=row(b"later", NOW + 1))

    assert found(place, "widget") == {"widget": row(b"later", NOW + 1)}


def test_thousands_are_found_in_one_go(place):
    rows = {f"package-{number}": row(b"%d" % number) for number in range(1300)}

    kept(place, **rows)

    assert found(place, *rows) == rows


def test_what_is_confirmed_is_as_fresh_as_that(place):
    kept(place, widget=row(etag='"1"'))

    with opened(place) as store:
        store.confirm(REGISTRY, {"widget": row(fetched_at=NOW + 60, etag='"1"')})

    assert found(place, "widget") == {"widget": row(fetched_at=NOW + 60, etag='"1"')}


def test_confirming_what_was_replaced_meanwhile_changes_nothing(place):
    kept(place, widget=row(b"later"))

    with opened(place) as store:
        store.confirm(REGISTRY, {"widget": row(b"earlier", NOW + 60)})

    assert found(place, "widget") == {"widget": row(b"later")}


def test_documents_are_found_by_the_bytes_that_they_are_of(place):
    other = AttestedVersion("@acme/widget", "1.0.0", "sha512-BB==")

    with opened(place) as store:
        store.put_documents({WIDGET: b"document" * 1000})

    with opened(place) as store:
        assert store.get_documents([WIDGET, other]) == {WIDGET: b"document" * 1000}


def test_a_store_of_another_secret_has_nothing(place):
    kept(place, widget=row())
    with opened(place) as store:
        store.put_documents({WIDGET: b"document"})

    with opened(place, secret=b"t" * 32) as store:
        assert not store.get_many(REGISTRY, ["widget"])
        assert not store.get_documents([WIDGET])


def test_what_was_not_used_for_longest_makes_room(place):
    with opened(place, now=NOW - 9 * DAY) as store:
        store.put(REGISTRY, {f"old-{number}": row(bytes(50_000)) for number in range(10)})
    assert "old-0" in found(place, "old-0")

    with opened(place, most_bytes=900_000) as store:
        store.put(REGISTRY, {f"new-{number}": row(bytes(50_000)) for number in range(10)})

    names = [f"{age}-{number}" for age in ("old", "new") for number in range(10)]
    left = found(place, *names)
    assert {f"new-{number}" for number in range(10)} | {"old-0"} <= set(left)
    assert len(left) < 20


@pytest.mark.parametrize("column", ["etag", "last_modified", "fetched_at", "name", "registry"])
def test_a_row_that_was_altered_is_none(file, column):
    kept(file, widget=row())

    altered(file, f"UPDATE projections SET {column} = ?", 1.0 if column == "fetched_at" else "x")

    assert not found(file, "widget", "x")
    assert not found(file, "widget", "x", registry="x")


@pytest.mark.parametrize("value", [b"planted", "text", 7, None])
@pytest.mark.parametrize("column", ["data", "content", "state"])
def test_a_row_with_another_content_is_none(file, column, value):
    kept(file, widget=row())

    if value is None:
        altered(file, f"UPDATE projections SET {column} = zeroblob(0)")
    else:
        altered(file, f"UPDATE projections SET {column} = ?", value)

    assert not found(file, "widget")


def test_a_document_that_was_altered_is_none(file):
    with opened(file) as store:
        store.put_documents({WIDGET: b"document"})

    altered(file, "UPDATE documents SET data = ?", b"planted")

    with opened(file) as store:
        assert not store.get_documents([WIDGET])


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"x" * 5000, b"text" * 999]
)
def test_a_file_that_is_no_database_is_made_anew(file, content):
    file.parent.mkdir()
    file.write_bytes(content)

    kept(file, widget=row())

    assert found(file, "widget") == {"widget": row()}


def test_a_file_that_is_damaged_further_in_is_made_anew(file):
    kept(file, **{f"package-{number}": row(bytes(5000)) for number in range(50)})
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * 40_000)

    with opened(file) as store:
        first = store.get_many(REGISTRY, [f"package-{number}" for number in range(50)])
        store.put(REGISTRY, {"widget": row()})

    assert not first
    assert found(file, "widget") == {"widget": row()}


def test_a_file_of_somebody_else_is_made_anew(file):
    file.parent.mkdir()
    altered(file, "CREATE VIEW projections AS SELECT 1")

    kept(file, widget=row())

    assert found(file, "widget") == {"widget": row()}


def test_a_place_that_cannot_be_written_keeps_nothing_and_says_so(tmp_path):
    (tmp_path / "file").write_text("")

    with opened(tmp_path / "file" / "projections.sqlite3") as store:
        store.put(REGISTRY, {"widget": row()})

        assert not store.get_many(REGISTRY, ["widget"])
        assert "cannot be used" in store.failure


def test_a_file_that_others_hold_keeps_what_it_has(file, monkeypatch):
    monkeypatch.setattr("imprint.storage.projection_file.BUSY_SECONDS", 0.05)
    kept(file, widget=row())

    with closing(sqlite3.connect(file, isolation_level=None)) as other, opened(file) as store:
        other.execute("BEGIN IMMEDIATE")
        store.put(REGISTRY, {"widget": row(b"later")})
        other.execute("ROLLBACK")

        assert "locked" in store.failure
    assert found(file, "widget") == {"widget": row()}


def test_a_database_that_is_not_there_keeps_nothing_and_shows_no_password():
    with opened("postgresql://ada:hidden@127.0.0.1:1/none") as store:
        store.put(REGISTRY, {"widget": row()})

        assert not store.get_many(REGISTRY, ["widget"])
        assert store.failure
        assert "hidden" not in store.failure


@pytest.mark.parametrize("address", ["sqlite:///x", "mysql://x/y", "nonsense", ""])
def test_only_postgresql_is_a_database_for_them(address):
    with pytest.raises(Malformed) as caught:
        open_projections(address, secret=SECRET, now=NOW)

    assert caught.value.code == "database-address"


WRITER = """
import sys
from pathlib import Path
from imprint.storage.projection_places import open_projections
from imprint.storage.projections import KeptProjection

store = open_projections(Path(sys.argv[1]), secret=b"s" * 32, now=0.0)
for turn in range(1_000_000):
    data = b"%d," % turn * 20_000
    rows = {f"package-{n}": KeptProjection(data=data, fetched_at=float(turn)) for n in range(20)}
    store.put("https://registry.example.test/", rows)
    print(turn, flush=True)
"""


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8])
def test_whoever_is_killed_leaves_the_earlier_rows_or_the_later_ones(file, turns):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True
    )
    with writer:
        assert writer.stdout is not None
        for _ in range(turns):
            said = int(writer.stdout.readline())
        time.sleep(0.003 * turns)  # so that it is in the midst of another writing
        writer.send_signal(signal.SIGKILL)

    rows = found(file, *[f"package-{number}" for number in range(20)])

    assert len(rows) == 20
    assert len({row.data for row in rows.values()}) == 1
    assert next(iter(rows.values())).fetched_at >= said
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
