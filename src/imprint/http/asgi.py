"""Between ASGI and our own types: headers, bounded bodies, sending replies and files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.http.replies import FileReply, Reply
    from imprint.storage.blobs import Blobs

# ASGI's own types are these; past this module nothing is Any.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

MAX_HEADER_BYTES = 64 * 1024
MAX_LENGTH_DIGITS = 18
DRAIN_FACTOR = 4
"""How much more than its limit of a body is read and thrown away, so that the client, which reads
only after it has written, gets to see why it was refused."""


class LargeBody(Exception):
    """A body over its limit."""

    def __init__(self, limit: int) -> None:
        """Say which limit."""
        super().__init__(limit)
        self.limit = limit


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return the headers by lower-case name; of repeated ones the first counts.

    `x-forwarded-for` is one list over all its lines (RFC 9110 §5.3): what a client made up stands
    before what a proxy adds, in a line of its own or not.

    Raises Malformed for what request smuggling needs: both lengths at once, two lengths, two
    Authorization headers.
    """
    headers: dict[str, str] = {}
    size = 0
    for raw_name, raw_value in scope["headers"]:
        size += len(raw_name) + len(raw_value)
        name = raw_name.decode("latin-1").lower()
        if name in headers:
            if name in ("content-length", "authorization", "host"):
                raise Malformed("repeated-header", f"the header `{name}` is there twice")
            if name == "x-forwarded-for":
                headers[name] += "," + raw_value.decode("latin-1")
            continue
        headers[name] = raw_value.decode("latin-1")
    if size > MAX_HEADER_BYTES:
        raise Malformed("headers-too-large", f"the headers have more than {MAX_HEADER_BYTES} bytes")
    if "content-length" in headers and "transfer-encoding" in headers:
        raise Malformed(
            "two-lengths", "the request has both `content-length` and `transfer-encoding`"
        )
    return headers


async def read_body(
    receive: Receive, headers: Mapping[str, str], *, limit: int, keep: bool = True
) -> bytes:
    """Return the whole body; raises LargeBody over `limit`, Malformed when the client went away.

    `keep` False reads it too, so that the client sees its answer, and holds nothing of it.
    """
    declared = headers.get("content-length", "")
    if declared == "0":
        return b""  # as every exchange comes: there is nothing to wait for
    digits = declared if declared.isascii() and declared.isdigit() else "0"
    too_large = len(digits) > MAX_LENGTH_DIGITS or int(digits) > limit
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("client-gone", "the client went away before its request was complete")
        piece: bytes = message.get("body", b"")
        size += len(piece)
        too_large = too_large or size > limit
        if too_large:
            pieces.clear()
            if size > DRAIN_FACTOR * limit:
                raise LargeBody(limit)
        elif keep:
            pieces.append(piece)
        if not message.get("more_body", False):
            break
    if too_large:
        raise LargeBody(limit)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def address_of(scope: Scope, headers: Mapping[str, str], trusted: frozenset[str]) -> str:
    """Return the client's address: of a trusted proxy, the last it names that is not one itself."""
    client = scope.get("client")
    address = str(client[0]) if client else "unknown"
    if address not in trusted:
        return address
    for named in reversed(headers.get("x-forwarded-for", "").split(",")):
        address = named.strip() or address
        if address not in trusted:
            break
    return address[:64]


async def send_reply(scope: Scope, send: Send, reply: Reply) -> None:
    """Send a reply; to HEAD without its body."""
    headers = reply.headers
    if not any(name == b"content-length" for name, _ in headers) and reply.status != 304:  # noqa: PLR2004
        headers = (*headers, (b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})


async def send_file(scope: Scope, send: Send, reply: FileReply, blobs: Blobs) -> None:
    """Send a blob, whole by the server itself where it can, else in pieces."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    whole = reply.status == 200  # noqa: PLR2004
    if whole and reply.path is not None and "http.response.pathsend" in scope.get("extensions", {}):
        await send({"type": "http.response.pathsend", "path": str(reply.path)})
        return
    position = 0
    async for piece in blobs.stream(reply.sha256):
        first = max(reply.first - position, 0)
        last = min(reply.last - position + 1, len(piece))
        position += len(piece)
        if first < last:
            part = {"type": "http.response.body", "body": piece[first:last], "more_body": True}
            await send(part)
    await send({"type": "http.response.body", "body": b""})
