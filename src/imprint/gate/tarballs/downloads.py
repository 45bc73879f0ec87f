"""Tarballs on their way from upstreams: one flight for each, hashed while it comes.

Whoever wants it follows the flight. The last bytes are held back until the digest is right, so that
nobody ever has the whole of a wrong tarball; a wrong one is never stored. Not here: what is wanted,
and how it is sent (`tarballs`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import msgspec

from imprint.gate.tarballs.spools import Memory, NoRoom, Spool
from imprint.upstream.bodies import Pace, Sink
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.packuments import USUAL_RETRIES, Retries, persistently
from imprint.upstream.registries import MAX_TARBALL_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from imprint.http.pool import Pool
    from imprint.publishers.credentials import Secret
    from imprint.storage.gate_tarballs import TarballDigest, TarballStore
    from imprint.upstream.fetch import Fetcher, Reach

log = logging.getLogger("imprint.gate")

HELD_BACK_BYTES: Final = 64 * 1024
"""How much of the end waits for the digest; what is smaller waits as a whole."""
PIECE_BYTES: Final = 64 * 1024
"""As `http.ready` sends large packuments, and for its reason."""
AT_ONCE_PER_HOST: Final = 16
MOST_SECONDS: Final = 900.0
"""How long one tarball may take: a host that nobody knows must not hold connections for ever."""
TARBALL_PACE: Final = Pace(stall_seconds=30.0, bytes_per_second=16_384)


class WantedTarball(msgspec.Struct, frozen=True, kw_only=True):
    """A tarball that is to be fetched."""

    label: str
    """`name@version`, for people."""
    url: str
    reach: Reach
    bearer: Secret | None = None
    digest: TarballDigest


class WrongTarball(msgspec.Struct, frozen=True, kw_only=True):
    """A tarball that is not what its packument speaks of."""

    wanted: WantedTarball
    actual: str
    """Its digest, hex."""
    size_bytes: int


class WrongBytes(Exception):
    """What came is not what was wanted."""

    def __init__(self, found: WrongTarball) -> None:
        """Carry what came."""
        super().__init__(
            f"{found.wanted.label} came with {found.wanted.digest.algorithm} {found.actual}"
        )
        self.found = found


class Download:
    """One flight. Used from the event loop alone, but for the storing at its end."""

    def __init__(self, wanted: WantedTarball, spool: Spool) -> None:
        """Begin with nothing."""
        self.wanted = wanted
        self.size_bytes: int | None = None
        """Of the whole; None: the upstream does not say."""
        self.received_bytes = 0
        self.is_right = False
        """Whether the whole came, and its digest is right."""
        self.failure: FetchFailed | WrongBytes | None = None
        self.has_ended = False
        """Whether it is stored, or never will be."""
        self._digest = hashlib.new(wanted.digest.algorithm, usedforsecurity=False)
        self._sha512 = hashlib.sha512()
        self.spool = spool
        self._changed = asyncio.Event()
        self._readers = 0

    @property
    def released_bytes(self) -> int:
        """How many bytes may be sent by now."""
        if self.is_right:
            return self.received_bytes
        size = self.received_bytes if self.size_bytes is None else self.size_bytes
        return max(min(self.received_bytes, size) - HELD_BACK_BYTES, 0)

    @property
    def is_read(self) -> bool:
        """Whether somebody reads it."""
        return self._readers > 0

    @property
    def sha512(self) -> str:
        """Of what came, hex; for what is wanted by another digest."""
        return self._sha512.hexdigest()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep the bytes for as long as somebody reads them."""
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1
            self._close_if_unused()

    async def begun(self) -> None:
        """Return when there is something to send; raises FetchFailed, WrongBytes."""
        while not (self.released_bytes or self.is_right):
            await self._wait()

    async def right(self) -> None:
        """Return when the whole is there and right; raises FetchFailed, WrongBytes."""
        while not self.is_right:
            await self._wait()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes, the last of them only once they are right.

        Raises FetchFailed, WrongBytes, OSError.
        """
        position = 0
        while not (self.is_right and position == self.received_bytes):
            if position < self.released_bytes:
                piece = self.read(position, self.released_bytes - position)
                position += len(piece)
                yield piece
            else:
                await self._wait()

    def read(self, position: int, size: int) -> bytes:
        """Return some of up to `size` bytes from `position` on; raises OSError."""
        piece = self.spool.read(position, min(size, PIECE_BYTES))
        if not piece:
            raise OSError("the file of a download is shorter than it was")
        return piece

    def begin(self, size: int | None) -> None:
        """Take in what an answer says of the size; that of the first one counts."""
        if not self.received_bytes:
            self.size_bytes = size

    def take(self, piece: bytes) -> None:
        """Take in what came; raises NoRoom."""
        self.spool.append(piece)
        self._digest.update(piece)
        if self.wanted.digest.algorithm != "sha512":
            self._sha512.update(piece)
        self.received_bytes += len(piece)
        self._wake()

    def judge(self) -> None:
        """Say whether what came, the whole, is right."""
        actual = self._digest.hexdigest()
        is_whole = self.size_bytes in {None, self.received_bytes}
        if is_whole and actual == self.wanted.digest.hexadecimal:
            self.is_right = True
        else:
            self.failure = WrongBytes(
                WrongTarball(wanted=self.wanted, actual=actual, size_bytes=self.received_bytes)
            )
        self._wake()

    def fail(self, failure: FetchFailed) -> None:
        """Tell all who wait that it will not come."""
        self.failure = failure
        self._wake()

    def end(self) -> None:
        """Let go of the bytes once nobody reads them."""
        self.has_ended = True
        self._close_if_unused()

    async def _wait(self) -> None:
        if self.failure is not None:
            raise self.failure
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _close_if_unused(self) -> None:
        if self.has_ended and not self._readers:
            self.spool.close()


class Downloads:
    """All flights of a process, one for each tarball and address."""

    def __init__(
        self,
        fetcher: Fetcher,
        store: TarballStore,
        pool: Pool,
        *,
        retries: Retries = USUAL_RETRIES,
        pace: Pace = TARBALL_PACE,
        most_bytes: int = MAX_TARBALL_BYTES,
        memory: Memory | None = None,
    ) -> None:
        """Fetch by `fetcher`, and keep in `store`, whose blocking work runs in `pool`."""
        self._fetcher = fetcher
        self._store = store
        self._pool = pool
        self._retries = retries
        self._pace = pace
        self._most_bytes = most_bytes
        self._memory = memory or Memory()
        self._flights: dict[tuple[TarballDigest, str, Reach], Download] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._making_room: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> int:
        """How many flights there are."""
        return len(self._flights)

    def of(self, wanted: WantedTarball) -> Download:
        """Return the flight of a tarball, begun now if there is none.

        By its address, too, and by how far its request reaches: who names a tarball's digest and
        an address that never answers, or not to them, keeps nobody from having it.
        """
        key = (wanted.digest, wanted.url, wanted.reach)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = Download(wanted, Spool(self._store, self._memory))
            task = asyncio.create_task(self._fly(flight), name=f"tarball {wanted.label}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return flight

    async def close(self) -> None:
        """End all flights; what is stored by now stays."""
        tasks = [*self._tasks] + ([] if self._making_room is None else [self._making_room])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fly(self, flight: Download) -> None:
        wanted = flight.wanted
        try:
            async with self._slot(wanted.url):
                await self._fetch(flight)
            flight.judge()
            if flight.is_right:
                await self._keep(flight)
        except FetchFailed as err:
            flight.fail(err)
        except NoRoom:
            message = f"`{wanted.label}` does not fit: disk and memory are full"
            flight.fail(FetchFailed(FetchReason.TOO_LARGE, message, is_transient=True))
            self._make_room(flight.received_bytes)
        finally:
            if not (flight.is_right or flight.failure):
                message = f"the download of `{wanted.label}` was ended"
                flight.fail(FetchFailed(FetchReason.UNREACHABLE, message, is_transient=True))
            self._flights.pop((wanted.digest, wanted.url, wanted.reach), None)
            flight.end()

    async def _fetch(self, flight: Download) -> None:
        """Fetch the whole, going on where an upstream broke off. Raises FetchFailed, NoRoom."""
        wanted = flight.wanted
        sink = Sink(began=flight.begin, into=flight.take)

        async def ask() -> None:
            await self._fetcher.download(
                wanted.url,
                sink,
                reach=wanted.reach,
                bearer=wanted.bearer,
                max_bytes=self._most_bytes,
                pace=self._pace,
                first=flight.received_bytes,
            )

        try:
            async with asyncio.timeout(MOST_SECONDS):
                await persistently(ask, retries=self._retries)
        except TimeoutError as err:
            message = f"`{wanted.label}` did not come within `{MOST_SECONDS:g}` seconds"
            raise FetchFailed(FetchReason.TIMEOUT, message, is_transient=True) from err

    async def _keep(self, flight: Download) -> None:
        kept = await self._pool.run(flight.spool.keep, flight.wanted.digest)
        if kept is not None and flight.is_read:
            flight.spool.read_on_from(kept)
        if kept is None:
            self._make_room(flight.received_bytes)
        elif self._store.is_over_quota:
            self._make_room()

    def _slot(self, url: str) -> asyncio.Semaphore:
        try:
            host = urlsplit(url).netloc
        except ValueError:
            host = ""  # it is refused as soon as it is fetched
        found = self._hosts.get(host)
        if found is None:
            found = self._hosts[host] = asyncio.Semaphore(AT_ONCE_PER_HOST)
        return found

    def _make_room(self, wanted_bytes: int = 0) -> None:
        """Let room be made beside what goes on, for the quota or `wanted_bytes`; once at a time."""
        if self._making_room is None or self._making_room.done():
            self._making_room = asyncio.create_task(
                self._drop(wanted_bytes), name="tarballs make room"
            )

    async def _drop(self, wanted_bytes: int) -> None:
        dropped = await self._pool.run(self._store.make_room, wanted_bytes)
        if dropped:
            log.info("tarballs-dropped", extra={"bytes": dropped})
