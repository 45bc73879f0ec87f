"""Reading the body of an answer that is wanted as it comes: whole, in pieces, or from a byte on.

Not here: asking (`fetch`), and documents that may come compressed (`documents`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.refusals import quoted
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.targets import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import ClientResponse
    from yarl import URL

_CHUNK_BYTES: Final = 65_536
_CONTENT_RANGE: Final = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)\Z")

Into: TypeAlias = "Callable[[bytes], object]"


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How slowly an answer may come before its server is taken for gone."""

    stall_seconds: float = 30.0
    """How long nothing may come: no answer, and then no byte."""
    bytes_per_second: int = 4096
    """How fast it must be all in all, once `stall_seconds` are over."""


class Sink(msgspec.Struct, frozen=True, kw_only=True):
    """Where a download goes."""

    began: Callable[[int | None], object]
    """Called once with the size of the whole, as the server says it; None: it does not."""
    into: Into


async def read_whole(response: ClientResponse, source: URL, max_bytes: int, into: Into) -> None:
    """Give the body of a 200 answer to `into`; raises FetchFailed."""
    check_status(response, source, (HTTPStatus.OK,))
    await read_body(response, source, max_bytes, into)


async def read_body(response: ClientResponse, source: URL, max_bytes: int, into: Into) -> None:
    """Give the body of an answer of any status to `into`; raises FetchFailed."""
    _check_encoding(response, source)
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(source, max_bytes)
        into(chunk)


async def read_from(
    response: ClientResponse,
    source: URL,
    sink: Sink,
    *,
    first: int,
    max_bytes: int,
    pace: Pace,
    clock: asyncio.Timeout,
) -> None:
    """Give the body from byte `first` on to `sink`; raises FetchFailed, and `clock` goes off.

    A server that sends the whole, though a part was asked for, is heard from its first byte on.
    """
    accepted = (HTTPStatus.OK,) if first == 0 else (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
    check_status(response, source, accepted)
    _check_encoding(response, source)
    total = _total(response, source, first)
    if total is not None and total > max_bytes:
        raise _too_large(source, max_bytes)
    sink.began(total)
    position = first if response.status == HTTPStatus.PARTIAL_CONTENT else 0
    now = asyncio.get_running_loop().time
    began, came = now(), 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        fresh = chunk[max(first - position, 0) :]
        position += len(chunk)
        came += len(chunk)
        if position > max_bytes:
            raise _too_large(source, max_bytes)
        if fresh:
            sink.into(fresh)
        slowest = began + pace.stall_seconds + came / pace.bytes_per_second
        clock.reschedule(min(now() + pace.stall_seconds, slowest))


def check_status(
    response: ClientResponse, source: URL, accepted: Iterable[int] = (HTTPStatus.OK,)
) -> None:
    """Refuse an answer of any other status; raises FetchFailed.

    A registry that refuses says why in `npm-notice`, as a gate does: that is told, too.
    """
    if response.status not in accepted:
        notice = response.headers.get("npm-notice", "").strip()
        said = f"; it says {quoted(notice)}" if notice else ""
        raise FetchFailed(
            FetchReason.STATUS,
            f"{shown(source)} answered `{response.status}`, expected `200`{said}",
            is_transient=response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or response.status == HTTPStatus.TOO_MANY_REQUESTS,
            status=response.status,
            retry_after_seconds=_seconds(response.headers.get("Retry-After", "")),
        )


def _total(response: ClientResponse, source: URL, first: int) -> int | None:
    """Return the size of the whole, as the answer says it."""
    if response.status == HTTPStatus.OK:
        return response.content_length
    said = response.headers.get("Content-Range", "")
    found = _CONTENT_RANGE.match(said)
    if found is None or int(found[1]) != first:
        raise FetchFailed(
            FetchReason.ENCODING,
            f"{shown(source)} sent the part {quoted(said)}, expected one from byte `{first}` on",
        )
    return None if found[2] == "*" else int(found[2])


def _check_encoding(response: ClientResponse, source: URL) -> None:
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise FetchFailed(
            FetchReason.ENCODING, f"{shown(source)} answered compressed: {quoted(encoding)}"
        )


def _too_large(source: URL, max_bytes: int) -> FetchFailed:
    return FetchFailed(FetchReason.TOO_LARGE, f"{shown(source)} is larger than `{max_bytes}` bytes")


def _seconds(text: str) -> float | None:
    """Return a `Retry-After` in seconds; None for none, and for a date: clocks differ."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 (digits)
