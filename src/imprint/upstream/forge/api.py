"""Asking a forge's API: one question, one typed answer. Which questions there are: its neighbours.

A forge that says it is asked too often is not asked again in this run: whatever else is wanted of
it is then not known.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from imprint.refusals import Malformed, quoted
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import JSON, Reach
from imprint.upstream.forge.keeping import DAY_SECONDS, NOTHING_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.publishers.credentials import Secret
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.forge.keeping import Keeping

Known = TypeVar("Known")

TIMEOUT_SECONDS: Final = 20.0
MOST_BYTES: Final = 8 * 1024 * 1024
AT_ONCE: Final = 4
REFUSALS_BEFORE_REST: Final = 5
"""So many `403` one after another: GitHub answers that, too, where it is asked too often."""


@dataclass(slots=True)
class ForgeApi:
    """One forge's API, by its address."""

    fetcher: Fetcher
    url: str
    """`https://api.github.com`, `https://gitlab.example.test/api/v4`: no slash at its end."""
    token: Secret | None = field(default=None, repr=False)
    accept: str = JSON
    keeping: Keeping | None = None
    rests_after: int = REFUSALS_BEFORE_REST
    """So many `403` one after another; 0: never, for a token that may not read much."""
    requests: int = 0
    _rests: bool = False
    _refusals: int = 0
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def ask(
        self,
        path: str,
        shape: type[Known],
        *,
        kept_for: Callable[[Known], float] = lambda _: DAY_SECONDS,
    ) -> Known | None:
        """Return the answer at `path`; None: the forge has no such thing.

        `kept_for` says how many seconds an answer is good for. Raises FetchFailed, Malformed
        (`malformed-forge-answer`).
        """
        url = self.url + path
        key = b""
        if self.keeping is not None:
            key = self.keeping.key(url, "" if self.token is None else self.token.reveal())
            kept = self.keeping.find(key)
            if kept is not None:
                return None if kept[0] is None else _decoded(kept[0], shape, path)
        body = await self._fetched(url)
        found = None if body is None else _decoded(body, shape, path)
        if self.keeping is not None:
            seconds = NOTHING_SECONDS if found is None else kept_for(found)
            self.keeping.keep(key, body, seconds=seconds)
        return found

    async def _fetched(self, url: str) -> bytes | None:
        async with self._free:
            if self._rests:
                raise FetchFailed(
                    FetchReason.STATUS,
                    "the forge was asked too often: it is not asked any more in this run",
                    status=HTTPStatus.TOO_MANY_REQUESTS,
                )
            self.requests += 1
            try:
                body = await self.fetcher.get(
                    url,
                    reach=Reach.REGISTERED,
                    timeout_seconds=TIMEOUT_SECONDS,
                    max_bytes=MOST_BYTES,
                    accept=self.accept,
                    bearer=self.token,
                )
            except FetchFailed as err:
                self._note(err.status)
                if err.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                    return None
                raise
            self._refusals = 0
            return body

    def _note(self, status: int | None) -> None:
        self._refusals = self._refusals + 1 if status == HTTPStatus.FORBIDDEN else 0
        if status == HTTPStatus.TOO_MANY_REQUESTS or 0 < self.rests_after <= self._refusals:
            self._rests = True


def _decoded(body: bytes, shape: type[Known], path: str) -> Known:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-forge-answer",
            f"the forge's answer at {quoted(path)} is of another form than its API's",
        ) from err
