"""Small tarballs in memory: which are held, for how long nobody looks at their files, and why."""

from pathlib import Path

import pytest

from imprint.gate.tarballs.small import SMALL_BYTES, SmallTarballs
from imprint.http.pool import Pool
from imprint.storage.gate_tarballs import USED_EVERY_SECONDS, TarballDigest, TarballStore, place_of
from tests.support.gate_tarballs import digest_of, random_bytes

pytestmark = pytest.mark.anyio

DATA = random_bytes(5000)
AT = 1_800_000_000.0


@pytest.fixture
def anyio_backend():
    return "asyncio"


class World:
    """A store, what is held of it in memory, and a clock that tests set."""

    def __init__(self, folder, **bounds: int) -> None:
        self.now = AT
        self.folder = folder
        self.pool = Pool(1)
        self.store = TarballStore(folder, quota_bytes=10_000_000, clock=self.clock)
        self.small = SmallTarballs(self.store, self.pool, clock=self.clock, **bounds)

    def clock(self) -> float:
        return self.now

    def keep(self, data: bytes) -> TarballDigest:
        """Have a tarball in the store."""
        incoming = self.store.receive()
        assert incoming is not None
        incoming.write(data)
        digest = digest_of(data)
        self.store.keep(incoming, digest)
        incoming.close()
        return digest

    async def read(self, digest: TarballDigest):
        """Have it in memory, as a request does that finds its file."""
        kept = self.store.at_hand(digest)
        assert kept is not None
        return await self.small.of(digest, kept)

    def file(self, digest: TarballDigest) -> Path:
        """Where it is on disk."""
        return Path(place_of(self.folder, digest))


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.pool.close()


async def test_what_was_read_is_at_hand_with_its_answer(world):
    digest = world.keep(DATA)

    found = await world.read(digest)

    assert world.small.at_hand(digest) == found
    assert found.data == found.plain.body["body"] == DATA
    assert (b"content-length", b"5000") in found.plain.start["headers"]


async def test_nothing_is_at_hand_before_somebody_asked(world):
    assert world.small.at_hand(world.keep(DATA)) is None


async def test_after_a_while_its_file_is_looked_at_and_not_read_again(world):
    digest = world.keep(DATA)
    first = await world.read(digest)
    world.now += USED_EVERY_SECONDS + 1
    was_at_hand = world.small.at_hand(digest)

    again = await world.read(digest)

    assert was_at_hand is None
    assert again.data is first.data
    assert world.small.at_hand(digest) == again


async def test_a_clock_that_was_set_back_has_its_file_looked_at(world):
    digest = world.keep(DATA)
    await world.read(digest)

    world.now -= 1

    assert world.small.at_hand(digest) is None


async def test_that_it_is_in_use_is_noted_on_its_file(world):
    digest = world.keep(DATA)
    await world.read(digest)

    world.now += 2 * USED_EVERY_SECONDS
    await world.read(digest)

    assert world.file(digest).stat().st_atime == world.now


async def test_a_larger_one_stays_in_its_file(world):
    digest = world.keep(random_bytes(SMALL_BYTES + 1))

    assert await world.read(digest) is None
    assert world.small.size_bytes == 0


async def test_a_damaged_file_is_dropped_and_not_held(world):
    digest = world.keep(DATA)
    kept = world.store.at_hand(digest)
    world.file(digest).write_bytes(b"X" * len(DATA))

    found = await world.small.of(digest, kept)

    assert (found, world.store.has(digest)) == (None, False)
    assert world.small.at_hand(digest) is None


async def test_a_file_that_is_gone_is_not_held(world):
    digest = world.keep(DATA)
    kept = world.store.at_hand(digest)
    world.file(digest).unlink()

    assert await world.small.of(digest, kept) is None


async def test_what_is_forgotten_is_not_at_hand(world):
    digest = world.keep(DATA)
    await world.read(digest)

    world.small.forget(digest)

    assert (world.small.at_hand(digest), world.small.size_bytes) == (None, 0)


async def test_what_was_used_least_lately_gives_way(tmp_path):
    world = World(tmp_path, held_bytes=15_000)
    first, second, third = (world.keep(random_bytes(5000, seed=seed)) for seed in (1, 2, 3))
    for digest in (first, second):
        await world.read(digest)

    world.small.at_hand(first)
    await world.read(third)

    held = [world.small.at_hand(one) is not None for one in (first, second, third)]
    world.pool.close()
    assert held == [True, False, True]
    assert world.small.size_bytes < 15_000
