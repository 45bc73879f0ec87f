"""`GET /-/npm/v1/keys`: our signing keys and the upstreams', as one set (facts/wire.md §2.10).

npm verifies every package of a registry by this one list. A list without an upstream's keys would
make its signatures look forged, so where they cannot be had there is no list at all.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate.upstream.kept_keys import STALE_SECONDS
from imprint.http.replies import JSON_TYPE, NO_STORE, Reply
from imprint.refusals import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imprint.gate.model import Upstream
    from imprint.gate.upstream.kept_keys import UpstreamKeys
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.http.pool import Pool

log = logging.getLogger("imprint.gate")

FRESH_SECONDS = 300.0
MOST_KEYS = 256


class _Key(msgspec.Struct):
    keyid: str
    key: str


class _Keys(msgspec.Struct):
    keys: list[msgspec.Raw]


class _Kept(msgspec.Struct, frozen=True):
    keys: tuple[bytes, ...]
    at: float


class SigningKeys:
    """The union of the keys; one for each process and event loop."""

    def __init__(
        self,
        upstreams: Upstreams,
        keys: UpstreamKeys,
        pool: Pool,
        *,
        own: Callable[[], bytes | None],
        clock: Callable[[], float],
    ) -> None:
        """`own` reads our keys as the document that the registry serves; None: it signs nothing."""
        self._upstreams = upstreams
        self._upstream_keys = keys
        self._pool = pool
        self._own = own
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._asking = asyncio.Lock()

    async def reply(self) -> Reply | None:
        """Return the list; None: nobody here signs anything. Raises Unavailable."""
        own = await self._pool.run(self._own)
        lists = [() if own is None else _keys_of(own)]
        signs = own is not None
        for upstream in self._upstreams.all:
            found = await self._of(upstream)
            lists.append(found.keys)
            signs = signs or bool(found.keys)
        if not signs:
            return None
        body = b'{"keys":[' + b",".join(_union(lists)) + b"]}"
        return Reply(status=200, headers=(JSON_TYPE, NO_STORE), body=body)

    async def _of(self, upstream: Upstream) -> _Kept:
        kept = self._kept.get(upstream.url)
        if kept is not None and 0 <= self._clock() - kept.at <= FRESH_SECONDS:
            return kept
        async with self._asking:
            kept = self._kept.get(upstream.url)
            if kept is not None and 0 <= self._clock() - kept.at <= FRESH_SECONDS:
                return kept
            return await self._asked(upstream, kept)

    async def _asked(self, upstream: Upstream, kept: _Kept | None) -> _Kept:
        match await self._upstream_keys.of(upstream):
            case Had(value=raw):
                try:
                    found = _Kept(_keys_of(raw), self._clock())
                except (msgspec.DecodeError, UnicodeDecodeError):
                    return self._before(upstream, kept, "it sent no list of keys")
            case NotThere():
                found = _Kept((), self._clock())
            case NotLooked(why=why):
                return self._before(upstream, kept, why)
        self._kept[upstream.url] = found
        return found

    def _before(self, upstream: Upstream, kept: _Kept | None, reason: str) -> _Kept:
        """Return the keys of before; raises Unavailable where there are none."""
        if kept is not None and self._clock() - kept.at <= STALE_SECONDS:
            log.warning("stale-keys", extra={"upstream": upstream.label, "reason": reason})
            return kept
        raise Unavailable(
            "upstream-keys",
            f"the signing keys of the upstream `{upstream.label}` could not be had: {reason}",
            hint="try again later: without them good signatures would look forged",
        )


def _keys_of(raw: bytes) -> tuple[bytes, ...]:
    """Return the keys of a document, each as it stands there; raises msgspec.DecodeError."""
    document = msgspec.json.decode(raw, type=_Keys)
    return tuple(bytes(one) for one in document.keys[:MOST_KEYS])


def _union(lists: Iterable[tuple[bytes, ...]]) -> list[bytes]:
    """Return every key once, by its id: ours are first, and nobody puts another in their place."""
    found: dict[str, bytes] = {}
    for keys in lists:
        for raw in keys:
            try:
                key = msgspec.json.decode(raw, type=_Key)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            found.setdefault(key.keyid, raw)
    return list(found.values())
