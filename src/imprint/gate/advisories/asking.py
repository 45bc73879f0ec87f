"""What upstreams say against versions: asked with the names that are theirs, and kept for a while.

Every install posts its whole graph, most of it the same as a minute ago. Where an upstream does not
answer, what it said earlier is told, and that it is not new. One that has no advisories at all is
told from one that knows of none. Not here: whose a name is.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.gate.advisories.advised import Entry, read_upstream
from imprint.npm.advisories.bulk import batches
from imprint.upstream.advisories import bulk_document
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imprint.gate.model import Upstream
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.upstream.fetch import Fetcher

log = logging.getLogger("imprint.gate")

FRESH_SECONDS: Final = 600.0
STALE_SECONDS: Final = 86_400.0
TIMEOUT_SECONDS: Final = 8.0
"""A client waits for this, and an install must not wait for long."""
FAILURE_SECONDS: Final = 15.0
"""How long an upstream that failed is not asked again: no install waits for it meanwhile."""
MOST_KEPT: Final = 400_000
"""Versions that were asked about, and advisories, of all names together."""
_ENTRY_WEIGHT: Final = 8
"""An advisory takes as much memory as some versions do."""

Key: TypeAlias = tuple[str, str, tuple[str, ...]]


class _Kept(msgspec.Struct, frozen=True):
    at: float
    entries: tuple[Entry, ...]
    weight: int


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one upstream says."""

    entries: Mapping[str, tuple[Entry, ...]] = msgspec.field(default_factory=dict)
    """By name."""
    lacking: str | None = None
    """Why this is not all, one line; None: it is."""
    has_none: bool = False
    """Whether the upstream has no advisories at all: nobody looked for any."""


class _Answers(msgspec.Struct, frozen=True):
    """What an upstream answered, and why that is not all; None: it is."""

    entries: dict[str, tuple[Entry, ...]]
    lacking: str | None


class _NoAdvisories(msgspec.Struct, frozen=True):
    """The upstream has no advisories."""


class UpstreamAdvisories:
    """The advisories of upstreams; used from one event loop alone."""

    def __init__(
        self,
        upstreams: Upstreams,
        fetcher: Fetcher,
        *,
        clock: Callable[[], float],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Ask by `fetcher`; `clock` gives Unix seconds."""
        self._upstreams = upstreams
        self._fetcher = fetcher
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._weight = 0
        self._failed: dict[str, tuple[float, str]] = {}
        """By address: when, and why."""
        self._answered: dict[str, float] = {}
        """By address: when it last answered as one that has advisories."""
        self._without: dict[str, float] = {}
        """By address: when it last said that it has none."""

    async def of_own(self, wanted: Mapping[str, Sequence[str]]) -> Said:
        """Return that nobody is asked about packages of ours."""
        return Said(has_none=True) if wanted else Said()

    async def of(self, upstream: Upstream, wanted: Mapping[str, Sequence[str]]) -> Said:
        """Return what `upstream` says of `wanted`: names that are its own, and no others."""
        now = self._clock()
        if self._is_without(upstream, now):
            return Said(has_none=True)
        keys = {name: _key(upstream, name, versions) for name, versions in wanted.items()}
        kept = {name: self._kept.get(key) for name, key in keys.items()}
        entries = {
            name: found.entries for name, found in kept.items() if found and _is_fresh(found, now)
        }
        missing = {name: wanted[name] for name in keys if name not in entries}
        if not missing:
            return Said(entries=entries)
        asked = await self._asked(upstream, missing)
        if isinstance(asked, str):
            stale = {
                name: found.entries
                for name in missing
                if (found := kept[name]) is not None and now - found.at <= STALE_SECONDS
            }
            log.warning(
                "advisories-unavailable",
                extra={"upstream": upstream.label, "reason": asked, "names": len(missing)},
            )
            older = " (what it said earlier is told)" if stale else ""
            return Said(
                entries={**entries, **stale},
                lacking=f"the advisories of `{upstream.label}` are missing{older}: {asked}",
            )
        if isinstance(asked, _NoAdvisories):
            log.info("upstream-without-advisories", extra={"upstream": upstream.label})
            self._without[upstream.url] = now
            return Said(has_none=True)
        self._answered[upstream.url] = now
        for name in missing:
            if asked.lacking is None:
                self._keep(keys[name], asked.entries.get(name, ()), now)
        return Said(entries={**entries, **asked.entries}, lacking=asked.lacking)

    async def _asked(
        self, upstream: Upstream, wanted: Mapping[str, Sequence[str]]
    ) -> _Answers | _NoAdvisories | str:
        """Return the answers, or why there are none."""
        failed = self._failed.get(upstream.url)
        if failed is not None and 0 <= self._clock() - failed[0] <= FAILURE_SECONDS:
            return failed[1]
        found = await self._answers(upstream, wanted)
        if isinstance(found, str):
            self._failed[upstream.url] = (self._clock(), found)
        return found

    async def _answers(
        self, upstream: Upstream, wanted: Mapping[str, Sequence[str]]
    ) -> _Answers | _NoAdvisories | str:
        registry = self._upstreams.registry(upstream, self._fetcher)
        entries: dict[str, tuple[Entry, ...]] = {}
        unreadable = 0
        try:
            async with asyncio.timeout(self._timeout_seconds):
                for batch in batches(wanted):
                    raw = await bulk_document(
                        registry, batch, timeout_seconds=self._timeout_seconds
                    )
                    if raw is None and (entries or self._had_some(upstream)):
                        return "it says that it has none, and had some before"
                    if raw is None:
                        return _NoAdvisories()
                    theirs = await asyncio.to_thread(read_upstream, raw, batch)
                    if theirs is None:
                        return "its answer is none"
                    entries |= theirs.entries
                    unreadable += theirs.unreadable
        except FetchFailed as err:
            return err.message
        except TimeoutError:
            return f"it did not answer within {self._timeout_seconds:g} seconds"
        lacking = None
        if unreadable:
            lacking = f"{unreadable} advisories of `{upstream.label}` cannot be read"
        return _Answers(entries, lacking)

    def _had_some(self, upstream: Upstream) -> bool:
        at = self._answered.get(upstream.url)
        return at is not None and self._clock() - at <= STALE_SECONDS

    def _is_without(self, upstream: Upstream, now: float) -> bool:
        at = self._without.get(upstream.url)
        return at is not None and 0 <= now - at <= FRESH_SECONDS

    def _keep(self, key: Key, entries: tuple[Entry, ...], now: float) -> None:
        weight = 1 + len(key[2]) + _ENTRY_WEIGHT * len(entries)
        before = self._kept.pop(key, None)
        self._weight += weight - (0 if before is None else before.weight)
        self._kept[key] = _Kept(now, entries, weight)
        while self._weight > MOST_KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._weight -= oldest.weight


def _key(upstream: Upstream, name: str, versions: Sequence[str]) -> Key:
    return upstream.url, name, tuple(sorted(set(versions)))


def _is_fresh(kept: _Kept, now: float) -> bool:
    return 0 <= now - kept.at <= FRESH_SECONDS
