"""An archive that a server answers from: opened once, and anew when its file is another."""

from __future__ import annotations

import threading

import pytest

from imprint.refusals import Malformed
from imprint.storage.advisory_archive import AdvisoryArchive
from imprint.storage.advisory_index import IndexPlace
from tests.npm.advisories.records import affected, archive, record


@pytest.fixture
def place(tmp_path):
    return IndexPlace(folder=tmp_path / "kept", secret=b"s" * 32)


@pytest.fixture
def opened(tmp_path, place):
    found = AdvisoryArchive.open(archive(tmp_path / "all.zip", record()), place)
    yield found
    found.close()


def ids(opened, name="widget"):
    return [flaw.id for flaw in opened.flaws([name]).get(name, ())]


def finish():
    """Wait for what is read aside."""
    for thread in threading.enumerate():
        if thread.name == "advisory-archive":
            thread.join(timeout=60)


def test_it_says_what_is_known_by_name(opened):
    assert ids(opened) == ["GHSA-wile-road-acme"]
    assert ids(opened, "other") == []


def test_a_new_file_is_read_beside_and_answers_from_then_on(opened, tmp_path):
    archive(tmp_path / "new.zip", record(id="MAL-1", affected=[affected(name="other")]))
    (tmp_path / "new.zip").replace(tmp_path / "all.zip")

    first = ids(opened)
    finish()

    assert first == ["GHSA-wile-road-acme"]
    assert (ids(opened), ids(opened, "other")) == ([], ["MAL-1"])


@pytest.mark.parametrize("what", ["broken", "gone"])
def test_what_was_read_answers_while_the_file_is_none(opened, tmp_path, what):
    if what == "gone":
        (tmp_path / "all.zip").unlink()
    else:
        (tmp_path / "all.zip").write_bytes(b"no archive")

    ids(opened)
    finish()

    assert ids(opened) == ["GHSA-wile-road-acme"]


def test_a_broken_file_is_tried_once_until_it_is_another(opened, tmp_path, caplog):
    (tmp_path / "all.zip").write_bytes(b"no archive")
    for _ in range(3):
        ids(opened)
        finish()
    archive(tmp_path / "all.zip", record(id="MAL-2"))
    ids(opened)
    finish()

    assert caplog.messages.count("advisory-archive-unreadable") == 1
    assert ids(opened) == ["MAL-2"]


def test_it_is_asked_by_many_threads_at_once(opened):
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(ids(opened))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert found == [["GHSA-wile-road-acme"]] * 16


def test_one_that_is_none_is_refused(tmp_path, place):
    (tmp_path / "all.zip").write_bytes(b"no archive")

    with pytest.raises(Malformed) as caught:
        AdvisoryArchive.open(tmp_path / "all.zip", place)

    assert caught.value.code == "malformed-advisory-archive"


def test_a_server_reads_no_whole_archive_for_each_request(tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be")
    place = IndexPlace(folder=tmp_path / "kept", secret=b"s" * 32)

    with pytest.raises(Malformed, match="no index of the advisory archive can be kept in"):
        AdvisoryArchive.open(archive(tmp_path / "all.zip", record()), place)


def test_what_is_closed_answers_nothing(opened):
    opened.close()

    with pytest.raises(Malformed, match="closed"):
        opened.flaws(["widget"])
