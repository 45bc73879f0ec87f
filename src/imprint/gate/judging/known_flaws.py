"""What upstreams know against versions: asked in batches, kept for some minutes.

Malware refuses a version, and a fix of an advisory need not wait for the cooldown. An upstream is
only asked about names that come from it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.evidence.advisories import advisories_of
from imprint.evidence.looked import Had, NotLooked
from imprint.evidence.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.evidence.looked import Looked
    from imprint.gate.model import UpstreamDocument
    from imprint.npm.advisories.model import Advisory
    from imprint.upstream.registries import UpstreamRegistry

    FlawsOfVersions = Mapping[str, Looked[tuple[Advisory, ...]]]

GATHER_SECONDS = 0.02
"""How long the first of a batch waits for others: an install asks for many packages at once."""
KEPT_SECONDS = 900.0
RETRY_SECONDS = 60.0
MOST_KEPT = 4096
_NOTHING: Looked[tuple[Advisory, ...]] = Had(())
_FAILED = NotLooked(why="advisories could not be had", is_failure=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was found of one document."""

    at: float
    found: FlawsOfVersions

    def is_good(self, now: float) -> bool:
        """Whether it need not be asked for again."""
        has_failed = any(_is_failure(looked) for looked in self.found.values())
        return 0 <= now - self.at < (RETRY_SECONDS if has_failed else KEPT_SECONDS)


class KnownFlaws:
    """Advisories of upstreams' packages. Used from the event loop alone."""

    def __init__(
        self, *, registry_of: Callable[[str], UpstreamRegistry], clock: Callable[[], float]
    ) -> None:
        """Ask the registry of an upstream's address, `registry_of`."""
        self._registry_of = registry_of
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, str], _Known] = OrderedDict()
        self._waiting: dict[tuple[str, str, str], UpstreamDocument] = {}
        self._asking: asyncio.Task[None] | None = None
        self._batches: set[asyncio.Task[None]] = set()

    async def of(self, document: UpstreamDocument) -> FlawsOfVersions:
        """Return what is known against versions of a packument; of the others it is nothing."""
        key = _key(document)
        known = self._kept.get(key)
        if known is None or not known.is_good(self._clock()):
            self._waiting[key] = document
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask(), name="gate-advisories")
                self._batches.add(self._asking)
                self._asking.add_done_callback(self._batches.discard)
            # Whoever gives up does not take the answer from the others.
            await asyncio.shield(self._asking)
            known = self._kept.get(key)
        if known is None:
            return dict.fromkeys(document.history.moments, _FAILED)
        self._kept.move_to_end(key)
        return known.found

    async def close(self) -> None:
        """Give up what is being asked."""
        for batch in self._batches:
            batch.cancel()
        await asyncio.gather(*self._batches, return_exceptions=True)

    async def _ask(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        asked, self._waiting, self._asking = self._waiting, {}, None
        wanted = [
            Wanted(name=one.name, version=version, registry=one.upstream.url)
            for one in asked.values()
            for version in one.history.moments
        ]
        answer = await advisories_of(wanted, registry_of=self._registry_of)
        now = self._clock()
        for key, one in asked.items():
            found = {
                version: answer.by_version.get((one.name, version), _FAILED)
                for version in one.history.moments
            }
            # Of most versions nothing is known, and that need not be kept of each.
            told = {v: each for v, each in found.items() if each != _NOTHING}
            self._kept[key] = _Known(at=now, found=told)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _key(document: UpstreamDocument) -> tuple[str, str, str]:
    return document.upstream.url, document.name, document.digest


def _is_failure(looked: Looked[tuple[Advisory, ...]]) -> bool:
    return isinstance(looked, NotLooked) and looked.is_failure
