"""A folder of blobs: received, put in place, forgotten; nothing half done is ever in its place."""

import hashlib

import pytest

from imprint.refusals import Unavailable
from imprint.storage.blobs import Blobs

DATA = b"a tarball" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path):
    return Blobs.open(str(tmp_path / "blobs"))


def files(tmp_path):
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


def test_a_blob_is_addressed_by_its_bytes_once_it_is_kept(blobs, tmp_path):
    received = blobs.receive(DATA)
    blobs.keep(received)

    assert received.sha256 == SHA256
    assert blobs.read(SHA256) == DATA
    assert files(tmp_path) == [blobs.path(SHA256)]


def test_a_blob_that_was_only_received_is_in_no_place(blobs):
    blobs.receive(DATA)

    with pytest.raises(Unavailable):
        blobs.read(SHA256)


def test_a_discarded_blob_leaves_nothing(blobs, tmp_path):
    blobs.discard(blobs.receive(DATA))

    assert files(tmp_path) == []


def test_a_kept_blob_can_be_discarded_without_harm(blobs):
    received = blobs.receive(DATA)
    blobs.keep(received)

    blobs.discard(received)

    assert blobs.read(SHA256) == DATA


def test_the_same_bytes_are_kept_twice_in_one_place(blobs, tmp_path):
    for _ in range(2):
        blobs.keep(blobs.receive(DATA))

    assert files(tmp_path) == [blobs.path(SHA256)]


def test_a_folder_that_is_gone_cannot_be_written_to(blobs, tmp_path):
    (tmp_path / "blobs" / "incoming").rmdir()

    with pytest.raises(Unavailable) as caught:
        blobs.receive(DATA)

    assert caught.value.code == "blobs-unavailable"
