"""The packuments of upstreams: asked for if they changed, kept, and served while that is done.

One request for a package at a time, however many want it. What could not be confirmed is handed on
for a while, and says so (`doubt`): never silently. Not here: what of them is served.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate.flights import Room, shared
from imprint.gate.model import UpstreamDocument
from imprint.gate.upstream.away import Away
from imprint.gate.upstream.keeping import Held, Key, confirm, keep, read_kept, take_in
from imprint.gate.upstream.windows import USUAL_WINDOWS, Counts, Windows
from imprint.http.pool import Pool
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from imprint.storage import gate_documents
from imprint.upstream.documents import NOTHING_KNOWN, Document, Validators
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.packuments import (
    USUAL_RETRIES,
    NoSuchPackage,
    Retries,
    Unchanged,
    ask_for_packument,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.evidence.looked import Looked
    from imprint.gate.model import Upstream
    from imprint.gate.upstream.keeping import Write
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.storage.gate_index import GateIndex
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.packuments import PackumentAnswer

log = logging.getLogger("imprint.gate")

HELD_BYTES: Final = 64 * 1024 * 1024
"""Of what judging needs, in memory; the rest is on disk."""
BODY_BYTES: Final = 32 * 1024 * 1024
"""Of bodies in memory: those that are just about to be rendered."""
LARGE_AT_ONCE: Final = 3
"""Large documents that are on their way at a time."""
_BASE_BYTES: Final = 2048
_VERSION_BYTES: Final = 1024
"""How much memory a document takes, about, and each of its versions once it was judged."""
_SILENT: Final = frozenset({FetchReason.UNREACHABLE, FetchReason.TIMEOUT})
"""How an upstream fails that is likely to fail for the next package as well."""
THREADS: Final = 2
SMALL_BYTES: Final = 64 * 1024
"""A document that is read in less time than it takes to have a thread do it."""
MOST_UNWRITTEN: Final = 64
"""Small documents that are served before they are on disk: there they are for the next start."""
REMEMBERED: Final = 16_384
"""Names of which is remembered that they are not there, or could not be had."""


class Documents:
    """The packuments of upstreams. Used from one event loop alone."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        upstreams: Upstreams,
        index: GateIndex,
        clock: Callable[[], float],
        windows: Windows = USUAL_WINDOWS,
        retries: Retries = USUAL_RETRIES,
        holds_unconfirmed: Callable[[], bool] = lambda: False,
        held_bytes: int = HELD_BYTES,
        body_bytes: int = BODY_BYTES,
    ) -> None:
        """Ask `upstreams` by `fetcher`, and keep what they say in `index`.

        `clock` gives Unix seconds. While `holds_unconfirmed`, nothing is handed on that is older
        than `Windows.max_age`, for whatever reason.
        """
        self._fetcher = fetcher
        self._holds_unconfirmed = holds_unconfirmed
        self._upstreams = upstreams
        self._index = index
        self._clock = clock
        self._windows = windows
        self._retries = retries
        self._held = Held[Key, UpstreamDocument](held_bytes)
        self._bodies = Held[str, bytes](body_bytes)
        self._not_had: OrderedDict[Key, tuple[float, NotThere | NotLooked]] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[UpstreamDocument | None]] = {}
        self._asking: dict[Key, asyncio.Task[Looked[UpstreamDocument]]] = {}
        self._writing: dict[Key, asyncio.Task[None]] = {}
        self._away = Away(clock)
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._pool = Pool(THREADS)
        self.counts = Counts()

    async def close(self) -> None:
        """Give up what is being asked for, and let what is being kept be kept."""
        tasks = [*self._loading.values(), *self._asking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._writing.values(), return_exceptions=True)
        self._pool.close()

    async def get(
        self, name: str, upstream: Upstream, *, anew: bool = False
    ) -> Looked[UpstreamDocument]:
        """Return the packument of `name`, as new as `Windows` has it; raises nothing.

        `anew`: the upstream is asked, whatever is known.
        """
        key = (upstream.url, name)
        not_had = self._remembered(key)
        if isinstance(not_had, NotThere):
            if not anew:
                return not_had
            not_had = None
        document = self._held.get(key) or await self._loaded(key, upstream)
        if document is None:
            if not_had is not None:
                return not_had
            return await asyncio.shield(self._ask(key, upstream, None))
        age = self._clock() - document.confirmed_at
        if 0 <= age <= self._windows.max_age and not anew:
            return Had(document)
        if not_had is not None:
            return self._in_doubt(document, not_had)
        asking = self._ask(key, upstream, document)
        may_wait = anew or self._holds_unconfirmed()
        if 0 <= age <= self._windows.max_age + self._windows.refresh and not may_wait:
            return Had(document)
        away = None if may_wait else self._away.why(upstream.url)
        if away is not None:
            return self._in_doubt(document, NotLooked(why=away, is_failure=True))
        return await self._patiently(asking, document)

    async def body(self, document: UpstreamDocument) -> bytes | None:
        """Return the very bytes of a document that `get` returned, uncompressed.

        None: they are nowhere any more. The next `get` has a document with its bytes again.
        """
        found = self._bodies.get(document.digest)
        if found is not None:
            return found
        key = (document.upstream.url, document.name)
        await self._written(key)
        found = await self._pool.run(gate_documents.get_body, self._index, *key, document.digest)
        if found is None:
            held = self._held.get(key)
            if held is not None and held.digest == document.digest:
                self._held.drop(key)
            await self._pool.run(gate_documents.drop, self._index, *key, digest=document.digest)
        return found

    def is_at_hand(self, name: str, upstream: Upstream) -> bool:
        """Return whether `get` needs neither the disk nor the upstream to answer in some way."""
        key = (upstream.url, name)
        return self._held.get(key) is not None or self._remembered(key) is not None

    def held(self, name: str, upstream: Upstream) -> UpstreamDocument | None:
        """Return what is in memory of `name`, of whatever age."""
        return self._held.get((upstream.url, name))

    async def take_up(self) -> tuple[str, ...]:
        """Let go of what somebody else has put on disk in a newer form; returns the names.

        An archive was taken (`imprint gate import`): what it brought is served from now on, also of
        packages that were not there, or could not be had.
        """
        known = dict.fromkeys(self._not_had, -math.inf)
        known |= {key: document.confirmed_at for key, document in self._held.items()}
        found = await self._pool.run(gate_documents.confirmed_later, self._index, known)
        for key in found:
            held = self._held.get(key)
            if held is None or held.confirmed_at == known[key]:
                self._held.drop(key)
                self._not_had.pop(key, None)
        return tuple(name for _, name in found)

    @property
    def held_bytes(self) -> int:
        """How much memory is in use, about."""
        return self._held.size_bytes + self._bodies.size_bytes

    @property
    def failure(self) -> str | None:
        """Why nothing is kept on disk just now, one line; None: all is well."""
        return self._index.failure

    async def _patiently(
        self, asking: asyncio.Task[Looked[UpstreamDocument]], document: UpstreamDocument
    ) -> Looked[UpstreamDocument]:
        # Nothing older takes the place of what is waited for, where that is held.
        patience = None if self._holds_unconfirmed() else self._windows.patience
        try:
            async with asyncio.timeout(patience):
                looked = await asyncio.shield(asking)
        except TimeoutError:
            slow = f"it did not answer within `{self._windows.patience:g}` seconds"
            self._away.missed(document.upstream.url, slow)
            return self._in_doubt(document, NotLooked(why=slow, is_failure=True))
        return self._in_doubt(document, looked) if isinstance(looked, NotLooked) else looked

    def _in_doubt(
        self, document: UpstreamDocument, looked: NotThere | NotLooked
    ) -> Looked[UpstreamDocument]:
        """Return a document that could not be confirmed, saying so; too old, it is none."""
        if isinstance(looked, NotThere):
            return looked
        age = self._clock() - document.confirmed_at
        since = datetime.fromtimestamp(document.confirmed_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        if self._holds_unconfirmed():
            why = f"{looked.why}; what is kept was last confirmed at {since}, and is held"
            return NotLooked(why=why, is_failure=True, is_held=True)
        if age > self._windows.max_age + self._windows.stale:
            why = f"{looked.why}; what is kept was last confirmed at {since}, too long ago"
            return NotLooked(why=why, is_failure=True)
        self.counts.in_doubt += 1
        doubt = f"not confirmed by `{document.upstream.label}` since {since}: {looked.why}"
        return Had(replace(document, doubt=doubt))

    def _remembered(self, key: Key) -> NotThere | NotLooked | None:
        found = self._not_had.get(key)
        if found is None:
            return None
        at, looked = found
        lasts = self._windows.missing if isinstance(looked, NotThere) else self._windows.failure
        if 0 <= self._clock() - at <= lasts:
            return looked
        del self._not_had[key]
        return None

    async def _loaded(self, key: Key, upstream: Upstream) -> UpstreamDocument | None:
        """Return what is on disk, read once for all who want it."""
        return await asyncio.shield(shared(self._loading, key, lambda: self._load(key, upstream)))

    async def _load(self, key: Key, upstream: Upstream) -> UpstreamDocument | None:
        now = self._clock()
        document = await self._pool.run(read_kept, self._index, key, upstream, now=now)
        newer = self._held.get(key)
        if newer is None and document is not None:
            self._hold(key, document)
        return newer or document

    def _ask(
        self, key: Key, upstream: Upstream, known: UpstreamDocument | None
    ) -> asyncio.Task[Looked[UpstreamDocument]]:
        """Return the one request for a package that is under way, begun now if there is none."""
        return shared(self._asking, key, lambda: self._asked(key, upstream, known))

    async def _asked(
        self, key: Key, upstream: Upstream, known: UpstreamDocument | None
    ) -> Looked[UpstreamDocument]:
        started = asyncio.get_running_loop().time()
        clock = asyncio.timeout(self._windows.most)
        room = Room(self._large, clock)
        self.counts.asked += 1
        try:
            async with clock:
                answer = await self._answer(key[1], upstream, known, room)
            self._away.heard(upstream.url)
            return await self._taken(answer, key, upstream, known)
        except TimeoutError:
            self._away.missed(upstream.url, "it did not answer in time")
            return self._failed(key, upstream, "it did not answer in time")
        except (FetchFailed, Malformed) as err:
            if isinstance(err, FetchFailed) and err.reason in _SILENT:
                self._away.missed(upstream.url, err.message)
            return self._failed(key, upstream, err.message)
        finally:
            room.leave()
            self.counts.seconds += asyncio.get_running_loop().time() - started

    async def _answer(
        self, name: str, upstream: Upstream, known: UpstreamDocument | None, room: Room
    ) -> PackumentAnswer:
        validators = NOTHING_KNOWN
        if known is not None:
            validators = Validators(etag=known.etag, last_modified=known.last_modified)
        return await ask_for_packument(
            self._upstreams.registry(upstream, self._fetcher),
            PackageName.parse_existing(name),
            known=validators,
            before_more=room.before_more,
            timeout_seconds=self._windows.attempt,
            retries=self._retries,
        )

    async def _taken(
        self,
        answer: PackumentAnswer,
        key: Key,
        upstream: Upstream,
        known: UpstreamDocument | None,
    ) -> Looked[UpstreamDocument]:
        now = self._clock()
        await self._written(key)
        match answer:
            case NoSuchPackage():
                self.counts.missing += 1
                self._held.drop(key)
                self._remember(key, NotThere())
                await self._pool.run(gate_documents.drop, self._index, *key)
                return NotThere()
            case Unchanged():
                if known is None:
                    return self._failed(key, upstream, "it is said to be unchanged, of nothing")
                self.counts.unchanged += 1
                document = replace(known, confirmed_at=now, doubt=None)
                await self._pool.run(confirm, self._index, key, document)
            case Document():
                self.counts.changed += 1
                self.counts.size_bytes += len(answer.body)
                if len(answer.body) <= SMALL_BYTES and len(self._writing) < MOST_UNWRITTEN:
                    document, write = take_in(answer, key, upstream, known, now=now)
                    self._write(key, write)
                else:
                    document = await self._pool.run(
                        keep, self._index, answer, key, upstream, known, now=now
                    )
                self._bodies.put(document.digest, answer.body, len(answer.body))
        self._not_had.pop(key, None)
        self._hold(key, document)
        return Had(document)

    def _write(self, key: Key, write: Write) -> None:
        """Have something written beside what goes on."""

        def ended(_: asyncio.Task[None]) -> None:
            del self._writing[key]

        task = self._writing[key] = asyncio.create_task(self._pool.run(write, self._index))
        task.add_done_callback(ended)

    async def _written(self, key: Key) -> None:
        """Return when what is known of a package is on disk, as far as it can be."""
        writing = self._writing.get(key)
        if writing is not None:
            await asyncio.wait({writing})

    def _hold(self, key: Key, document: UpstreamDocument) -> None:
        versions = len(document.history.moments)
        self._held.put(key, document, _BASE_BYTES + versions * _VERSION_BYTES)

    def _failed(self, key: Key, upstream: Upstream, why: str) -> NotLooked:
        self.counts.failed += 1
        about = {"package.name": key[1], "upstream": upstream.label, "reason": why}
        log.warning("upstream-unavailable", extra=about)
        looked = NotLooked(why=why, is_failure=True)
        self._remember(key, looked)
        return looked

    def _remember(self, key: Key, looked: NotThere | NotLooked) -> None:
        self._not_had[key] = (self._clock(), looked)
        self._not_had.move_to_end(key)
        if len(self._not_had) > REMEMBERED:
            self._not_had.popitem(last=False)
