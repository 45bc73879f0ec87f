"""Flights: whatever comes in whatever pieces, nobody gets the whole of what is not right."""

import asyncio
import itertools
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.tarballs.downloads import HELD_BACK_BYTES, Download, WantedTarball, WrongBytes
from imprint.gate.tarballs.spools import SMALL_BYTES, Memory, NoRoom, Spool
from imprint.storage.gate_tarballs import TarballStore
from imprint.upstream.fetch import Reach
from tests.support.gate_tarballs import digest_of, random_bytes

DATA = random_bytes(SMALL_BYTES + 500_000)


def store(folder):
    return TarballStore(folder, quota_bytes=10**9, clock=time.time)


def flight(folder, data=DATA, memory=None):
    wanted = WantedTarball(
        label="widget@1.0.0",
        url="https://registry.example.test/widget.tgz",
        reach=Reach.LEARNED,
        digest=digest_of(data),
    )
    return Download(wanted, Spool(store(folder), memory or Memory()))


async def everything(download):
    return b"".join([piece async for piece in download.pieces()])


@given(
    cuts=st.lists(st.integers(0, len(DATA)), max_size=12),
    changed=st.none() | st.integers(0, len(DATA) - 1),
    size=st.sampled_from([None, len(DATA), len(DATA) - 1, len(DATA) + 1, 0]),
)
def test_what_is_released_is_the_beginning_and_the_whole_only_if_it_is_right(cuts, changed, size):
    came = bytearray(DATA)
    if changed is not None:
        came[changed] ^= 1
    places = [0, *sorted(cuts), len(DATA)]

    async def run(folder):
        download = flight(folder)
        download.begin(size)
        for start, end in itertools.pairwise(places):
            download.take(bytes(came[start:end]))
            assert download.released_bytes <= max(end - HELD_BACK_BYTES, 0)
            assert size is None or download.released_bytes < max(size, 1)
        download.judge()
        with download.reading():
            if changed is None and size in {None, len(DATA)}:
                assert await everything(download) == DATA
            else:
                assert download.released_bytes < len(DATA)
                with pytest.raises(WrongBytes):
                    await everything(download)
        download.end()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


@given(cuts=st.lists(st.integers(0, len(DATA)), max_size=8), position=st.integers(0, len(DATA) - 1))
def test_a_spool_gives_back_what_it_took(cuts, position):
    places = [0, *sorted(cuts), len(DATA)]
    memory = Memory()

    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(store(Path(folder)), memory)
        for start, end in itertools.pairwise(places):
            spool.append(DATA[start:end])
        piece = spool.read(position, 1000)
        spool.close()

    assert piece
    assert DATA[position:].startswith(piece)
    assert memory.taken_bytes == 0


def test_memory_is_given_back_and_not_taken_twice(tmp_path):
    memory = Memory(1000)
    spool = Spool(store(tmp_path), memory)
    spool.append(bytes(800))

    with pytest.raises(NoRoom):
        spool.append(bytes(300))
    spool.close()

    assert memory.taken_bytes == 0


def test_bytes_stay_as_long_as_somebody_reads_them(tmp_path):
    async def run():
        download = flight(tmp_path, b"data")
        download.take(b"data")
        download.judge()
        with download.reading():
            download.end()
            assert await everything(download) == b"data"
        return download

    download = asyncio.run(run())

    with pytest.raises(OSError, match="shorter"):
        download.read(0, 4)
