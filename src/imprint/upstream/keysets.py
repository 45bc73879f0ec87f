"""KeySets: every issuer's keys, kept fresh, at one fetch at a time. Not here: verifying by them.

What goes wrong elsewhere is designed out: a withdrawn key is not trusted for longer than the soft
age, a slow issuer delays nobody who holds a known key or asks another issuer, an issuer that is
down is not asked more often because it is down, and what was fetched is only replaced by something
better. Nothing is locked while the network is waited for: a snapshot is replaced as a whole.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from imprint.refusals import Malformed, Unavailable
from imprint.tokens.times import LEEWAY_SECONDS
from imprint.upstream.discovery import fetch_key_set
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Fetcher
from imprint.upstream.freshness import Freshness, KeySetLimits, Need, needed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from imprint.tokens.issuers import Issuer
    from imprint.tokens.keysets import KeySet

log = logging.getLogger("imprint.upstream")

MAX_UNKNOWN_KEY_IDS: Final = 256
_NEVER: Final = float("-inf")


class _Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    keys: KeySet
    fetched_at: float


class _Flight(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh that is under way."""

    task: asyncio.Task[None]
    started_at: float
    """By the loop's clock."""


class _Entry(msgspec.Struct, kw_only=True):
    """What is known of one issuer."""

    snapshot: _Snapshot | None = None
    flight: _Flight | None = None
    ended_at: float = _NEVER
    """When the last refresh ended, well or not."""
    failure: str = "they were never asked for"
    unknown: dict[str, float] = msgspec.field(default_factory=dict)
    """Key ID to when a fetch did not bring it."""


class KeySets:
    """The keys of all issuers, for one process and event loop."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        key_hosts: Mapping[str, Collection[str]] | None = None,
        limits: KeySetLimits | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Fetch by `fetcher`; `key_hosts` are hosts for keys beside the issuer's own, by its URL.

        `now` is Unix seconds; `sleep` waits between attempts.
        """
        self._fetcher = fetcher
        self._key_hosts = key_hosts or {}
        self._limits = limits or KeySetLimits()
        self._now = now
        self._sleep = sleep
        self._entries: dict[str, _Entry] = {}

    async def get(self, issuer: Issuer, key_id: str | None) -> tuple[KeySet, float]:
        """Return the keys of `issuer` and their age in seconds, after a refresh if one is due.

        The key `key_id` need not be among them: `tokens.verify` says so in its refusal. Raises
        Unavailable `issuer-unreachable` where there never were keys, `keys-too-old` where they
        could not be confirmed for longer than the hard age.
        """
        entry = self._entries.setdefault(issuer.url, _Entry())
        need = needed(self._freshness(entry, key_id), self._limits)
        match need:
            case Need.NOTHING:
                pass
            case Need.REFRESH_LATER:
                self._fly(entry, issuer)
            case Need.REFRESH_SOON:
                await self._wait(self._fly(entry, issuer), self._limits.patience)
            case Need.REFRESH_FIRST:
                before = entry.snapshot
                await self._wait(self._fly(entry, issuer), None)
                if entry.snapshot is not before:
                    self._remember(entry, key_id)
            case _:
                assert_never(need)
        return self._held(entry, issuer)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [entry.flight.task for entry in self._entries.values() if entry.flight]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _freshness(self, entry: _Entry, key_id: str | None) -> Freshness:
        held = entry.snapshot
        looked_for_at = entry.unknown.get(key_id or "", _NEVER)
        return Freshness(
            age=self._since(_NEVER if held is None else held.fetched_at),
            since_refresh=self._since(entry.ended_at),
            is_refreshing=entry.flight is not None,
            is_known=held is not None and (key_id is None or held.keys.find(key_id) is not None),
            since_looked_for=self._since(looked_for_at),
        )

    def _held(self, entry: _Entry, issuer: Issuer) -> tuple[KeySet, float]:
        hint = "try again: nothing was used up"
        if entry.snapshot is None:
            message = f"keys of issuer `{issuer.name}` could not be had: {entry.failure}"
            raise Unavailable("issuer-unreachable", message, hint)
        age = self._since(entry.snapshot.fetched_at)
        if age >= self._limits.hard_age:
            message = f"keys of issuer `{issuer.name}` are too old to be used: {entry.failure}"
            raise Unavailable("keys-too-old", message, hint)
        return entry.snapshot.keys, age

    def _since(self, moment: float) -> float:
        """Return the seconds since `moment`; endless where the clock was set back far beyond it."""
        elapsed = self._now() - moment
        return float("inf") if elapsed < -LEEWAY_SECONDS else max(0.0, elapsed)

    def _remember(self, entry: _Entry, key_id: str | None) -> None:
        """Note a key ID that the refresh did not bring, the newest of a bounded number."""
        if key_id is None or entry.snapshot is None or entry.snapshot.keys.find(key_id):
            return
        entry.unknown.pop(key_id, None)
        while len(entry.unknown) >= MAX_UNKNOWN_KEY_IDS:
            del entry.unknown[next(iter(entry.unknown))]
        entry.unknown[key_id] = self._now()

    def _fly(self, entry: _Entry, issuer: Issuer) -> _Flight:
        """Return the refresh that is under way, or start one: never two for one issuer."""
        if entry.flight is None:
            task = asyncio.create_task(self._refresh(entry, issuer), name="key-set-refresh")
            started_at = asyncio.get_running_loop().time()
            entry.flight = _Flight(task=task, started_at=started_at)
        return entry.flight

    async def _wait(self, flight: _Flight, patience: float | None) -> None:
        """Wait for a refresh to end; whoever waits may be cancelled, the refresh goes on.

        Patience counts from the start of the refresh: a slow issuer costs it once, not each time.
        """
        if patience is not None:
            patience -= asyncio.get_running_loop().time() - flight.started_at
            patience = max(0.0, patience)
        await asyncio.wait({flight.task}, timeout=patience)

    async def _refresh(self, entry: _Entry, issuer: Issuer) -> None:
        # The age counts from before the fetch: what was withdrawn meanwhile may be in the answer.
        started_at = self._now()
        try:
            async with asyncio.timeout(self._limits.budget):
                keys = await self._load(issuer)
        except (FetchFailed, Malformed) as err:
            self._fail(entry, issuer, err.message)
        except TimeoutError:
            self._fail(entry, issuer, f"no answer within `{self._limits.budget:g}` seconds")
        else:
            entry.snapshot = _Snapshot(keys=keys, fetched_at=started_at)
        finally:
            entry.ended_at = self._now()
            entry.flight = None

    def _fail(self, entry: _Entry, issuer: Issuer, reason: str) -> None:
        """Keep what there is, and say so once."""
        entry.failure = reason
        log.warning(
            "issuer.keys-not-refreshed",
            extra={
                "issuer.name": issuer.name,
                "reason": reason,
                "keys.held": entry.snapshot is not None,
            },
        )

    async def _load(self, issuer: Issuer) -> KeySet:
        limits = self._limits
        for attempt in range(1, limits.attempts + 1):
            try:
                return await fetch_key_set(
                    self._fetcher,
                    issuer,
                    key_hosts=self._key_hosts.get(issuer.url, ()),
                    timeout_seconds=limits.request_timeout,
                )
            except FetchFailed as err:
                if not err.is_transient or attempt == limits.attempts:
                    raise
            await self._sleep(limits.backoff * 2 ** (attempt - 1))
        raise AssertionError("unreachable: the last attempt returns or raises")
