"""Kept packuments of upstreams: each whole, or not there; so many bytes, and no more."""

import hashlib
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import pytest

from imprint.storage import gate_documents
from imprint.storage.gate_documents import KeptDocument
from imprint.storage.gate_index import GateIndex

UPSTREAM = "https://registry.example.test/"
NOW = 1_795_000_000.0


@pytest.fixture
def file(tmp_path):
    return tmp_path / "gate" / "index.sqlite3"


@pytest.fixture
def index(file):
    with closing(GateIndex(file)) as opened:
        yield opened


def kept(body, **more):
    whole = {
        "digest": hashlib.sha256(body).hexdigest(),
        "etag": '"1"',
        "last_modified": "",
        "confirmed_at": NOW,
        "projection": b"projection of " + body[:20],
    }
    return KeptDocument(**whole | more)


def put(index, name="widget", body=b"{}", **more):
    document = kept(body)
    gate_documents.put(index, UPSTREAM, name, document, body, **more)
    return document


def get(index, name="widget", now=NOW):
    return gate_documents.get(index, UPSTREAM, name, now=now)


def body_of(index, document, name="widget"):
    return gate_documents.get_body(index, UPSTREAM, name, document.digest)


def test_what_is_kept_comes_back(index):
    document = put(index, body=b'{"name":"widget"}')

    assert get(index) == document
    assert body_of(index, document) == b'{"name":"widget"}'


def test_another_upstreams_package_is_another(index):
    put(index)

    assert gate_documents.get(index, "https://other.example.test/", "widget", now=NOW) is None


def test_a_later_document_takes_the_place_of_an_earlier_one(index):
    earlier, later = put(index, body=b"1"), put(index, body=b"2")

    assert get(index) == later
    assert body_of(index, earlier) is None


def test_a_document_is_confirmed_by_its_digest_alone(index):
    document = put(index)
    now: dict[str, Any] = {
        "etag": '"2"',
        "last_modified": "today",
        "confirmed_at": NOW + 1,
    }

    gate_documents.confirm(index, UPSTREAM, "widget", digest="another", **now)
    assert get(index) == document
    gate_documents.confirm(index, UPSTREAM, "widget", digest=document.digest, **now)

    assert get(index) == kept(b"{}", **now)


def test_what_is_dropped_is_gone_unless_it_is_another_by_now(index):
    put(index)

    gate_documents.drop(index, UPSTREAM, "widget", digest="another")
    assert get(index) is not None
    gate_documents.drop(index, UPSTREAM, "widget")

    assert get(index) is None


def test_what_was_not_used_for_longest_goes_first(index):
    for number in range(40):
        body = hashlib.shake_256(b"%d" % number).digest(100_000)  # does not compress
        document = kept(body, confirmed_at=NOW + number)
        gate_documents.put(index, UPSTREAM, f"n{number:02}", document, body, most_bytes=1_000_000)
        get(index, "n00", now=NOW + 10_000 + number * 4000)

    names = gate_documents.names(index, UPSTREAM)

    assert 3 < len(names) < 11
    assert names[0] == "n00"
    assert names[-1] == "n39"


def test_a_document_larger_than_all_there_is_room_for_is_kept_alone(index):
    body = hashlib.shake_256(b"large").digest(300_000)

    put(index, "small", b"{}", most_bytes=100_000)
    put(index, "large", body, most_bytes=100_000)

    assert gate_documents.names(index, UPSTREAM) == ("large",)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.write_bytes(b"no database at all" * 1000), id="other"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:3000]), id="half"),
        pytest.param(
            lambda file: file.write_bytes(file.read_bytes()[:1000] + b"\xff" * 60_000), id="middle"
        ),
    ],
)
def test_a_damaged_file_is_made_anew(file, damage):
    with closing(GateIndex(file)) as index:
        for number in range(20):
            put(index, f"n{number}", body=b"%d" % number * 1000)
    damage(file)

    with closing(GateIndex(file)) as index:
        for number in range(20):
            get(index, f"n{number}")
        document = put(index)

        assert body_of(index, document) == b"{}"
        assert index.failure is None


def test_a_file_of_another_version_is_made_anew(file):
    with closing(GateIndex(file)) as index:
        put(index)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with closing(GateIndex(file)) as index:
        assert get(index) is None
        assert put(index) == get(index)


def test_where_nothing_can_be_kept_nothing_is_and_it_is_said_once(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with closing(GateIndex(tmp_path / "file" / "index.sqlite3")) as index:
        put(index)
        put(index)

        assert get(index) is None
        assert "keeps nothing" in str(index.failure)
        assert caplog.messages == ["gate-index-unusable"]
        (tmp_path / "file").unlink()
        put(index)
        assert get(index) is not None
        assert index.failure is None


def test_a_disk_that_is_full_costs_what_is_new_alone(file):
    with closing(GateIndex(file)) as index:
        before = put(index, "before")
        pages = index.done(lambda c: c.execute("PRAGMA page_count").fetchone()[0], 0)
        index.done(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone(), None)

        put(index, "after", hashlib.shake_256(b"x").digest(500_000))

        assert "full" in str(index.failure)
        assert get(index, "after") is None
        assert body_of(index, before, "before") == b"{}"


def test_two_processes_share_a_file(file):
    with closing(GateIndex(file)) as one, closing(GateIndex(file)) as other:
        document = put(one)

        assert get(other) == document


WRITER = """
import hashlib, sys
from pathlib import Path
from imprint.storage import gate_documents
from imprint.storage.gate_index import GateIndex

index = GateIndex(Path(sys.argv[1]))
for turn in range(1_000_000):
    body = hashlib.shake_256(b"%d" % turn).digest(400_000)
    document = gate_documents.KeptDocument(
        digest=hashlib.sha256(body).hexdigest(), etag=str(turn), last_modified="",
        confirmed_at=float(turn), projection=body[:1000],
    )
    gate_documents.put(index, "https://registry.example.test/", "widget", document, body)
    print(turn, flush=True)
"""


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8])
def test_whoever_is_killed_leaves_a_whole_document(file, turns):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True
    )
    with writer:
        assert writer.stdout is not None
        for _ in range(turns):
            said = int(writer.stdout.readline())
        time.sleep(0.002 * turns)  # so that it is in the midst of another writing
        writer.send_signal(signal.SIGKILL)

    with closing(GateIndex(file)) as index:
        document = get(index)
        body = body_of(index, document)

        assert document.confirmed_at >= said
        assert document.projection == body[:1000]
        assert hashlib.sha256(body).hexdigest() == document.digest


def test_what_was_confirmed_since_then_comes_with_what_was_used_last_first(index):
    for name, confirmed_at in (("old", NOW - 100), ("widget", NOW - 5), ("rope", NOW)):
        gate_documents.put(index, UPSTREAM, name, kept(b"{}", confirmed_at=confirmed_at), b"{}")
    gate_documents.put(index, "https://other.example.test/", "knot", kept(b"{}"), b"{}")

    found = gate_documents.used_last(index, UPSTREAM, since=NOW - 10, most=5)

    assert found == ("rope", "widget")
    assert gate_documents.used_last(index, UPSTREAM, since=NOW - 10, most=1) == ("rope",)


def test_projections_come_of_what_is_kept(index):
    put(index, "widget", b"one")
    put(index, "rope", b"two")

    found = gate_documents.projections(index, UPSTREAM, ["rope", "knot", "widget"])

    assert found == (b"projection of two", b"projection of one")


def test_what_is_kept_and_newer_than_known_is_told(index):
    for name in ("same", "newer", "unknown"):
        put(index, name)
    known = {(UPSTREAM, "same"): NOW, (UPSTREAM, "newer"): NOW - 1, (UPSTREAM, "gone"): 0.0}

    assert gate_documents.confirmed_later(index, known) == ((UPSTREAM, "newer"),)


def test_what_another_process_writes_is_noticed_once_and_what_this_one_does_is_not(index, file):
    before = index.was_changed()
    put(index)
    own = index.was_changed()
    with closing(GateIndex(file)) as other:
        put(other, "rope")

    assert (before, own, index.was_changed(), index.was_changed()) == (False, False, True, False)


def test_an_index_that_keeps_nothing_was_not_changed(tmp_path):
    (tmp_path / "gate").write_text("in the way")

    with closing(GateIndex(tmp_path / "gate" / "index.sqlite3")) as nowhere:
        assert [nowhere.was_changed(), nowhere.was_changed()] == [False, False]
