"""One compressed member, as it comes in chunks of any size."""

from __future__ import annotations

import gzip
import random
import sys

import pytest

from imprint.upstream.failures import FetchFailed
from imprint.upstream.inflating import PIECE_BYTES, inflater_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BY_NAME = {"gzip": lambda data: gzip.compress(data, 1), "zstd": zstd.compress}
RANDOM = random.Random(5).randbytes(3000)
BODIES = [b"", b"{}", RANDOM, bytes(PIECE_BYTES), bytes(2 * PIECE_BYTES + 5)]

in_both = pytest.mark.parametrize("encoding", BY_NAME)


def inflated(encoding, data, *, chunk_bytes):
    inflater = inflater_for(encoding, "it")
    assert inflater is not None
    found: list[bytes] = []
    for start in range(0, len(data), chunk_bytes):
        found += inflater.pieces(data[start : start + chunk_bytes])
    inflater.end()
    assert max(map(len, found), default=0) <= PIECE_BYTES
    return b"".join(found)


@in_both
@pytest.mark.parametrize("chunk_bytes", [7, 1000, 1_000_000])
@pytest.mark.parametrize("body", BODIES, ids=len)
def test_it_is_the_body_whatever_the_chunks(encoding, body, chunk_bytes):
    compressed = BY_NAME[encoding](body)

    assert inflated(encoding, compressed, chunk_bytes=chunk_bytes) == body


@in_both
@pytest.mark.parametrize("tail", ["zero", "gzip", "zstd"])
@pytest.mark.parametrize("body", BODIES, ids=len)
def test_what_follows_is_refused_in_the_same_chunk_and_in_the_next(encoding, body, tail):
    compressed = BY_NAME[encoding](body)
    more = b"\0" if tail == "zero" else BY_NAME[tail](b"more")

    for chunk_bytes in (len(compressed), len(compressed) + len(more)):
        with pytest.raises(FetchFailed, match="goes on behind"):
            inflated(encoding, compressed + more, chunk_bytes=chunk_bytes)


@in_both
@pytest.mark.parametrize("body", BODIES, ids=len)
def test_what_is_cut_off_is_refused(encoding, body):
    compressed = BY_NAME[encoding](body)

    for left in {0, len(compressed) // 2, len(compressed) - 1}:
        with pytest.raises(FetchFailed, match="is cut off"):
            inflated(encoding, compressed[:left], chunk_bytes=1000)


@in_both
def test_what_is_none_is_refused(encoding):
    with pytest.raises(FetchFailed, match="or is damaged"):
        inflated(encoding, b"<html>" + RANDOM, chunk_bytes=1000)


def test_nothing_else_is_inflated():
    assert inflater_for("br", "it") is None
