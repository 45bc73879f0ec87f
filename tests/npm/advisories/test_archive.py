"""Archives of advisories: every record by itself, within bounds."""

import io
import zipfile

import pytest

from imprint.npm.advisories import archive as room
from imprint.npm.advisories.archive import Counts, flaws_in
from imprint.refusals import Malformed
from tests.npm.advisories.records import affected, archive, record


def read(path):
    counts = Counts()
    with path.open("rb") as opened:
        return [(name, flaw.id) for name, flaw in flaws_in(opened, counts)], counts


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_all_records_are_read(tmp_path, method):
    second = record(id="MAL-1", affected=[affected(name="other"), affected(name="third")])
    path = archive(tmp_path / "all.zip", record(), second, method=method)

    found, counts = read(path)

    assert found == [("widget", "GHSA-wile-road-acme"), ("other", "MAL-1"), ("third", "MAL-1")]
    assert (counts.records, counts.broken) == (2, 0)


def test_a_broken_record_costs_itself_alone_and_is_counted(tmp_path):
    path = archive(tmp_path / "all.zip", b"{", record(), b"[]", record(affected=7), b"", b"{}")

    found, counts = read(path)

    assert found == [("widget", "GHSA-wile-road-acme")]
    assert (counts.records, counts.broken, len(counts.examples)) == (1, 5, 3)


def test_a_damaged_entry_costs_itself_alone(tmp_path):
    path = archive(tmp_path / "all.zip", record(summary="x" * 500), record(id="GHSA-2"))
    raw = bytearray(path.read_bytes())
    raw[80:100] = b"\xff" * 20
    path.write_bytes(raw)

    found, counts = read(path)

    assert (found, counts.broken) == ([("widget", "GHSA-2")], 1)


def test_an_entry_that_unpacks_to_more_than_it_may_costs_itself_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MAX_RECORD_BYTES", 10_000)
    path = archive(tmp_path / "all.zip", b" " * 20_000, record())

    found, counts = read(path)

    assert (len(found), counts.broken) == (1, 1)


def test_an_archive_that_unpacks_to_more_than_it_may_is_malformed(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MAX_INFLATED_BYTES", 1_000)
    path = archive(tmp_path / "all.zip", *[record()] * 5)

    with pytest.raises(Malformed, match="holds more than") as raised:
        read(path)

    assert raised.value.code == "malformed-advisory-archive"


def test_an_archive_of_too_many_entries_is_malformed(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MAX_ENTRIES", 2)
    path = archive(tmp_path / "all.zip", *[record()] * 3)

    with pytest.raises(Malformed, match="has 3 entries"):
        read(path)


def test_other_files_are_passed_over(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("README.md", "hello")
        opened.writestr("folder/", "")
        opened.writestr("folder/one.json", record())

    assert read(path)[1].records == 1


@pytest.mark.parametrize("raw", [b"", b"PK", b"PK\x05\x06" + b"\xff" * 18, b"no zip" * 100])
def test_what_is_no_archive_is_malformed(raw):
    with pytest.raises(Malformed) as raised:
        list(flaws_in(io.BytesIO(raw), Counts()))

    assert raised.value.code == "malformed-advisory-archive"


def test_a_cut_archive_is_malformed(tmp_path):
    path = archive(tmp_path / "all.zip", record(), record())
    path.write_bytes(path.read_bytes()[:-10])

    with pytest.raises(Malformed):
        read(path)
