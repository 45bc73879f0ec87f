"""A request as a use case sees it: no server, no framework."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs

import msgspec

from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

MAX_QUERY_BYTES = 4096
MAX_QUERY_FIELDS = 32


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. Header names are lower case; the body is complete and within its cap."""

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    address: str
    """Who sent it, as far as the server can tell (behind trusted proxies: their word)."""
    body: bytes = b""

    @property
    def user_agent(self) -> str:
        """The client's description of itself, cut to what is kept."""
        return self.headers.get("user-agent", "")[:300]

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name."""
        return self.headers.get(name)

    def parameter(self, name: str) -> str | None:
        """Return the first query parameter of that name; None of a query that is no honest one."""
        if not self.query or len(self.query) > MAX_QUERY_BYTES:
            return None
        try:
            values = parse_qs(self.query, max_num_fields=MAX_QUERY_FIELDS).get(name)
        except ValueError:
            return None
        return values[0] if values else None


def decoded(raw: bytes, kind: type[T]) -> T:
    """Return a small JSON body as `kind`; raises Malformed saying which field is wrong."""
    if b"\\u0000" in raw:
        raise Malformed("malformed-body", "the request body has a NUL in a text")
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body", f"the request body is not what it should be: {err}"
        ) from err


def inflated(body: bytes, encoding: str | None, *, limit: int) -> bytes:
    """Return a body without its `content-encoding`; raises Malformed over `limit` bytes."""
    if encoding in (None, "", "identity"):
        return body
    if encoding != "gzip":
        raise Malformed(
            "content-encoding", f"the body's encoding is `{_shown(encoding)}`: send gzip or none"
        )
    inflater = zlib.decompressobj(wbits=31)
    try:
        data = inflater.decompress(body, limit + 1)
    except zlib.error as err:
        raise Malformed("content-encoding", "the body is not the gzip that it says it is") from err
    if len(data) > limit:
        raise Malformed("body-too-large", f"the body is larger than {limit} bytes once inflated")
    if not inflater.eof:
        raise Malformed("content-encoding", "the body's gzip ends before its end")
    return data


def _shown(text: str | None) -> str:
    return "".join(c if c.isprintable() and c.isascii() else "?" for c in (text or ""))[:40]
