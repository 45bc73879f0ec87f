"""Asking a registry for a packument, if it has changed; trying again where that may help.

Not here: what it says (`history.projection`), and which are asked for (`evidence.histories`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec

from imprint.npm.published import MAX_PACKUMENT_BYTES
from imprint.upstream.documents import NOTHING_KNOWN, Document
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Reach

if TYPE_CHECKING:
    from imprint.npm.names import PackageName
    from imprint.upstream.documents import BeforeMore, Validators
    from imprint.upstream.registries import UpstreamRegistry

T = TypeVar("T")
TIMEOUT_SECONDS: Final = 60.0
_NOT_THERE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and after how long, a request that failed in passing is made again."""

    most: int = 2
    first_seconds: float = 0.25
    most_seconds: float = 10.0
    """Who asks to be left alone for longer is not asked again."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


USUAL_RETRIES: Final = Retries()


class Unchanged(msgspec.Struct, frozen=True):
    """The packument is the one that is known."""


class NoSuchPackage(msgspec.Struct, frozen=True):
    """The registry has no such package, or shows it to others alone."""


PackumentAnswer: TypeAlias = Document | Unchanged | NoSuchPackage


async def ask_for_packument(
    registry: UpstreamRegistry,
    name: PackageName,
    *,
    known: Validators = NOTHING_KNOWN,
    before_more: BeforeMore | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_bytes: int = MAX_PACKUMENT_BYTES,
    retries: Retries = USUAL_RETRIES,
) -> PackumentAnswer:
    """Return the full document of a package, or that it is the one that is `known`.

    `timeout_seconds` is for each attempt, `before_more` as `Fetcher.get_if_changed` has it. Raises
    FetchFailed.
    """
    url = registry.url + name.escaped

    async def ask() -> PackumentAnswer:
        try:
            document = await registry.fetcher.get_if_changed(
                url,
                reach=Reach.REGISTERED,
                timeout_seconds=timeout_seconds,
                max_bytes=max_bytes,
                bearer=registry.credential_for(url),
                known=known,
                before_more=before_more,
            )
        except FetchFailed as err:
            if err.reason is FetchReason.STATUS and err.status in _NOT_THERE:
                return NoSuchPackage()
            raise
        return Unchanged() if document is None else document

    return await persistently(ask, retries=retries)


async def persistently(ask: Callable[[], Awaitable[T]], *, retries: Retries) -> T:
    """Return what `ask` comes to, asking again after a passing failure. Raises FetchFailed."""
    for attempt in range(retries.most):
        try:
            return await ask()
        except FetchFailed as err:
            wait = _wait_of(err, attempt, retries)
            if wait is None:
                raise
        await retries.sleep(wait)
    return await ask()


def _wait_of(err: FetchFailed, attempt: int, retries: Retries) -> float | None:
    """Return how long to wait before the next attempt; None: there is no use."""
    if not err.is_transient:
        return None
    # Who waited for so long waits once more, on another connection, and not for minutes on end:
    # one package that hangs keeps the result of all others back.
    if err.reason is FetchReason.TIMEOUT and attempt:
        return None
    asked = err.retry_after_seconds
    if asked is not None:
        return asked if asked <= retries.most_seconds else None
    spread = random.uniform(0.5, 1.0)  # noqa: S311 - so that not all come back at once
    return min(retries.most_seconds, retries.first_seconds * float(2**attempt)) * spread
