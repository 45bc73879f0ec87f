"""What upstreams say of their signing keys: asked for, kept on disk, and used while they are away.

Keys change once in years, and without them no signature can be verified at all: what an upstream
said before is good enough to go on with, and that it could not be confirmed is told.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.evidence.collect import keys_of
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.storage import gate_proofs

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.evidence.looked import Looked
    from imprint.gate.model import Upstream
    from imprint.http.pool import Pool
    from imprint.storage.gate_index import GateIndex
    from imprint.upstream.registries import UpstreamRegistry

log = logging.getLogger("imprint.gate")

STALE_SECONDS: Final = 7 * 86_400.0
"""How long keys are gone on with whose upstream does not answer, if packuments are not for longer
(`gate_stale_seconds`)."""

PATIENCE_SECONDS: Final = 3.0
"""How long an upstream is waited for whose keys are kept."""


class _List(msgspec.Struct):
    keys: list[msgspec.Raw]


class UpstreamKeys:
    """Asks upstreams for their keys. Used from the event loop alone."""

    def __init__(
        self,
        *,
        registry_of: Callable[[Upstream], UpstreamRegistry],
        clock: Callable[[], float],
        index: GateIndex | None = None,
        pool: Pool | None = None,
        stale_seconds: float = STALE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Keep what they say in `index`, in threads of `pool`; without both it is kept nowhere."""
        self._registry_of = registry_of
        self._clock = clock
        self._index = index
        self._pool = pool
        self._stale_seconds = max(stale_seconds, STALE_SECONDS)
        self._patience = patience_seconds
        self._doubts: dict[str, str] = {}

    async def of(self, upstream: Upstream) -> Looked[bytes]:
        """Return what the upstream says, or said last where it does not answer. Asks each time."""
        looked = await self._asked(upstream)
        self._doubts.pop(upstream.url, None)
        if self._index is None or self._pool is None:
            return looked
        match looked:
            case Had(value=document) if not _lists_keys(document):
                why = "it sent no list of keys"
                return await self._kept(self._index, self._pool, upstream, why) or looked
            case Had(value=document):
                kept = gate_proofs.KeptKeys(document=document, confirmed_at=self._clock())
                await self._pool.run(gate_proofs.keep_keys, self._index, upstream.url, kept)
            case NotThere():
                await self._pool.run(gate_proofs.drop_keys, self._index, upstream.url)
            case NotLooked(why=why):
                return await self._kept(self._index, self._pool, upstream, why) or looked
        return looked

    def doubt(self, upstream: Upstream) -> str | None:
        """Return why the keys that `of` returned last are not what the upstream says now."""
        return self._doubts.get(upstream.url)

    async def _asked(self, upstream: Upstream) -> Looked[bytes]:
        """Return what the upstream says; it is waited for a little where its keys are kept."""
        asking = keys_of(self._registry_of(upstream))
        if self._index is None or self._pool is None:
            return await asking
        kept = await self._usable(self._index, self._pool, upstream)
        try:
            async with asyncio.timeout(None if kept is None else self._patience):
                return await asking
        except TimeoutError:
            why = f"it did not answer within `{self._patience:g}` seconds"
            return NotLooked(why=why, is_failure=True)

    async def _kept(
        self, index: GateIndex, pool: Pool, upstream: Upstream, why: str
    ) -> Had[bytes] | None:
        kept = await self._usable(index, pool, upstream)
        if kept is None:
            return None
        since = datetime.fromtimestamp(kept.confirmed_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        self._doubts[upstream.url] = f"not confirmed since {since}: {why}"
        log.warning("stale-keys", extra={"upstream": upstream.label, "reason": why})
        return Had(kept.document)

    async def _usable(
        self, index: GateIndex, pool: Pool, upstream: Upstream
    ) -> gate_proofs.KeptKeys | None:
        """Return what is kept, not too long ago; an archive may have brought anything."""
        kept = await pool.run(gate_proofs.keys_of, index, upstream.url)
        if kept is None or self._clock() - kept.confirmed_at > self._stale_seconds:
            return None
        return kept if _lists_keys(kept.document) else None


def _lists_keys(document: bytes) -> bool:
    """Whether it is a list of keys at all, and no page that says something else."""
    try:
        msgspec.json.decode(document, type=_List)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
