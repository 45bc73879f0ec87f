"""Packuments that are ready to be sent, and which of their representations a request asks for.

Nothing is left to be done for such a reply but a look-up and a send. Not here: rendering, and what
keeps the replies (`registry.reading.ready`, `gate.packuments`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.http.encodings import Encoding, encoding_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.http.asgi import Message, Send
    from imprint.http.replies import Headers

CORGI_TYPE = "application/vnd.npm.install-v1+json"
_CORGI_TYPE = CORGI_TYPE.encode()
PIECE_BYTES = 64 * 1024
"""Several wait in the server for each client that does not take them: 500 of those hold 250 MB, and
800 MB in pieces four times as large, which take as much time."""
WHOLE_BYTES = 1024 * 1024
"""A larger body is sent in pieces: servers copy what they are given, for each client (64 clients of
a body of 20 MB: 957 MB whole, 172 MB in pieces)."""
_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Form(StrEnum):
    """The two representations of a packument."""

    FULL = "full"
    CORGI = "corgi"

    @property
    def content_type(self) -> bytes:
        """The media type that it is sent as."""
        return b"application/json" if self is Form.FULL else _CORGI_TYPE


Variant: TypeAlias = tuple[Form, Encoding]
"""A representation, in an encoding: each has bytes and an entity tag of its own."""


class ReadyReply(msgspec.Struct, frozen=True):
    """A reply as the two messages that ASGI takes: nothing is left to be done but to send them."""

    start: Message
    body: Message

    @classmethod
    def of(cls, status: int, headers: Headers, data: bytes = b"") -> ReadyReply:
        """Make the messages once."""
        return cls(
            {"type": "http.response.start", "status": status, "headers": headers},
            {"type": "http.response.body", "body": data},
        )


async def send_ready(send: Send, ready: ReadyReply) -> None:
    """Send a ready reply, a large one piece by piece."""
    await send(ready.start)
    data: bytes = ready.body["body"]
    if len(data) <= WHOLE_BYTES:
        await send(ready.body)
        return
    for at in range(0, len(data), PIECE_BYTES):
        piece = data[at : at + PIECE_BYTES]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


class ReadyBody(msgspec.Struct, frozen=True):
    """One representation in one encoding, with the headers it is sent with."""

    etag: bytes
    reply: ReadyReply
    not_modified: ReadyReply
    head: ReadyReply

    @classmethod
    def of(
        cls,
        form: Form,
        data: bytes,
        *,
        etag: bytes,
        common: Headers,
        encoding: Encoding = Encoding.IDENTITY,
    ) -> ReadyBody:
        """Make the replies of `data`; `common` are the headers that a 304 has too."""
        common = ((b"etag", etag), *common)
        headers: Headers = (*common, (b"content-type", form.content_type))
        if encoding is not Encoding.IDENTITY:
            headers = (*headers, (b"content-encoding", encoding.encode()))
        headers = (*headers, (b"content-length", str(len(data)).encode()))
        return cls(
            etag=etag,
            reply=ReadyReply.of(200, headers, data),
            not_modified=ReadyReply.of(304, common),
            head=ReadyReply.of(200, headers),
        )


class Asking(msgspec.Struct, frozen=True):
    """The headers that a packument depends on."""

    accept: bytes = b""
    encoding: bytes = b""
    match: bytes = b""
    client: bytes = b""
    """The user agent."""

    @classmethod
    def of(
        cls, headers: Iterable[tuple[bytes, bytes]], *, secrets_matter: bool = True
    ) -> Asking | None:
        """Read the headers; None where they must be looked at more closely.

        What a secret of ours may read is looked up where `secrets_matter`, and a body may come with
        two lengths.
        """
        accept = encoding = match = client = b""
        for name, value in headers:
            if name == b"accept":
                accept = value
            elif name == b"accept-encoding":
                encoding = value
            elif name == b"if-none-match":
                match = value
            elif name == b"user-agent":
                client = value
            elif name in _OF_A_BODY or (
                secrets_matter and name == b"authorization" and b"imp_" in value
            ):
                return None
        return cls(accept, encoding, match, client)

    @property
    def form(self) -> Form:
        """Which representation is asked for."""
        return Form.CORGI if _CORGI_TYPE in self.accept else Form.FULL

    @property
    def variant(self) -> Variant:
        """Which representation is asked for, and in which encoding."""
        return self.form, encoding_for(self.encoding)

    def choose(self, body: ReadyBody, *, method: str) -> ReadyReply:
        """Return the reply with `body` that these headers ask for."""
        if self.match and body.etag in self.match:
            return body.not_modified
        return body.head if method == "HEAD" else body.reply
