"""Finding what judging a packument needs beside itself, within a budget of time.

The upstream's keys, attestations of the versions that are verified, known flaws, and the histories
of dependencies that a release brings. What could not be had in time is lacking, which policy
weighs, and which is told. Not here: judging (`judging`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from imprint.attestations.reading.key_sets import read_key_set
from imprint.evidence.gathering import Gathered, Sources, gather_proofs
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.proving import Proofs, prove_all
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Collection,
        Coroutine,
        Iterable,
        Mapping,
        Sequence,
    )

    from imprint.evidence.looked import Looked
    from imprint.evidence.wanted import Wanted
    from imprint.gate.judging.kept_attestations import KeptAttestations
    from imprint.gate.judging.known_flaws import FlawsOfVersions, KnownFlaws
    from imprint.gate.judging.policies import GatePolicy
    from imprint.gate.judging.trust import TrustJudge
    from imprint.gate.model import Upstream, UpstreamDocument
    from imprint.gate.upstream.kept_keys import UpstreamKeys
    from imprint.history.axes import Carries
    from imprint.history.projection import PackumentHistory
    from imprint.http.pool import Pool
    from imprint.upstream.registries import UpstreamRegistry

    Neighbours = Callable[[str], Awaitable[Looked[PackumentHistory]]]

T = TypeVar("T")

KEYS_SECONDS = 600.0
RETRY_SECONDS = 30.0
ADVISORIES_SECONDS = 3600.0
"""How long a version is what it was judged to be without asking again what is known against it."""
AT_ONCE = 12
"""Attestation documents that are fetched at a time, for one packument."""
MOST_NEIGHBOURS = 64
"""Dependencies that are looked at, for one packument."""
NEIGHBOURS_AT_ONCE = 8
_MOST_REGISTRIES = 64
_LATE = NotLooked(why="it could not be had in time", is_failure=True)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    proofs: Proofs
    flaws: FlawsOfVersions
    registry_keys: frozenset[str] | None
    failures: tuple[str, ...] = ()
    """What could not be had and may be had later, one line each."""
    good_until: float | None = None
    """Unix seconds: upstreams may say something else of the same versions from then on."""
    neighbours: Mapping[str, Looked[PackumentHistory]] = msgspec.field(default_factory=dict)


class Finder:
    """Asks upstreams. Used from one event loop alone."""

    def __init__(
        self,
        *,
        registry_of: Callable[[Upstream], UpstreamRegistry],
        verify: TrustJudge,
        pool: Pool,
        store: KeptAttestations,
        keys: UpstreamKeys,
        clock: Callable[[], float],
        neighbours: Neighbours | None = None,
        flaws: KnownFlaws | None = None,
        budget_seconds: float,
    ) -> None:
        """Verify by `verify` in `pool`, which has one thread.

        `neighbours` gives the history of any upstream's package, and must not ask for names of our
        own; `flaws` None: nobody asks for advisories.
        """
        self._registry_of = registry_of
        self._verify = verify
        self._pool = pool
        self._store = store
        self._upstream_keys = keys
        self._clock = clock
        self._neighbours = neighbours
        self._flaws = flaws
        self._budget_seconds = budget_seconds
        self._keys: dict[str, tuple[float, Looked[bytes]]] = {}
        self._ids: dict[int, tuple[Looked[bytes], frozenset[str] | None]] = {}
        """By what is said of keys, the very object."""
        self._asking: dict[str, asyncio.Task[Looked[bytes]]] = {}
        self._serving: set[str] = set()
        """Addresses of upstreams that have handed on some attestations."""
        self._late: set[asyncio.Task[object]] = set()

    @property
    def has_neighbours(self) -> bool:
        """Whether histories of other packages can be had."""
        return self._neighbours is not None

    async def find(
        self,
        document: UpstreamDocument,
        wanted: Sequence[Wanted],
        *,
        carries: Carries,
        policy: GatePolicy,
        now: float,
        weighed: Collection[str] | None = None,
    ) -> Found:
        """Return what there is to be known of `wanted`, versions of `document`. Raises nothing.

        `weighed` are the versions whose flaws matter; None: all of the document's.
        """
        failures: list[str] = []
        url = document.upstream.url
        flaws_of = self._within(self._flaws_of(document, weighed), None)
        proving = self._for_proving(document, wanted, carries=carries, policy=policy, now=now)
        flaws, (keys, gathered) = await asyncio.gather(flaws_of, proving)
        if isinstance(keys, NotLooked):
            failures.append(f"the registry's keys: {keys.why}")
        elif (doubt := self._upstream_keys.doubt(document.upstream)) is not None:
            failures.append(f"the registry's keys: {doubt}")
        if flaws is None:
            failures.append("advisories could not be had in time")
        if gathered is None:
            failures.append("attestations could not be had in time")
            gathered = _without_documents(document, wanted, carries)
        gathered = replace(gathered, keys={url: keys})
        failures += _failed(gathered)
        if any(isinstance(looked, Had) for looked in gathered.documents.values()):
            self._serving.add(url)
        proofs = await self._pool.run(
            prove_all,
            wanted,
            gathered,
            judge=self._verify,
            pins=policy.loaded.pins,
            serving=frozenset(self._serving),
        )
        failures += _failures_of((flaws or {}).values())
        return Found(
            proofs=proofs,
            flaws=dict.fromkeys(document.history.moments, _LATE) if flaws is None else flaws,
            registry_keys=self._ids_of(keys),
            failures=tuple(failures),
            # A version that was there for months may be found to be malware any day.
            good_until=None if self._flaws is None else now + ADVISORIES_SECONDS,
        )

    def prepare(self) -> None:
        """Read what verifying needs, before there is anything to be judged. Blocks."""
        self._verify.prepare()

    def look_again(self) -> None:
        """Read what is kept of each package anew when it is next judged."""
        self._store.look_again()

    def expect(self, upstream: Upstream, name: str, version: str) -> None:
        """Begin to ask for what a tarball's judging will need, before its packument is here."""
        if self._flaws is not None:
            self._flaws.expect(upstream.url, name, version)

    async def with_neighbours(self, found: Found, names: Collection[str]) -> Found:
        """Return what was found, with the histories of these packages."""
        if self._neighbours is None or not names:
            return found
        free, ask = asyncio.Semaphore(NEIGHBOURS_AT_ONCE), self._neighbours

        async def look(name: str) -> Looked[PackumentHistory]:
            async with free:
                return await ask(name)

        asked = sorted(names)[:MOST_NEIGHBOURS]
        looked = await asyncio.gather(*(self._within(look(name), _LATE) for name in asked))
        neighbours = dict(zip(asked, looked, strict=True))
        failures = [
            f"its dependency `{name}`: {one.why}"
            for name, one in neighbours.items()
            if isinstance(one, NotLooked)
        ]
        return replace(found, neighbours=neighbours, failures=(*found.failures, *failures))

    async def _for_proving(
        self,
        document: UpstreamDocument,
        wanted: Sequence[Wanted],
        *,
        carries: Carries,
        policy: GatePolicy,
        now: float,
    ) -> tuple[Looked[bytes], Gathered | None]:
        """Return the upstream's keys and the attestations that there are; None: they are late."""
        known = self._known_keys(document.upstream)
        if known is not None and not _may_need_documents(document, wanted, now=now, policy=policy):
            # Of most versions of a lockfile there is nothing to be asked.
            return known, _without_documents(document, wanted, carries)
        gathered = self._gathered(document, wanted, carries=carries, policy=policy, now=now)
        return await asyncio.gather(
            self._within(self._keys_of(document.upstream), _LATE), self._within(gathered, None)
        )

    async def _gathered(
        self,
        document: UpstreamDocument,
        wanted: Sequence[Wanted],
        *,
        carries: Carries,
        policy: GatePolicy,
        now: float,
    ) -> Gathered:
        registry = self._registry_of(document.upstream)
        sources = Sources(
            fetcher=registry.fetcher,
            credential_for=registry.credential_for,
            store=self._store,
            at_most=AT_ONCE,
        )
        without = _without_documents(document, wanted, carries)
        await self._store.read(document.name, self._pool)
        gathered = await gather_proofs(
            wanted,
            sources,
            histories=without.histories,
            carries=without.carries,
            keys={},
            now=now,
            fresh_seconds=policy.loaded.policy.fresh_seconds,
        )
        self._go_on(asyncio.create_task(self._store.write(self._pool, clock=self._clock)))
        return gathered

    def _known_keys(self, upstream: Upstream) -> Looked[bytes] | None:
        """Return what an upstream said of its keys of late; None: it is to be asked."""
        known = self._keys.get(upstream.url)
        if known is None:
            return None
        is_known = self._upstream_keys.doubt(upstream) is None
        is_known = is_known and not isinstance(known[1], NotLooked)
        lasts = KEYS_SECONDS if is_known else RETRY_SECONDS
        return known[1] if 0 <= self._clock() - known[0] < lasts else None

    async def _keys_of(self, upstream: Upstream) -> Looked[bytes]:
        known = self._known_keys(upstream)
        if known is not None:
            return known
        asking = self._asking.get(upstream.url)
        if asking is None:
            asking = asyncio.create_task(self._ask_keys(upstream), name="gate-keys")
            self._asking[upstream.url] = asking
        return await asyncio.shield(asking)

    async def _ask_keys(self, upstream: Upstream) -> Looked[bytes]:
        try:
            looked = await self._upstream_keys.of(upstream)
            self._keys[upstream.url] = (self._clock(), looked)
            return looked
        finally:
            del self._asking[upstream.url]

    def _ids_of(self, keys: Looked[bytes]) -> frozenset[str] | None:
        """Return the ids of a registry's keys, which are the same for many packages."""
        known = self._ids.get(id(keys))
        if known is None or known[0] is not keys:
            if len(self._ids) >= _MOST_REGISTRIES:
                self._ids.clear()
            known = self._ids[id(keys)] = keys, _key_ids(keys)
        return known[1]

    async def _flaws_of(
        self, document: UpstreamDocument, weighed: Collection[str] | None
    ) -> FlawsOfVersions:
        if self._flaws is None:
            return {}
        if weighed is None:
            return await self._flaws.of(document)
        return await self._flaws.of_versions(document, weighed)

    async def _within(self, asking: Coroutine[object, object, T], otherwise: T) -> T:
        """Return what `asking` comes to, or `otherwise` where it is late; it goes on meanwhile."""
        task = asyncio.ensure_future(asking)
        done, _ = await asyncio.wait({task}, timeout=self._budget_seconds)
        if done:
            return task.result()
        self._go_on(task)
        return otherwise

    def _go_on(self, task: asyncio.Task[T]) -> None:
        """Let it come to its end, while nobody waits for it."""
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [*self._late, *self._asking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._flaws is not None:
            await self._flaws.close()
        await self._pool.run(self._verify.close)
        self._pool.close()


def _may_need_documents(
    document: UpstreamDocument, wanted: Sequence[Wanted], *, now: float, policy: GatePolicy
) -> bool:
    """Return whether proving `wanted` may take attestations: its own, or of what came before it."""
    fresh_seconds = policy.loaded.policy.fresh_seconds
    for one in wanted:
        row = document.history.publication(one.version)
        if row is None or row.has_attestations or row.published is None:
            return True
        if one.is_introduced or now - row.published <= fresh_seconds:
            return True
    return False


def _without_documents(
    document: UpstreamDocument, wanted: Sequence[Wanted], carries: Carries
) -> Gathered:
    url = document.upstream.url
    return Gathered(
        registries={one.name: url for one in wanted},
        histories={document.name: Had(document.history)},
        carries={url: carries},
        keys={},
        documents={},
        compared={},
    )


def _failed(gathered: Gathered) -> list[str]:
    return [f"attestations: {why}" for why in _failures_of(gathered.documents.values())[:1]]


def _failures_of(looked: Iterable[Looked[T]]) -> list[str]:
    return sorted({one.why for one in looked if isinstance(one, NotLooked) and one.is_failure})


def _key_ids(keys: Looked[bytes]) -> frozenset[str] | None:
    match keys:
        case Had(value=raw):
            try:
                return frozenset(key.key_id for key in read_key_set(raw).keys)
            except Malformed:
                return None
        case NotThere() | NotLooked():
            return None
