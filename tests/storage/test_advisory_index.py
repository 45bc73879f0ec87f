"""The index of an advisory archive: made once, looked up by name, never another archive's."""

import os
import sqlite3

import pytest

from imprint.refusals import Malformed
from imprint.storage import advisory_index
from imprint.storage.advisory_index import SUFFIX, look_up
from tests.npm.advisories.records import affected, archive, record


@pytest.fixture
def path(tmp_path):
    (tmp_path / "kept").mkdir()
    return archive(
        tmp_path / "all.zip",
        record(),
        record(id="MAL-1", affected=[affected(name="other"), affected(name="widget")]),
    )


def ids(advised, name="widget"):
    return sorted(flaw.id for flaw in advised.flaws.get(name, ()))


def forbid(monkeypatch, name):
    def asked(*_):
        pytest.fail(f"{name} was used again")

    monkeypatch.setattr(advisory_index, name, asked)


def test_flaws_are_looked_up_by_name(path):
    found = look_up(path, ["widget", "other", "nothing"])

    assert (ids(found), ids(found, "other"), ids(found, "nothing")) == (
        ["GHSA-wile-road-acme", "MAL-1"],
        ["MAL-1"],
        [],
    )
    assert (found.records, found.broken, found.notes) == (2, 0, ())


def test_what_the_index_says_is_what_the_archive_says(path, monkeypatch):
    first = look_up(path, ["widget", "other"])
    forbid(monkeypatch, "flaws_in")

    assert look_up(path, ["widget", "other"]) == first


def test_the_same_file_is_not_hashed_again(path, monkeypatch):
    look_up(path, [])
    forbid(monkeypatch, "hashlib")

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


def test_the_same_bytes_are_not_read_again(path, monkeypatch):
    look_up(path, [])
    os.utime(path, (1, 1))
    forbid(monkeypatch, "flaws_in")

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


def test_another_archive_of_the_same_name_has_an_index_of_its_own(path):
    look_up(path, [])
    archive(path, record(id="GHSA-new"))

    assert ids(look_up(path, ["widget"])) == ["GHSA-new"]


def test_the_index_may_be_kept_elsewhere(path, tmp_path):
    look_up(path, [], folder=tmp_path / "kept")

    assert [one.name for one in (tmp_path / "kept").iterdir()] == ["all.zip" + SUFFIX]
    assert not path.with_name("all.zip" + SUFFIX).exists()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 500])
def test_a_broken_index_is_made_anew(path, content):
    path.with_name("all.zip" + SUFFIX).write_bytes(content)

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


def test_a_row_that_is_none_of_ours_makes_it_anew(path):
    look_up(path, [])
    with sqlite3.connect(path.with_name("all.zip" + SUFFIX)) as connection:
        connection.execute("UPDATE flaws SET flaw = x'00'")
    connection.close()

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


def test_without_a_place_for_an_index_the_archive_is_read_each_time(path, tmp_path):
    nowhere = tmp_path / "not-there"

    for _ in range(2):
        found = look_up(path, ["widget"], folder=nowhere)
        assert ids(found) == ["GHSA-wile-road-acme", "MAL-1"]
        assert found.notes == (
            "no index of the advisory archive can be kept: it is read as a whole each time",
        )


def test_nothing_half_written_is_left_where_reading_stops(path, monkeypatch):
    def stopped(*_):
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(advisory_index, "flaws_in", stopped)

    with pytest.raises(KeyboardInterrupt):
        look_up(path, ["widget"])
    assert sorted(one.name for one in path.parent.iterdir()) == ["all.zip", "kept"]


def test_broken_records_are_counted_now_and_later(tmp_path):
    path = archive(tmp_path / "all.zip", record(), b"{")

    assert [look_up(path, []).broken for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("raws", [[], [b"{", b"["]], ids=["empty", "broken"])
def test_an_archive_that_says_nothing_is_malformed_each_time(tmp_path, raws):
    path = archive(tmp_path / "all.zip", *raws)

    for _ in range(2):
        with pytest.raises(Malformed) as raised:
            look_up(path, ["widget"])
        assert raised.value.code == "malformed-advisory-archive"


@pytest.mark.parametrize("name", ["missing.zip", "."])
def test_an_archive_that_cannot_be_read_is_malformed(tmp_path, name):
    with pytest.raises(Malformed, match="cannot be read") as raised:
        look_up(tmp_path / name, [])

    assert raised.value.code == "malformed-advisory-archive"
