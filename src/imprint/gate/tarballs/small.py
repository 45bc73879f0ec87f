"""Small tarballs in memory: what many ask for takes neither a file nor another thread.

What is held here was hashed when it was read. That its file is still there, and in use, is looked
at again every `USED_EVERY_SECONDS`. Not here: which files there are (`storage.gate_tarballs`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from imprint.gate.flights import shared
from imprint.gate.tarballs.replies import Said, tarball_headers
from imprint.gate.upstream.keeping import Held
from imprint.http.ready import ReadyReply
from imprint.storage.gate_tarballs import USED_EVERY_SECONDS, TarballDigest

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.http.pool import Pool
    from imprint.storage.gate_tarballs import KeptTarball, TarballStore

SMALL_BYTES: Final = 128 * 1024
"""Larger ones are sent by the server from their file, which takes it three changes of thread."""
HELD_BYTES: Final = 32 * 1024 * 1024
"""Of tarballs in memory: those of two or three projects."""
_OVERHEAD_BYTES: Final = 1024
_NOTHING_SAID: Final = Said()


class SmallTarball(msgspec.Struct, frozen=True, kw_only=True):
    """A whole tarball, and the answer to a request that asks for nothing but that."""

    data: bytes
    plain: ReadyReply
    looked_at: float
    """When its file was last looked at, Unix seconds."""


class SmallTarballs:
    """Those of one process. Used from the event loop alone."""

    def __init__(
        self,
        store: TarballStore,
        pool: Pool,
        *,
        clock: Callable[[], float],
        held_bytes: int = HELD_BYTES,
    ) -> None:
        """Hold up to `held_bytes` of what `store` has, read in threads of `pool`."""
        self._store = store
        self._pool = pool
        self._clock = clock
        self._held = Held[TarballDigest, SmallTarball](held_bytes)
        self._reading: dict[TarballDigest, asyncio.Task[SmallTarball | None]] = {}

    @property
    def size_bytes(self) -> int:
        """How much memory they take, about."""
        return self._held.size_bytes

    def at_hand(self, digest: TarballDigest) -> SmallTarball | None:
        """Return a tarball whose file was looked at of late; None: look at it, and ask `of`."""
        held = self._held.get(digest)
        if held is None or not 0 <= self._clock() - held.looked_at <= USED_EVERY_SECONDS:
            return None
        return held

    async def of(self, digest: TarballDigest, kept: KeptTarball) -> SmallTarball | None:
        """Return a tarball whose file, which is `kept`, was looked at just now.

        None: it is not small, or its file is gone, or was damaged and is gone therefore.
        """
        if kept.size_bytes > SMALL_BYTES:
            return None
        held = self._held.get(digest)
        if held is not None:
            looked_at = replace(held, looked_at=self._clock())
            self._hold(digest, looked_at)
            return looked_at
        return await asyncio.shield(shared(self._reading, digest, lambda: self._read(digest)))

    def forget(self, digest: TarballDigest) -> None:
        """Hold a tarball no more: its file is not there."""
        self._held.drop(digest)

    async def _read(self, digest: TarballDigest) -> SmallTarball | None:
        now = self._clock()
        data = await self._pool.run(self._store.read, digest)
        if data is None:
            return None
        length = (b"content-length", b"%d" % len(data))
        headers = (*tarball_headers(digest, _NOTHING_SAID), length)
        found = SmallTarball(data=data, plain=ReadyReply.of(200, headers, data), looked_at=now)
        self._hold(digest, found)
        return found

    def _hold(self, digest: TarballDigest, found: SmallTarball) -> None:
        self._held.put(digest, found, len(found.data) + _OVERHEAD_BYTES)
