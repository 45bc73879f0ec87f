"""Blobs in an object store: obstore's own in memory, since no S3 is at hand; its client is the same."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from obstore.store import MemoryStore

from imprint.refusals import Malformed, Unavailable
from imprint.storage.blobs import Blobs, IncomingBlob

DATA = b"some bytes" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture(params=["folder", "objects"])
def blobs(request, store, tmp_path):
    return Blobs(store) if request.param == "objects" else Blobs.open(str(tmp_path / "blobs"))


async def streamed(blobs, sha256):
    return b"".join([piece async for piece in blobs.stream(sha256)])


def keys(store):
    return sorted(item["path"] for page in store.list() for item in page)


def test_a_kept_blob_is_read_and_streamed(blobs):
    blobs.keep(blobs.receive(DATA))

    assert blobs.read(SHA256) == DATA
    assert asyncio.run(streamed(blobs, SHA256)) == DATA


def test_a_received_blob_is_not_in_its_place(blobs):
    incoming = blobs.receive(DATA)

    assert incoming.sha256 == SHA256
    with pytest.raises(Unavailable):
        blobs.read(SHA256)


def test_a_discarded_blob_is_gone_and_a_kept_one_stays(blobs, store):
    blobs.discard(blobs.receive(b"refused"))
    kept = blobs.receive(DATA)
    blobs.keep(kept)
    blobs.discard(kept)

    assert blobs.read(SHA256) == DATA
    assert keys(store) in ([], [f"sha256/{SHA256[:2]}/{SHA256}"])


def test_the_same_bytes_twice_are_one_blob(blobs):
    for _ in range(2):
        blobs.keep(blobs.receive(DATA))

    assert blobs.read(SHA256) == DATA


def test_the_bytes_of_two_blobs_are_told_apart(blobs):
    incoming = [blobs.receive(data) for data in (b"one", b"other")]
    for one in incoming:
        blobs.keep(one)

    assert [blobs.read(one.sha256) for one in incoming] == [b"one", b"other"]


def test_an_empty_blob_is_one(blobs):
    incoming = blobs.receive(b"")
    blobs.keep(incoming)

    assert blobs.read(incoming.sha256) == b""


def test_what_is_not_there_is_unavailable(blobs):
    with pytest.raises(Unavailable) as caught:
        blobs.read("0" * 64)

    assert caught.value.code == "blobs-unavailable"
    with pytest.raises(Unavailable):
        asyncio.run(streamed(blobs, "0" * 64))


def test_what_never_came_cannot_be_kept_and_is_discarded_without_harm(blobs):
    missing = IncomingBlob(key="incoming/nothing", sha256=SHA256)

    blobs.discard(missing)
    with pytest.raises(Unavailable):
        blobs.keep(missing)


def test_a_store_that_answers_is_probed(blobs):
    blobs.probe()


def test_only_a_folder_has_paths(blobs, store, tmp_path):
    blobs.keep(blobs.receive(DATA))

    path = blobs.path(SHA256)
    assert path is None or path.read_bytes() == DATA
    assert Blobs(store).path(SHA256) is None


def test_a_folder_that_went_away_is_unavailable(tmp_path):
    blobs = Blobs.open(str(tmp_path / "blobs"))
    for path in sorted((tmp_path / "blobs").rglob("*"), reverse=True):
        path.rmdir()
    (tmp_path / "blobs").rmdir()

    with pytest.raises(Unavailable):
        blobs.probe()


@pytest.mark.parametrize("address", ["ftp://x/y", "nonsense://", "://"])
def test_an_address_of_another_kind_is_refused(address):
    with pytest.raises(Malformed) as caught:
        Blobs.open(address)

    assert caught.value.code == "blobs-address"
