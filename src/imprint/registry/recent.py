"""Exchanges that were refused a moment ago, to recognise the token publish that follows.

npm and pnpm fall back to a configured token silently when the exchange fails (facts/wire.md §0.4);
only the registry sees both. The memory is bounded, and nothing of it is written down: what an
unproved request says must not fill a database.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec

FOLLOW_SECONDS = 600.0
"""A client's retries, its packing and its upload all end well within ten minutes."""
_MOST = 4096


class RefusedExchange(msgspec.Struct, frozen=True, kw_only=True):
    """One refused exchange."""

    code: str
    message: str
    at: float


class RecentRefusals:
    """The last refusal for each (package, address)."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._refusals: OrderedDict[tuple[str, str], RefusedExchange] = OrderedDict()

    def note(self, package: str, address: str, refused: RefusedExchange) -> None:
        """Remember a refusal."""
        with self._lock:
            self._refusals[package, address] = refused
            self._refusals.move_to_end((package, address))
            while len(self._refusals) > _MOST:
                self._refusals.popitem(last=False)

    def forget(self, package: str, address: str) -> None:
        """Forget it: a later exchange was accepted."""
        with self._lock:
            self._refusals.pop((package, address), None)

    def before(self, package: str, address: str, *, now: float) -> RefusedExchange | None:
        """Return the refusal that a request from `address` for `package` follows, if any."""
        with self._lock:
            refused = self._refusals.get((package, address))
        if refused is None or now - refused.at > FOLLOW_SECONDS:
            return None
        return refused
