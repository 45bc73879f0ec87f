"""Packuments, rendered and compressed once when something changed, then sent as they are.

A read is a look-up in memory and a send. What another process changed is seen within
`RECHECK_SECONDS`: a body older than that is checked against its package's generation, one point
read, before it is sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from imprint.http.encodings import Encoding, compressed
from imprint.http.ready import Form, ReadyBody
from imprint.npm.packument import render_corgi, render_full
from imprint.registry.reading.rendering import parts_of
from imprint.storage import packages

if TYPE_CHECKING:
    from imprint.http.pool import Pool
    from imprint.http.ready import Asking, ReadyReply, Variant
    from imprint.http.replies import Headers
    from imprint.registry.context import Registry

RECHECK_SECONDS = 0.5
CACHE_BYTES = 128 * 1024 * 1024
_GZIP_LEVEL = 1


class ReadyPackument(msgspec.Struct):
    """A package's bodies in each form and encoding, of one generation."""

    generation: int
    is_public: bool
    bodies: dict[Variant, ReadyBody]
    size_bytes: int
    checked_at: float

    def choose(self, asking: Asking, *, method: str) -> ReadyReply:
        """Return the reply that a request asks for."""
        return asking.choose(self.bodies[asking.variant], method=method)


class ReadyPackuments:
    """The ready bodies of the most recently read packages. Used from the event loop alone."""

    def __init__(self, registry: Registry, pool: Pool) -> None:
        """Start with nothing ready."""
        self._registry = registry
        self._pool = pool
        self._ready: OrderedDict[str, ReadyPackument] = OrderedDict()
        self._size_bytes = 0
        self._flights: dict[str, asyncio.Future[ReadyPackument | None]] = {}
        self._dirty: set[str] = set()

    def fresh(self, name: str, now: float) -> ReadyPackument | None:
        """Return what is ready and was checked a moment ago: the hot path, no waiting."""
        ready = self._ready.get(name)
        # A clock that was set back must not make it fresh for as long.
        if ready is None or not 0 <= now - ready.checked_at <= RECHECK_SECONDS:
            return None
        return ready

    async def get(self, name: str) -> ReadyPackument | None:
        """Return a package's bodies, rendered now if they must be; None: there is no package."""
        now = self._registry.clock()
        if (ready := self._ready.get(name)) is not None:
            generation = await self._pool.run(_generation, self._registry, name)
            if generation == ready.generation and self._ready.get(name) is ready:
                ready.checked_at = now
                self._ready.move_to_end(name)
                return ready
            self.forget(name)
        return await self._rendered(name)

    def forget(self, name: str) -> None:
        """Drop what is ready: this process changed the package."""
        if (ready := self._ready.pop(name, None)) is not None:
            self._size_bytes -= ready.size_bytes
        if name in self._flights:
            self._dirty.add(name)

    async def _rendered(self, name: str) -> ReadyPackument | None:
        if (flight := self._flights.get(name)) is not None:
            return await asyncio.shield(flight)
        flight = asyncio.get_running_loop().create_future()
        self._flights[name] = flight
        try:
            ready = None
            # What changed while it was rendered is rendered again, once for all changes.
            for _ in range(3):
                self._dirty.discard(name)
                ready = await self._pool.run(_render, self._registry, name)
                if name not in self._dirty:
                    break
            if ready is not None and name not in self._dirty:
                self._keep(name, ready)
            flight.set_result(ready)
        except BaseException as err:
            flight.set_exception(err)
            flight.exception()  # the waiters see it; nobody waiting is no error
            raise
        finally:
            del self._flights[name]
            self._dirty.discard(name)
        return ready

    def _keep(self, name: str, ready: ReadyPackument) -> None:
        self._ready[name] = ready
        self._size_bytes += ready.size_bytes
        while self._size_bytes > CACHE_BYTES and len(self._ready) > 1:
            _, oldest = self._ready.popitem(last=False)
            self._size_bytes -= oldest.size_bytes


def _generation(registry: Registry, name: str) -> int | None:
    with registry.database.reading() as connection:
        return packages.generation_of(connection, name)


def _render(registry: Registry, name: str) -> ReadyPackument | None:
    now = registry.clock()
    with registry.database.reading() as connection:
        package = packages.find(connection, name)
        if package is None or package.unpublished_at is not None:
            return None
        parts = parts_of(registry, connection, package)
    if not parts.versions:
        return None
    is_public = package.access == "public"
    bodies: dict[Variant, ReadyBody] = {}
    size = 0
    for form, document in ((Form.FULL, render_full(parts)), (Form.CORGI, render_corgi(parts))):
        for encoding in Encoding:
            data = compressed(document, encoding, gzip_level=_GZIP_LEVEL)
            bodies[form, encoding] = _body(form, data, encoding=encoding, is_public=is_public)
            size += len(data)
    return ReadyPackument(
        generation=package.generation,
        is_public=is_public,
        bodies=bodies,
        size_bytes=size,
        checked_at=now,
    )


def _body(form: Form, data: bytes, *, encoding: Encoding, is_public: bool) -> ReadyBody:
    etag = b'"%s"' % hashlib.sha256(data).hexdigest()[:32].encode()
    common: Headers = (
        (b"vary", b"accept, accept-encoding"),
        (
            b"cache-control",
            b"public, max-age=0, must-revalidate" if is_public else b"private, no-cache",
        ),
    )
    return ReadyBody.of(form, data, etag=etag, common=common, encoding=encoding)
