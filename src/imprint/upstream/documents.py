"""A document that may come compressed, and by which it is known again. Not here: asking for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.refusals import quoted
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.inflating import inflater_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from aiohttp import ClientResponse

_CHUNK_BYTES: Final = 262_144
ENCODINGS: Final = "zstd, gzip"
"""In which a document may come, as a request says it."""
_MOST_RATIO: Final = 250
_RATIO_FLOOR_BYTES: Final = 32 * 1024 * 1024
"""Up to here nothing is said of how well a document compresses."""
_MOST_VALIDATOR_CHARACTERS: Final = 512

BeforeMore: TypeAlias = "Callable[[int], Awaitable[None]]"
PassOn: TypeAlias = "Callable[[bytes, Validators], Awaitable[None]]"
"""Takes a piece of a document, and by what the whole is known again."""


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """By which a server knows a document again (RFC 9110 §8.8); empty: it gave none."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """Return those of an answer; what could not be sent back is none."""
        return cls(
            etag=_sendable(headers.get("ETag", "")),
            last_modified=_sendable(headers.get("Last-Modified", "")),
        )

    def headers(self) -> dict[str, str]:
        """Return the headers of a request for what is another by now."""
        headers = {}
        if self.etag:
            headers["If-None-Match"] = self.etag
        elif self.last_modified:
            headers["If-Modified-Since"] = self.last_modified
        return headers


NOTHING_KNOWN: Final = Validators()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it came."""

    body: bytes
    """Decompressed."""
    validators: Validators


async def read_decoded(
    response: ClientResponse, shown: str, max_bytes: int, before_more: BeforeMore
) -> bytes:
    """Return the body of an answer of `shown`, as `decoded` gives it; raises FetchFailed."""
    pieces: list[bytes] = []
    size = 0
    async for piece in decoded(response, shown, max_bytes):
        pieces.append(piece)
        size += len(piece)
        await before_more(size)
    return b"".join(pieces)


async def decoded(response: ClientResponse, shown: str, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield the body of an answer of `shown`, decompressed; raises FetchFailed.

    A compressed body is one gzip member or one zstd frame, whole. It is decompressed as it comes,
    and no more of it than `max_bytes`.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    inflater = inflater_for(encoding, shown)
    if inflater is None and encoding != "identity":
        raise FetchFailed(FetchReason.ENCODING, f"{shown} answered encoded: {quoted(encoding)}")
    came = size = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        came += len(chunk)
        for piece in (chunk,) if inflater is None else inflater.pieces(chunk):
            size += len(piece)
            is_bomb = size > _RATIO_FLOOR_BYTES and size > _MOST_RATIO * came
            if max(size, came) > max_bytes or is_bomb:
                raise FetchFailed(
                    FetchReason.TOO_LARGE,
                    f"{shown} is larger than `{max_bytes}` bytes"
                    if not is_bomb
                    else f"{shown} is more than `{_MOST_RATIO}` times as large as what came",
                )
            yield piece
    if inflater is not None:
        inflater.end()


def _sendable(text: str) -> str:
    is_sendable = text.isascii() and text.isprintable() and len(text) <= _MOST_VALIDATOR_CHARACTERS
    return text if is_sendable else ""
