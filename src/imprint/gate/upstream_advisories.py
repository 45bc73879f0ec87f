"""What upstreams say against versions: asked with the names that are theirs, and kept for a while.

Every install posts its whole graph, most of it the same as a minute ago. Where an upstream does not
answer, what it said earlier is told, and that it is not new. Not here: whose a name is.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.gate.advised import Entry, read_upstream
from imprint.npm.advisories.bulk import batches
from imprint.upstream.advisories import bulk_document
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imprint.gate.model import Upstream
    from imprint.gate.upstreams import Upstreams
    from imprint.upstream.fetch import Fetcher

log = logging.getLogger("imprint.gate")

FRESH_SECONDS: Final = 600.0
STALE_SECONDS: Final = 86_400.0
TIMEOUT_SECONDS: Final = 8.0
"""A client waits for this, and an install must not wait for long."""
MOST_KEPT: Final = 65_536
"""Names with their versions."""

Key: TypeAlias = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one upstream says."""

    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    """By name."""
    lacking: str | None = None
    """Why this is not all, one line; None: it is."""


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

    async def of(self, upstream: Upstream, wanted: Mapping[str, Sequence[str]]) -> Said:
        """Return what `upstream` says of `wanted`: names that are its own, and no others."""
        now = self._clock()
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
        found_entries, lacking = asked
        for name in missing:
            self._keep(keys[name], _Kept(now, found_entries.get(name, ())), keeps=lacking is None)
        return Said(entries={**entries, **found_entries}, lacking=lacking)

    async def _asked(
        self, upstream: Upstream, wanted: Mapping[str, Sequence[str]]
    ) -> tuple[dict[str, tuple[Entry, ...]], str | None] | str:
        """Return the answers, and what is wrong with them; a text: there are none, and why."""
        registry = self._upstreams.registry(upstream, self._fetcher)
        entries: dict[str, tuple[Entry, ...]] = {}
        unreadable = 0
        try:
            async with asyncio.timeout(self._timeout_seconds):
                for batch in batches(wanted):
                    raw = await bulk_document(
                        registry, batch, timeout_seconds=self._timeout_seconds
                    )
                    if raw is None:
                        return {}, None  # a registry without advisories has said all that it has
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
        return entries, lacking

    def _keep(self, key: Key, kept: _Kept, *, keeps: bool) -> None:
        if not keeps:
            return
        self._kept[key] = kept
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _key(upstream: Upstream, name: str, versions: Sequence[str]) -> Key:
    return upstream.url, name, tuple(sorted(set(versions)))


def _is_fresh(kept: _Kept, now: float) -> bool:
    return 0 <= now - kept.at <= FRESH_SECONDS
