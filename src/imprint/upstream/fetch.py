"""Fetching one document over HTTP, within bounds. Not here: caching, and what it says."""

from __future__ import annotations

import asyncio
import codecs
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self, TypeVar

import msgspec
from msgspec.structs import replace

from imprint.upstream.bodies import (
    Pace,
    Sink,
    check_status,
    read_body,
    read_from,
    read_whole,
)
from imprint.upstream.documents import (
    ENCODINGS,
    NOTHING_KNOWN,
    Document,
    Validators,
    decoded,
    read_decoded,
)
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.observed import observed
from imprint.upstream.targets import (
    Reach as Reach,  # noqa: PLC0414 - whoever fetches says how far, and asks for it here
)
from imprint.upstream.targets import (
    check_target,
    origin_of,
    parse_target,
    redirected,
    shown,
)
from imprint.upstream.waiting import within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import ClientResponse
    from aiohttp.abc import AbstractResolver
    from yarl import URL

    from imprint.publishers.credentials import Secret
    from imprint.upstream.connections import Connections
    from imprint.upstream.documents import BeforeMore, PassOn
    from imprint.upstream.observed import Observer

T = TypeVar("T")
MAX_DOCUMENT_BYTES: Final = 1_048_576
MAX_REDIRECTS: Final = 3
USUAL_PACE: Final = Pace()
CONNECTIONS_PER_HOST: Final = 4
"""Enough for a command; whoever reads thousands of documents asks for more."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
JSON: Final = "application/json"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said, whether it did what was asked or not."""

    status: int
    location: str
    """Where it says that the thing is; empty: nowhere."""
    body: bytes
    etag: str = ""


class Fetcher:
    """HTTP connections of one process and event loop, kept between requests.

    Made before there is a loop; opens its connections with the first request.
    """

    def __init__(
        self,
        *,
        resolver: Callable[[], AbstractResolver] | None = None,
        by_proxy: bool = False,
        connections_per_host: int = CONNECTIONS_PER_HOST,
        observer: Observer | None = None,
    ) -> None:
        """Resolve host names by `resolver`, made with the first request; None: as the system does.

        `by_proxy` takes the environment's proxies, as a person's commands do: hosts that were
        learned are then resolved, and kept from private addresses, by the proxy. `observer` is told
        what each request came to.
        """
        self._observer = observer
        self._make_resolver = resolver
        self._by_proxy = by_proxy
        self._per_host = connections_per_host
        self._opened: Connections | None = None

    @property
    def requests(self) -> int:
        """How many were made."""
        return 0 if self._opened is None else self._opened.requests

    async def __aenter__(self) -> Self:
        """Close when left."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close all connections."""
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.close()

    def prepare(self) -> None:
        """Import what asks now, where a server's first client would have to wait for it."""
        _ = self._connections
        codecs.lookup("idna")  # by which the event loop writes every host's name: a module too

    @property
    def _connections(self) -> Connections:
        if self._opened is None:
            # What asks nobody does without its library, which takes long to import.
            from imprint.upstream.connections import Connections  # noqa: PLC0415 - see above

            self._opened = Connections(
                resolver=self._make_resolver, by_proxy=self._by_proxy, per_host=self._per_host
            )
        return self._opened

    async def get(
        self,
        url: str,
        *,
        reach: Reach,
        timeout_seconds: float,
        max_bytes: int = MAX_DOCUMENT_BYTES,
        accept: str = JSON,
        bearer: Secret | None = None,
    ) -> bytes:
        """Return the body of a 200 answer, as `stream` gives it. Raises FetchFailed alone."""
        body = bytearray()
        await self.stream(
            url,
            into=body.extend,
            reach=reach,
            timeout_seconds=timeout_seconds,
            max_bytes=max_bytes,
            accept=accept,
            bearer=bearer,
        )
        return bytes(body)

    async def stream(
        self,
        url: str,
        *,
        into: Callable[[bytes], object],
        reach: Reach,
        timeout_seconds: float,
        max_bytes: int,
        accept: str = JSON,
        bearer: Secret | None = None,
        may_move: bool = False,
    ) -> None:
        """Give the body of a 200 answer to `into`, piece by piece.

        (1) the URL is https, or http on loopback if an administrator said so
        (2) its host may be reached, both by name and by address
        (3) at most three redirects, none to another scheme, host or port; where it `may_move`, to
            public hosts too, as one that was learned, and without `bearer`
        (4) the answer is 200 and not compressed
        (5) it is not larger than `max_bytes`, whatever it says of itself

        Raises FetchFailed, and nothing else; `into` may have had a part by then.
        """
        target = parse_target(url)
        asked = _Asked(reach=reach, accept=accept, bearer=bearer, may_move=may_move)

        async def read(response: ClientResponse, source: URL) -> None:
            await read_whole(response, source, max_bytes, into)  # (4) (5)

        async with within(timeout_seconds, target):
            await self._follow(target, asked, read)

    async def download(
        self,
        url: str,
        sink: Sink,
        *,
        reach: Reach,
        max_bytes: int,
        pace: Pace = USUAL_PACE,
        first: int = 0,
        bearer: Secret | None = None,
    ) -> None:
        """Give a file to `sink`, piece by piece, from byte `first` on.

        (1), (2), (3) and (5) of `stream` hold here too; it may move
        (4) the answer is 200, or 206 where a part was asked for; not compressed
        (6) it does not come more slowly than `pace`

        There is no other bound on the time. Raises FetchFailed; `sink` may have had a part by then.
        """
        target = parse_target(url)
        more = {"Range": f"bytes={first}-"} if first else {}
        asked = _Asked(reach=reach, accept="*/*", bearer=bearer, may_move=True, more=more)
        async with within(pace.stall_seconds, target) as clock:

            async def read(response: ClientResponse, source: URL) -> None:
                await read_from(
                    response,
                    source,
                    sink,
                    first=first,
                    max_bytes=max_bytes,
                    pace=pace,
                    clock=clock,
                )

            await self._follow(target, asked, read)

    async def get_if_changed(
        self,
        url: str,
        *,
        reach: Reach,
        timeout_seconds: float,
        max_bytes: int,
        accept: str = JSON,
        bearer: Secret | None = None,
        known: Validators = NOTHING_KNOWN,
        before_more: BeforeMore | None = None,
        into: PassOn | None = None,
    ) -> Document | None:
        """Return a document, which may come compressed; None: it is still the one that is `known`.

        (1), (2) and (3) of `stream` hold here too, without moving
        (4) the answer is 200, or 304 where something is known; plain, gzip or zstd
        (5) it is not larger than `max_bytes`, neither as it comes nor as it is
        (6) nor is it much smaller on the wire than documents compress to

        `before_more` is awaited with the size so far, before more is read; that time does not
        count. `into` is given the pieces instead, and no faster than it takes them, which counts:
        what is returned has no body then. Raises FetchFailed, and what `into` raises.
        """
        target = parse_target(url)
        headers = {"Accept-Encoding": ENCODINGS, **known.headers()}
        asked = _Asked(reach=reach, accept=accept, bearer=bearer, may_move=False, more=headers)
        async with within(timeout_seconds, target) as clock:

            async def wait(size: int) -> None:
                if before_more is not None:
                    left = (clock.when() or 0.0) - asyncio.get_running_loop().time()
                    clock.reschedule(None)
                    await before_more(size)
                    clock.reschedule(asyncio.get_running_loop().time() + left)

            async def read(response: ClientResponse, source: URL) -> Document | None:
                if response.status == HTTPStatus.NOT_MODIFIED and known != NOTHING_KNOWN:
                    return None
                check_status(response, source)  # (4)
                validators = Validators.of(response.headers)
                if into is None:
                    body = await read_decoded(response, shown(source), max_bytes, wait)  # (5) (6)
                    return Document(body=body, validators=validators)
                async for piece in decoded(response, shown(source), max_bytes):  # (5) (6)
                    await into(piece, validators)
                return Document(body=b"", validators=validators)

            return await self._follow(target, asked, read)

    async def ask(
        self,
        url: str,
        *,
        more: Mapping[str, str],
        reach: Reach,
        timeout_seconds: float,
        max_bytes: int = MAX_DOCUMENT_BYTES,
        bearer: Secret | None = None,
    ) -> Answer:
        """Return the answer to a GET with `more` headers, whatever its status.

        (1), (2), (3) and (5) of `stream` hold here too, without moving. Raises FetchFailed.
        """
        target = parse_target(url)
        asked = _Asked(reach=reach, accept="*/*", bearer=bearer, may_move=False, more=more)

        async def read(response: ClientResponse, source: URL) -> Answer:
            body = bytearray()
            await read_body(response, source, max_bytes, body.extend)
            etag = response.headers.get("ETag", "")
            return Answer(status=response.status, location="", body=bytes(body), etag=etag)

        async with within(timeout_seconds, target):
            return await self._follow(target, asked, read)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        content_encoding: str | None = None,
        accept: str = JSON,
        reach: Reach,
        timeout_seconds: float,
        max_bytes: int = MAX_DOCUMENT_BYTES,
        bearer: Secret | None = None,
    ) -> Answer:
        """Send `body` and return the answer, whatever its status: nothing is followed.

        `content_encoding` says how `body` is compressed. (1), (2) and (5) of `stream` hold here
        too. Raises FetchFailed, and nothing else.
        """
        target = parse_target(url)
        asked = _Asked(reach=reach, accept=accept, bearer=bearer, may_move=False)
        headers = asked.headers() | {"Content-Type": content_type}
        if content_encoding is not None:
            headers["Content-Encoding"] = content_encoding
        answer = bytearray()
        async with within(timeout_seconds, target):
            check_target(target, reach)  # (1) (2)
            with observed(self._observer, target) as seen:
                async with self._connections.session(reach).post(
                    target,
                    data=body,
                    headers=headers,
                    proxy=self._connections.proxy_of(target),
                    allow_redirects=False,
                ) as response:
                    seen.response = response
                    await read_body(response, target, max_bytes, answer.extend)
                    return Answer(
                        status=response.status,
                        location=response.headers.get("Location", ""),
                        body=bytes(answer),
                    )

    async def _follow(
        self, first: URL, asked: _Asked, read: Callable[[ClientResponse, URL], Awaitable[T]]
    ) -> T:
        target = first
        for _ in range(MAX_REDIRECTS + 1):
            check_target(target, asked.reach)  # (1) (2)
            session, headers = self._connections.session(asked.reach), asked.headers()
            with observed(self._observer, target) as seen:
                async with session.get(
                    target,
                    headers=headers,
                    proxy=self._connections.proxy_of(target),
                    allow_redirects=False,
                ) as response:
                    seen.response = response
                    if response.status not in _REDIRECTS:
                        return await read(response, target)
                    location = response.headers.get("Location", "")
                source = target
                target = redirected(source, location, may_move=asked.may_move)  # (3)
                if origin_of(target) != origin_of(source):
                    asked = replace(asked, reach=Reach.LEARNED, bearer=None)
        message = f"{shown(first)} redirects more than `{MAX_REDIRECTS}` times"
        raise FetchFailed(FetchReason.REDIRECT, message)


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How one request is made."""

    reach: Reach
    accept: str
    bearer: Secret | None
    may_move: bool
    more: Mapping[str, str] = msgspec.field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        headers = {"Accept": self.accept, **self.more}
        if self.bearer is None:
            return headers
        text = self.bearer.reveal()
        if not (text.isascii() and text.isprintable() and " " not in text):
            # A library's complaint about it would show it.
            raise FetchFailed(FetchReason.URL, "the token has characters that no header may have")
        return headers | {"Authorization": f"Bearer {text}"}
