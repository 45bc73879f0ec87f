"""An upstream's answer on its way to a client: what is small as a reply, what is large as it comes.

It is shown as data: an upstream's page must not run as one of ours. Not here: what may be asked
(`passing`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from imprint.http.replies import JSON_TYPE, NO_STORE, Reply

if TYPE_CHECKING:
    from imprint.http.asgi import Send
    from imprint.http.replies import Headers
    from imprint.upstream.documents import Validators
    from imprint.upstream.failures import FetchFailed

log = logging.getLogger("imprint.gate")

WHOLE_BYTES: Final = 256 * 1024
"""What is not larger waits until all of it is there: a failure is then said as such."""
AS_DATA: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox"),
)
_TEXT_TYPE: Final = (b"content-type", b"text/plain; charset=utf-8")


class Onward:
    """One answer. Where there is nobody to `send` it to, or for HEAD, nothing is sent of it."""

    def __init__(self, send: Send | None, *, is_head: bool = False) -> None:
        """Send what is large by `send`."""
        self._send = send
        self._is_head = is_head
        self._first = bytearray()
        self._is_large = False
        self.has_begun = False
        """Whether the client has a part of it."""

    async def take(self, piece: bytes, validators: Validators) -> None:
        """Take a piece; returns when more may come."""
        if self.has_begun:
            await self._pass(piece)
            return
        self._first += piece
        if len(self._first) <= WHOLE_BYTES or self._send is None:
            return
        self._is_large = True
        if self._is_head:  # nothing is begun, so that a failure can still be said
            del self._first[WHOLE_BYTES:]
            return
        await self._begin(self._send, validators)
        first, self._first = bytes(self._first), bytearray()
        await self._pass(first)

    async def end(self, validators: Validators) -> Reply | None:
        """Return the reply of an answer that is whole; None: the client has it."""
        if not self._is_large or self._send is None:
            body = bytes(self._first)
            return Reply(status=200, headers=_headers(body, validators), body=body)
        if not self.has_begun:
            await self._begin(self._send, validators)
        await self._send({"type": "http.response.body", "body": b""})
        return None

    def failed(self, err: FetchFailed) -> bool:
        """Return whether it is too late to say so: the server closes the connection then."""
        if self.has_begun:
            log.warning("answer-broken-off", extra={"reason": err.message})
        return self.has_begun

    async def _begin(self, send: Send, validators: Validators) -> None:
        self.has_begun = True
        headers = _headers(self._first, validators)
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _pass(self, piece: bytes) -> None:
        if self._send is not None:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})


def type_of(body: bytes | bytearray) -> tuple[bytes, bytes]:
    """Return the type that an answer is shown as: JSON, or plain text."""
    return JSON_TYPE if body.lstrip().startswith((b"{", b"[")) else _TEXT_TYPE


def _headers(body: bytes | bytearray, validators: Validators) -> Headers:
    headers: Headers = (type_of(body), NO_STORE, *AS_DATA)
    etag = validators.etag
    return (*headers, (b"etag", etag.encode("ascii"))) if etag else headers
