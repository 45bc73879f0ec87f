"""Sending a tarball: from memory or its file, whole or in part, or a flight's while it comes."""

from __future__ import annotations

import asyncio
import logging
import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from imprint.gate.tarballs.downloads import PIECE_BYTES, WrongBytes
from imprint.gate.tarballs.replies import Said, etag_of, tarball_headers
from imprint.http.ranges import Part, Unsatisfiable, Whole, is_unchanged, wanted_part
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.gate.tarballs.downloads import Download
    from imprint.gate.tarballs.small import SmallTarball
    from imprint.http.asgi import Scope, Send
    from imprint.http.ranges import Wanted
    from imprint.http.replies import Headers
    from imprint.http.requests import Request
    from imprint.storage.gate_tarballs import KeptTarball, TarballDigest

log = logging.getLogger("imprint.gate")

PATHSEND: Final = "http.response.pathsend"
_CONDITIONS: Final = frozenset({"range", "if-none-match"})
_NOTHING_SAID: Final = Said()
STALL_SECONDS: Final = 60.0
"""How long a client may take for one piece of what is on its way."""


async def send_small(
    scope: Scope,
    send: Send,
    small: SmallTarball,
    digest: TarballDigest,
    request: Request,
    *,
    said: Said,
) -> None:
    """Send a tarball that is in memory, with its head or a part of it in one piece."""
    is_plain = scope["method"] == "GET" and said == _NOTHING_SAID
    if is_plain and _CONDITIONS.isdisjoint(request.headers):
        await send(small.plain.start)
        await send(small.plain.body)
        return
    headers, size = tarball_headers(digest, said), len(small.data)
    wanted = wanted_part(request.headers, size=size, etag=etag_of(digest))
    if await _begin(scope, send, headers, wanted, request=request, size=size):
        part = small.data
        if isinstance(wanted, Part):
            part = part[wanted.first : wanted.last + 1]
        await send({"type": "http.response.body", "body": part})


async def send_kept(
    scope: Scope,
    send: Send,
    kept: KeptTarball,
    digest: TarballDigest,
    request: Request,
    *,
    said: Said,
) -> None:
    """Send a kept file, by the server itself where it is wanted whole and it can."""
    headers = tarball_headers(digest, said)
    wanted = wanted_part(request.headers, size=kept.size_bytes, etag=etag_of(digest))
    if not await _begin(scope, send, headers, wanted, request=request, size=kept.size_bytes):
        return
    if isinstance(wanted, Whole) and PATHSEND in scope.get("extensions", {}):
        await send({"type": PATHSEND, "path": kept.path})
        return
    try:
        descriptor = os.open(kept.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as err:
        _broken_off(kept.path, str(err))
        return
    try:
        await _send_part(
            send,
            lambda position, size: os.pread(descriptor, size, position),
            wanted,
            size=kept.size_bytes,
        )
    except OSError as err:
        _broken_off(kept.path, str(err))
    finally:
        os.close(descriptor)


async def send_head(
    scope: Scope, send: Send, digest: TarballDigest, request: Request, *, said: Said
) -> None:
    """Answer HEAD, or a client that has it already, where nobody has to fetch it for that."""
    headers = tarball_headers(digest, said)
    await _begin(scope, send, headers, Whole(), request=request, size=None)


async def send_download(
    scope: Scope, send: Send, flight: Download, request: Request, *, said: Said
) -> None:
    """Send what a flight brings. Raises FetchFailed and WrongBytes as long as nothing was sent.

    A failure after that breaks the answer off: it returns without the end of a body, and the
    server closes the connection.
    """
    digest = flight.wanted.digest
    headers = tarball_headers(digest, said)
    if "range" in request.headers:
        await flight.right()  # where a part ends is known once the whole is there
    else:
        await flight.begun()
    size = flight.received_bytes if flight.is_right else flight.size_bytes
    wanted: Wanted = Whole()
    if flight.is_right:
        wanted = wanted_part(request.headers, size=flight.received_bytes, etag=etag_of(digest))
    if not await _begin(scope, send, headers, wanted, request=request, size=size):
        return
    try:
        if isinstance(wanted, Whole):
            async for piece in flight.pieces():
                # Who takes nothing holds memory where the disk is full, and a descriptor elsewhere.
                async with asyncio.timeout(STALL_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            await _send_part(send, flight.read, wanted, size=flight.received_bytes)
    except TimeoutError:
        _broken_off(flight.wanted.label, f"its client took nothing for {STALL_SECONDS:g} seconds")
    except (FetchFailed, WrongBytes, OSError) as err:
        _broken_off(flight.wanted.label, str(err))


async def _begin(
    scope: Scope,
    send: Send,
    headers: Headers,
    wanted: Wanted,
    *,
    request: Request,
    size: int | None,
) -> bool:
    """Send the head of the answer; returns whether a body follows."""
    status = HTTPStatus.OK
    length = size
    if is_unchanged(request.headers, etag=dict(headers)[b"etag"].decode()):
        status, length = HTTPStatus.NOT_MODIFIED, None
    else:
        match wanted:
            case Whole():
                pass
            case Part(first, last):
                status, length = HTTPStatus.PARTIAL_CONTENT, last - first + 1
                headers += ((b"content-range", b"bytes %d-%d/%d" % (first, last, size or 0)),)
            case Unsatisfiable():
                status, length = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0
                headers += ((b"content-range", b"bytes */%d" % (size or 0)),)
    if length is not None:
        headers += ((b"content-length", b"%d" % length),)
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    if status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT} and scope["method"] != "HEAD":
        return True
    await send({"type": "http.response.body", "body": b""})
    return False


async def _send_part(
    send: Send, read: Callable[[int, int], bytes], wanted: Wanted, *, size: int
) -> None:
    """Send a part, or all of it; raises OSError where the bytes are fewer than they were."""
    first, last = (wanted.first, wanted.last) if isinstance(wanted, Part) else (0, size - 1)
    while first <= last:
        piece = read(first, min(PIECE_BYTES, last - first + 1))
        if not piece:
            raise OSError("the file is shorter than it was")
        first += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _broken_off(what: str, reason: str) -> None:
    """Say that an answer was broken off; its sender closes the connection when we return."""
    log.warning("tarball-broken-off", extra={"tarball": what, "reason": reason})
