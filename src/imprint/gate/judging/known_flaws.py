"""What upstreams know against versions: asked in batches, kept for some minutes.

Malware refuses a version, and a fix of an advisory need not wait for the cooldown. An upstream is
only asked about names that come from it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.advisories import advisories_of
from imprint.evidence.archived_advisories import found_in
from imprint.evidence.looked import Had, NotLooked
from imprint.evidence.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from imprint.evidence.advisories import FoundAdvisories
    from imprint.evidence.looked import Looked
    from imprint.gate.model import UpstreamDocument
    from imprint.npm.advisories.model import Advisory
    from imprint.storage.advisory_archive import AdvisoryArchive
    from imprint.upstream.registries import UpstreamRegistry

    FlawsOfVersions = Mapping[str, Looked[tuple[Advisory, ...]]]

GATHER_SECONDS = 0.03
"""How long the first of a batch waits for others: an install asks for many packages at once."""
KEPT_SECONDS = 900.0
RETRY_SECONDS = 60.0
MOST_KEPT = 4096
MOST_ALONE = 65_536
"""Versions of packages of which no whole packument was asked about: installs from a lockfile."""
_NOTHING: Looked[tuple[Advisory, ...]] = Had(())
_FAILED = NotLooked(why="advisories could not be had", is_failure=True)

Key = tuple[str, str]
"""An upstream's address, and a package's name."""


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one document."""

    at: float
    digest: str
    found: FlawsOfVersions

    def is_good(self, now: float) -> bool:
        """Whether it need not be asked for again."""
        return _is_good(self.at, now, has_failed=any(map(_is_failure, self.found.values())))


class KnownFlaws:
    """Advisories of upstreams' packages. Used from the event loop alone."""

    def __init__(
        self,
        *,
        registry_of: Callable[[str], UpstreamRegistry],
        clock: Callable[[], float],
        archive: AdvisoryArchive | None = None,
    ) -> None:
        """Ask the registry of an upstream's address, `registry_of`; with an `archive` nobody."""
        self._registry_of = registry_of
        self._archive = archive
        self._clock = clock
        self._kept: OrderedDict[Key, _Known] = OrderedDict()
        self._alone: OrderedDict[tuple[Key, str], tuple[float, Looked[tuple[Advisory, ...]]]] = (
            OrderedDict()
        )
        self._waiting: dict[Key, UpstreamDocument] = {}
        self._waiting_alone: dict[bool, set[tuple[Key, str]]] = {False: set(), True: set()}
        """By whether they are only expected."""
        self._under_way: dict[tuple[Key, str], asyncio.Task[None]] = {}
        """Which batch a version is asked about in."""
        self._asking: dict[bool, asyncio.Task[None]] = {}
        self._batches: set[asyncio.Task[None]] = set()

    async def of(self, document: UpstreamDocument) -> FlawsOfVersions:
        """Return what is known against versions of a packument; of the others it is nothing."""
        key = _key(document)
        known = self._good(key, document.digest)
        if known is None:
            self._waiting[key] = document
            # Whoever gives up does not take the answer from the others.
            await asyncio.shield(self._batch())
            known = self._kept.get(key)
        if known is None or known.digest != document.digest:
            return dict.fromkeys(document.history.moments, _FAILED)
        self._kept.move_to_end(key)
        return known.found

    async def of_versions(
        self, document: UpstreamDocument, versions: Collection[str]
    ) -> FlawsOfVersions:
        """Return what is known against these versions of a packument: all that a tarball needs."""
        key = _key(document)
        known = self._good(key, document.digest)
        if known is not None:
            return known.found
        # Twice: what was expected is asked anew where that failed, without what clients made up.
        for _ in range(2):
            batches = {self._batch_of(key, version) for version in versions}
            await asyncio.gather(*(asyncio.shield(one) for one in batches if one is not None))
        found = {version: self._alone.get((key, version)) for version in versions}
        return {version: _FAILED if one is None else one[1] for version, one in found.items()}

    def expect(self, url: str, name: str, version: str) -> None:
        """Ask about a version that somebody will need, of the upstream at `url`: nobody waits.

        Whoever asks the gate chooses name and version, and an upstream may refuse a question for
        one of them: so it is asked apart from what packuments have, and a failure counts for
        nothing.
        """
        if (url, name) not in self._kept:
            self._batch_of((url, name), version, is_expected=True)

    async def close(self) -> None:
        """Give up what is being asked."""
        for batch in self._batches:
            batch.cancel()
        await asyncio.gather(*self._batches, return_exceptions=True)

    def _good(self, key: Key, digest: str) -> _Known | None:
        known = self._kept.get(key)
        if known is None or known.digest != digest or not known.is_good(self._clock()):
            return None
        return known

    def _batch_of(
        self, key: Key, version: str, *, is_expected: bool = False
    ) -> asyncio.Task[None] | None:
        """Return the batch that asks about a version; None: what is known of it is good."""
        known = self._alone.get((key, version))
        if known is not None and _is_good(
            known[0], self._clock(), has_failed=_is_failure(known[1])
        ):
            return None
        batch = self._under_way.get((key, version))
        if batch is None:
            self._waiting_alone[is_expected].add((key, version))
            batch = self._under_way[key, version] = self._batch(is_expected=is_expected)
        return batch

    def _batch(self, *, is_expected: bool = False) -> asyncio.Task[None]:
        """Return the batch that is being gathered, begun now if there is none."""
        batch = self._asking.get(is_expected)
        if batch is None:
            asking = self._ask(is_expected=is_expected)
            batch = self._asking[is_expected] = asyncio.create_task(asking, name="gate-advisories")
            self._batches.add(batch)
            batch.add_done_callback(self._batches.discard)
        return batch

    async def _ask(self, *, is_expected: bool) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        asked: dict[Key, UpstreamDocument] = {}
        if not is_expected:
            asked, self._waiting = self._waiting, {}
        alone, self._waiting_alone[is_expected] = self._waiting_alone[is_expected], set()
        del self._asking[is_expected]
        wanted = {
            (key, version): Wanted(name=key[1], version=version, registry=key[0])
            for key, version in (
                *alone,
                *((key, version) for key, one in asked.items() for version in one.history.moments),
            )
        }
        try:
            answer = await self._answer(wanted.values())
        finally:
            for one in alone:
                self._under_way.pop(one, None)
        now = self._clock()
        for key, document in asked.items():
            self._keep(key, document, answer, now)
        for key, version in alone:
            looked = answer.by_version.get((key[1], version), _FAILED)
            if is_expected and _is_failure(looked):
                continue
            self._alone[key, version] = now, looked
            self._alone.move_to_end((key, version))
        while len(self._alone) > MOST_ALONE:
            self._alone.popitem(last=False)

    async def _answer(self, wanted: Collection[Wanted]) -> FoundAdvisories:
        if self._archive is not None:
            return await asyncio.to_thread(found_in, self._archive, wanted)
        return await advisories_of(wanted, registry_of=self._registry_of)

    def _keep(
        self, key: Key, document: UpstreamDocument, answer: FoundAdvisories, now: float
    ) -> None:
        name = document.name
        found = {
            version: answer.by_version.get((name, version), _FAILED)
            for version in document.history.moments
        }
        # Of most versions nothing is known, and that need not be kept of each.
        told = {v: each for v, each in found.items() if each != _NOTHING}
        self._kept[key] = _Known(at=now, digest=document.digest, found=told)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _key(document: UpstreamDocument) -> Key:
    return document.upstream.url, document.name


def _is_good(at: float, now: float, *, has_failed: bool) -> bool:
    return 0 <= now - at < (RETRY_SECONDS if has_failed else KEPT_SECONDS)


def _is_failure(looked: Looked[tuple[Advisory, ...]]) -> bool:
    return isinstance(looked, NotLooked) and looked.is_failure
