"""Asking a registry for advisories in bulk, as `npm audit` does. Not here: archives of OSV."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.npm.advisories.bulk import (
    MAX_ANSWER_BYTES,
    BulkAnswer,
    batches,
    read_answer,
    request_body,
)
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import JSON, Reach

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from imprint.npm.advisories.model import Advisory
    from imprint.upstream.registries import UpstreamRegistry

PATH: Final = "-/npm/v1/security/advisories/bulk"
TIMEOUT_SECONDS: Final = 60.0
ATTEMPTS: Final = 2
BACKOFF_SECONDS: Final = 0.5
SMALL_BYTES: Final = 4096
FEW_VERSIONS: Final = 128
"""An answer up to here is read in less time than it takes to have a thread do it."""
_NO_ROUTE: Final = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.GONE,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
"""How registries say that they have no advisories. 400 is none: it is said of the question, and of
no version anything."""


Batch: TypeAlias = "Mapping[str, Sequence[str]]"
"""Versions by name, of one request."""


async def bulk(
    registry: UpstreamRegistry,
    wanted: Mapping[str, Sequence[str]],
    *,
    answer_to: Callable[[Batch], Awaitable[bytes | None]] | None = None,
) -> BulkAnswer | None:
    """Return what the registry says of the versions; None: it has no advisories at all.

    Only names of that registry's own may be in `wanted`: all of them are sent to it. `answer_to` is
    asked instead by who keeps what it said before. Raises FetchFailed, Malformed
    (`malformed-advisories`).
    """
    advisories: dict[tuple[str, str], tuple[Advisory, ...]] = {}
    unclear: dict[tuple[str, str], str] = {}
    for batch in batches(wanted):
        asked = bulk_document(registry, batch) if answer_to is None else answer_to(batch)
        body = await asked
        if body is None and not (advisories or unclear):
            return None
        if body is None:
            # It has advisories: what it said before holds, and of these versions nothing is known.
            why = "the registry has advisories, and said that it has none when asked again"
            unclear |= {(name, version): why for name in batch for version in batch[name]}
            continue
        if len(body) <= SMALL_BYTES and sum(map(len, batch.values())) <= FEW_VERSIONS:
            answer = read_answer(body, wanted=batch)
        else:
            answer = await asyncio.to_thread(read_answer, body, wanted=batch)
        advisories |= answer.advisories
        unclear |= answer.unclear
    return BulkAnswer(advisories=advisories, unclear=unclear)


async def bulk_document(
    registry: UpstreamRegistry,
    batch: Mapping[str, Sequence[str]],
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    attempts: int = ATTEMPTS,
) -> bytes | None:
    """Return the registry's answer to one request, as it came; None: it has no advisories at all.

    What may pass is tried again, `attempts` times all in all. Raises FetchFailed.
    """
    body = request_body(batch)
    for attempt in range(1, attempts + 1):
        try:
            return await _once(registry, body, timeout_seconds)
        except FetchFailed as err:
            if not err.is_transient or attempt == attempts:
                raise
        await asyncio.sleep(BACKOFF_SECONDS)
    return None


async def _once(registry: UpstreamRegistry, body: bytes, timeout_seconds: float) -> bytes | None:
    url = registry.url + PATH
    answer = await registry.fetcher.post(
        url,
        body,
        content_type=JSON,
        content_encoding="gzip",
        reach=Reach.REGISTERED,
        timeout_seconds=timeout_seconds,
        max_bytes=MAX_ANSWER_BYTES,
        bearer=registry.credential_for(url),
    )
    if answer.status in _NO_ROUTE:
        return None
    if answer.status != HTTPStatus.OK:
        raise FetchFailed(
            FetchReason.STATUS,
            f"the registry answered `{answer.status}` for its advisories, expected `200`",
            is_transient=answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or answer.status == HTTPStatus.TOO_MANY_REQUESTS,
            status=answer.status,
        )
    return answer.body
