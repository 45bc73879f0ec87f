"""The kept tarballs: whole or not there, whatever happens; what was not used for longest goes."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.storage.gate_tarballs import ALGORITHMS, TarballDigest, TarballStore

NOW = 2_000_000_000.0
MEGABYTE = 1024 * 1024


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def opened(folder, clock, *, quota_bytes=100 * MEGABYTE):
    return TarballStore(folder, quota_bytes=quota_bytes, clock=clock)


def digest_of(data, algorithm="sha512"):
    return TarballDigest(algorithm=algorithm, hexadecimal=hashlib.new(algorithm, data).hexdigest())


def put(store, data, algorithm="sha512"):
    incoming = store.receive()
    incoming.write(data)
    kept = store.keep(incoming, digest_of(data, algorithm))
    incoming.close()
    return kept


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_was_kept_is_at_hand(tmp_path, clock, algorithm):
    store = opened(tmp_path, clock)

    kept = put(store, b"bytes", algorithm)

    assert store.at_hand(digest_of(b"bytes", algorithm)) == kept
    assert Path(kept.path).read_bytes() == b"bytes"
    assert kept.size_bytes == 5


def test_what_another_process_kept_is_hashed_before_it_is_at_hand(tmp_path, clock):
    put(opened(tmp_path, clock), b"bytes")
    store = opened(tmp_path, clock)

    before = store.at_hand(digest_of(b"bytes"))
    looked = store.look(digest_of(b"bytes"))

    assert before is None
    assert looked == store.at_hand(digest_of(b"bytes"))


def test_a_damaged_file_is_dropped(tmp_path, clock):
    kept = put(opened(tmp_path, clock), b"bytes")
    Path(kept.path).write_bytes(b"bytez")
    store = opened(tmp_path, clock)

    assert store.look(digest_of(b"bytes")) is None
    assert not Path(kept.path).exists()


def test_a_file_that_changes_is_hashed_again(tmp_path, clock):
    store = opened(tmp_path, clock)
    kept = put(store, b"bytes")
    Path(kept.path).write_bytes(b"other bytes")

    assert store.at_hand(digest_of(b"bytes")) is None
    assert store.look(digest_of(b"bytes")) is None


def test_what_was_discarded_was_never_there(tmp_path, clock):
    store = opened(tmp_path, clock)
    incoming = store.receive()
    incoming.write(b"bytes")

    incoming.discard()
    incoming.close()

    assert store.look(digest_of(b"bytes")) is None
    assert not list((tmp_path / "incoming").iterdir())


def test_a_folder_that_cannot_be_made_keeps_nothing_and_raises_nothing(tmp_path, clock):
    (tmp_path / "file").write_bytes(b"")
    store = opened(tmp_path / "file", clock)

    assert store.receive() is None
    assert store.look(digest_of(b"bytes")) is None
    assert store.make_room() == 0
    assert "not a directory" in store.failure


def test_a_folder_that_is_removed_is_made_again(tmp_path, clock):
    import shutil

    store = opened(tmp_path / "tarballs", clock)
    put(store, b"bytes")
    shutil.rmtree(tmp_path / "tarballs")

    assert store.at_hand(digest_of(b"bytes")) is None
    assert put(store, b"bytes") is not None


# --- quota ---------------------------------------------------------------------------------------


def filled(folder, clock, count, *, quota_bytes):
    """Keep `count` tarballs of a megabyte, each used an hour after the one before it."""
    store = opened(folder, clock, quota_bytes=quota_bytes)
    made = []
    for number in range(count):
        data = bytes([number]) * MEGABYTE
        put(store, data)
        store.at_hand(digest_of(data))
        made.append(data)
        clock.now += 3600
    return store, made


def there(store, made):
    return [store.look(digest_of(data)) is not None for data in made]


def test_what_was_not_used_for_longest_goes_first(tmp_path, clock):
    store, made = filled(tmp_path, clock, 10, quota_bytes=5 * MEGABYTE)
    store.at_hand(digest_of(made[0]))
    clock.now += 3600

    dropped = store.make_room()

    assert dropped == 6 * MEGABYTE
    assert there(store, made) == [True, *[False] * 6, True, True, True]
    assert store.size_bytes == 4 * MEGABYTE
    assert not store.is_over_quota


def test_what_may_still_be_sent_stays_even_over_the_quota(tmp_path, clock):
    store, made = filled(tmp_path, clock, 4, quota_bytes=MEGABYTE)
    for data in made:
        store.at_hand(digest_of(data))

    store.make_room()

    assert there(store, made) == [True] * 4
    assert store.is_over_quota


def test_what_is_asked_for_while_room_is_made_stays(tmp_path, clock):
    store = opened(tmp_path, clock, quota_bytes=0)
    old, asked_for = put(store, b"old"), put(store, b"asked for")
    for kept in (old, asked_for):
        mtime = Path(kept.path).stat().st_mtime_ns
        os.utime(kept.path, ns=(int((NOW - 1000) * 1e9), mtime))
    found: list[object] = []

    def asks():  # the files are listed by then
        if not found:
            found.append(None)
            found.append(store.at_hand(digest_of(b"asked for")))
        return NOW

    store._clock = asks
    store.make_room()

    assert found[1] == asked_for
    assert Path(asked_for.path).read_bytes() == b"asked for"
    assert not Path(old.path).exists()


def test_below_the_quota_nothing_goes(tmp_path, clock):
    store, made = filled(tmp_path, clock, 3, quota_bytes=100 * MEGABYTE)

    assert store.make_room() == 0
    assert there(store, made) == [True] * 3


def test_a_full_disk_may_ask_for_more(tmp_path, clock):
    store, made = filled(tmp_path, clock, 3, quota_bytes=100 * MEGABYTE)

    assert store.make_room(MEGABYTE + 1) == 2 * MEGABYTE
    assert there(store, made) == [False, False, True]


def test_it_is_known_when_the_quota_is_passed(tmp_path, clock):
    store = opened(tmp_path, clock, quota_bytes=MEGABYTE)
    store.make_room()
    before = store.is_over_quota

    put(store, bytes(MEGABYTE + 1))

    assert (before, store.is_over_quota) == (False, True)


@given(
    sizes=st.lists(st.integers(min_value=1, max_value=2000), min_size=1, max_size=12, unique=True),
    quota_bytes=st.integers(min_value=0, max_value=8000),
)
def test_room_is_made_for_the_quota_and_not_much_more(tmp_path_factory, sizes, quota_bytes):
    clock = Clock()
    store = opened(tmp_path_factory.mktemp("store"), clock, quota_bytes=quota_bytes)
    for size in sizes:
        put(store, bytes(size))
        store.at_hand(digest_of(bytes(size)))
    clock.now += 3600

    dropped = store.make_room()

    left = sum(sizes) - dropped
    assert left <= quota_bytes
    if dropped:
        assert left + max(sizes) > quota_bytes * 0.9 - 1
    assert store.size_bytes == left


# --- ends of processes ---------------------------------------------------------------------------

WRITER = textwrap.dedent(
    """
    import hashlib, sys, time
    from pathlib import Path
    from imprint.storage.gate_tarballs import TarballDigest, TarballStore

    store = TarballStore(Path(sys.argv[1]), quota_bytes=10**9, clock=time.time)
    number = 0
    while True:
        number += 1
        data = str(number).encode() * 20_000
        incoming = store.receive()
        for at in range(0, len(data), 4096):
            incoming.write(data[at : at + 4096])
        digest = hashlib.sha512(data).hexdigest()
        store.keep(incoming, TarballDigest(algorithm="sha512", hexadecimal=digest))
        incoming.close()
        print(number, flush=True)
    """
)


@pytest.mark.parametrize("after", [1, 2, 7, 40])
def test_whatever_ends_a_process_each_file_is_whole(tmp_path, clock, after):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with writer:
        for _ in range(after):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)

    store = opened(tmp_path, clock)
    store.make_room()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert len(files) >= after
    for path in files:
        assert hashlib.sha512(path.read_bytes()).hexdigest() == path.name
        assert store.look(TarballDigest(algorithm="sha512", hexadecimal=path.name)) is not None


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_stay(tmp_path, clock):
    living = opened(tmp_path, clock)
    mine = living.receive()
    mine.write(b"half")
    (tmp_path / "incoming" / "of-a-dead-one").write_bytes(b"half")

    opened(tmp_path, clock).make_room()

    assert list((tmp_path / "incoming").iterdir()) == [mine.path]
    assert living.keep(mine, digest_of(b"half")) is not None
    mine.close()


def test_what_begins_while_leftovers_are_removed_is_kept(tmp_path, clock):
    """A file is there an instant before it is locked, and may be taken for a leftover then."""
    store, ended = opened(tmp_path, clock), threading.Event()

    def remove_leftovers():
        while not ended.is_set():
            store.make_room()

    remover = threading.Thread(target=remove_leftovers)
    remover.start()
    try:
        kept = [put(store, b"%d" % number) for number in range(2000)]
    finally:
        ended.set()
        remover.join(timeout=60)

    assert None not in kept
    assert store.failure is None
