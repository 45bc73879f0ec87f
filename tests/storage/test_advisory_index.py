"""The index of an advisory archive: made once, looked up by name, never another archive's."""

import hashlib
import os
import sqlite3

import msgspec
import pytest

from imprint.refusals import Malformed
from imprint.storage import advisory_index
from imprint.storage.advisory_index import SEAL_SUFFIX, SUFFIX, IndexPlace, look_up
from imprint.storage.advisory_seals import read_seal, sealed
from tests.npm.advisories.records import affected, archive, record


@pytest.fixture
def path(tmp_path):
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


def test_the_same_file_is_not_hashed_again(path):
    first = look_up(path, [])
    path.chmod(0o600)  # Its bytes are still those that were hashed.
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    seal = path.with_name("all.zip" + SEAL_SUFFIX)
    before = seal.read_bytes()

    assert look_up(path, []) == first
    after = seal.read_bytes()
    assert after != before  # Another file: it was hashed, and is known from now on.
    assert look_up(path, []) == first
    assert seal.read_bytes() == after


def test_the_same_bytes_are_not_read_again(path, monkeypatch):
    look_up(path, [])
    os.utime(path, (1, 1))
    forbid(monkeypatch, "flaws_in")

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


def test_another_archive_of_the_same_name_has_an_index_of_its_own(path):
    look_up(path, [])
    archive(path, record(id="GHSA-new"))

    assert ids(look_up(path, ["widget"])) == ["GHSA-new"]


def place(tmp_path, secret=b"s" * 32):
    return IndexPlace(folder=tmp_path / "kept" / "advisories", secret=secret)


def test_the_index_may_be_kept_elsewhere(path, tmp_path):
    look_up(path, [], place=place(tmp_path))

    kept = sorted(place(tmp_path).folder.iterdir())
    assert [one.suffix for one in kept] == [SUFFIX, SEAL_SUFFIX]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.zip", "kept"]


def test_an_index_that_somebody_else_made_is_not_believed(path, tmp_path):
    harmless = record(id="GHSA-harmless", affected=[affected(name="x")])
    made = path.read_bytes()
    archive(path, harmless)
    look_up(path, [], place=place(tmp_path, b"o" * 32))
    (seal,) = place(tmp_path).folder.glob(f"*{SEAL_SUFFIX}")
    path.write_bytes(made)
    stated = read_seal(seal.read_bytes(), secret=b"o" * 32)
    assert stated is not None
    digest = hashlib.sha256(made).hexdigest()
    planted = msgspec.structs.replace(stated, archive_sha256=digest)
    seal.write_bytes(sealed(planted, secret=b"o" * 32))

    assert ids(look_up(path, ["widget"], place=place(tmp_path, b"o" * 32))) == []
    assert ids(look_up(path, ["widget"], place=place(tmp_path))) == ["GHSA-wile-road-acme", "MAL-1"]


def test_an_index_that_advisories_were_taken_out_of_is_made_anew(path, tmp_path):
    look_up(path, [], place=place(tmp_path))
    (database,) = place(tmp_path).folder.glob(f"*{SUFFIX}")
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM flaws")
    connection.commit()
    connection.close()

    assert ids(look_up(path, ["other"], place=place(tmp_path)), "other") == ["MAL-1"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 50, b"x" * 10_000])
def test_a_broken_seal_makes_it_anew(path, content):
    look_up(path, [])
    path.with_name("all.zip" + SEAL_SUFFIX).write_bytes(content)

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 500])
def test_a_broken_index_is_made_anew(path, content):
    look_up(path, [])
    path.with_name("all.zip" + SUFFIX).write_bytes(content)

    assert ids(look_up(path, ["other"]), "other") == ["MAL-1"]


def test_without_a_place_for_an_index_the_archive_is_read_each_time(path, tmp_path):
    (tmp_path / "file").write_text("no folder")
    nowhere = IndexPlace(folder=tmp_path / "file" / "below", secret=b"s")

    for _ in range(2):
        found = look_up(path, ["widget"], place=nowhere)
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
    assert [one.name for one in path.parent.iterdir()] == ["all.zip"]


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
