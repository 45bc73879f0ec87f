"""The ASGI core: a strict route, a bounded body, ready bytes for reads, a pool for all else.

No framework on hot routes (registries.md §4.5 measured what they cost). Use cases are synchronous
and run in a bounded pool; the event loop only parses, looks up and sends.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeGuard

from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from imprint.http.asgi import LargeBody, address_of, headers_of, read_body, send_file, send_reply
from imprint.http.pool import Pool
from imprint.http.ready import Asking, ReadyReply, send_ready
from imprint.http.replies import FileReply, Reply, refusal_reply, with_notice
from imprint.http.requests import Request
from imprint.http.routes import (
    Account,
    Exchange,
    Packument,
    Revision,
    Route,
    Stage,
    Tokens,
    Word,
    route_of,
)
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.registry.attesting.transparency import SENTENCES, TransparencyLog
from imprint.registry.dispatch import answer
from imprint.registry.exchange.route import ExchangeRoute
from imprint.registry.outcomes import NO_DATABASE
from imprint.registry.publishing.publish import turned_away
from imprint.registry.reading.advisories import MOST_BYTES
from imprint.registry.reading.ready import ReadyPackuments
from imprint.registry.statuses import status_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.http.asgi import Receive, Scope, Send
    from imprint.registry.attesting.transparency import EntryWriter
    from imprint.registry.context import Registry
    from imprint.registry.exchange.route import KeySource

log = logging.getLogger("imprint.registry")

SMALL_BODY_BYTES = 1024 * 1024
ROUTES_KEPT = 8192
READING = ("GET", "HEAD")
WRITING = ("PUT", "POST")


class RegistryApp:
    """npm's routes as an ASGI application. One for each process and event loop."""

    def __init__(
        self,
        registry: Registry,
        keysets: KeySource,
        *,
        threads: int = 8,
        trusted_proxies: frozenset[str] = frozenset(),
        write_entry: EntryWriter | None = None,
    ) -> None:
        """Serve `registry`; `keysets` are where the exchange takes the issuers' keys from.

        `write_entry` writes to the transparency log of publish attestations; None: there is none.
        """
        self.registry = registry
        self.pool = Pool(threads)
        # A password takes 64 MiB and a good part of a second, and anybody may send one: they wait
        # for each other, and nobody else for them.
        self._passwords = Pool(1)
        self._ready = ReadyPackuments(registry, self.pool)
        self._routes: OrderedDict[str, Route | None] = OrderedDict()
        self._names: OrderedDict[bytes, str] = OrderedDict()
        self.exchange = ExchangeRoute(registry, keysets, self.pool)
        self.transparency = TransparencyLog(registry, self.pool, write_entry)
        self._trusted_proxies = trusted_proxies

    def close(self) -> None:
        """Let running use cases end, and start no more."""
        self.pool.close()
        self._passwords.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            reply = self._at_hand(scope) or await self._answer(scope, receive)
        except Malformed as err:
            reply = refusal_reply(err.refusal(), status_of(err.code))
        except Unavailable as err:
            log.warning("unavailable", extra={"code": err.code, "reason": err.message})
            reply = refusal_reply(err.refusal(), 503)
        except OperationalError:
            log.exception("database-unavailable")
            reply = refusal_reply(NO_DATABASE, 503)
        except Exception:  # a face's last line: the client gets a sentence, the log the bug
            log.exception("bug")
            reply = refusal_reply(_BUG, 500)
        match reply:
            case ReadyReply():
                await send_ready(send, reply)
            case FileReply():
                await send_file(scope, send, reply, self.registry.blobs)
            case Reply():
                await send_reply(scope, send, reply)

    def _at_hand(self, scope: Scope) -> ReadyReply | None:
        """Return a packument that can be sent at once: the hot path, without a single wait."""
        name = self._names.get(scope["raw_path"])
        method: str = scope["method"]
        if name is None or method not in READING or scope["query_string"]:
            return None
        ready = self._ready.fresh(name, self.registry.clock())
        if ready is None or not ready.is_public:
            return None
        asking = Asking.of(scope["headers"])
        return None if asking is None else ready.choose(asking, method=method)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | FileReply | ReadyReply:
        method: str = scope["method"]
        raw_path = scope["raw_path"].decode("latin-1")
        route = self._route(raw_path.partition("?")[0])
        if isinstance(route, Packument) and method in READING:
            reply = await self._packument(scope, route, method)
            if reply is not None:
                return reply
        if route is None:
            return refusal_reply(_NO_ROUTE if raw_path.startswith("/-/") else _PREFIXED, 404)
        request = self._request(scope, method, raw_path)
        if _has_large_body(route, method):
            stranger = await self.pool.run(turned_away, self.registry, request, route.package)
            if stranger is not None:
                await self._body(receive, request, route, keep=False)
                return stranger.reply
        is_graph = isinstance(route, Word) and route.word == "advisories"
        keeps = self.registry.advisories is not None or not is_graph
        body = await self._body(receive, request, route, keep=keeps)
        request = replace(request, body=body)
        if isinstance(route, Exchange):
            return await self.exchange.answer(request, route.package)
        takes_password = isinstance(route, Account | Tokens) and method in WRITING
        pool = self._passwords if takes_password else self.pool
        outcome = await pool.run(answer, self.registry, request, route)
        self.forget(outcome.changed)
        if outcome.attests is None or not isinstance(outcome.reply, Reply):
            return outcome.reply
        attested = await self.transparency.attest(outcome.attests)
        self.forget(outcome.changed)
        sentence = SENTENCES.get(attested)
        return outcome.reply if sentence is None else with_notice(outcome.reply, sentence)

    def forget(self, names: Iterable[str]) -> None:
        """Let these packages be rendered again when they are next asked for."""
        for name in names:
            self._ready.forget(name)

    def _route(self, path: str) -> Route | None:
        try:
            return self._routes[path]
        except KeyError:
            route = self._routes[path] = route_of(path)
            if len(self._routes) > ROUTES_KEPT:
                self._routes.popitem(last=False)
            return route

    async def _packument(
        self, scope: Scope, route: Packument, method: str
    ) -> Reply | ReadyReply | None:
        """Return a public package's packument; None: it takes more than a look-up to answer."""
        asking = Asking.of(scope["headers"])
        if asking is None or scope["query_string"]:
            return None  # `?write=true` wants no cache
        name = str(route.package)
        ready = self._ready.fresh(name, self.registry.clock()) or await self._ready.get(name)
        if ready is None:
            # No notice: every first publication asks whether there is a package already.
            return refusal_reply(_no_package(name), 404, noticed=False)
        if not ready.is_public:
            return None
        self._names[scope["raw_path"]] = name
        if len(self._names) > ROUTES_KEPT:
            self._names.popitem(last=False)
        return ready.choose(asking, method=method)

    def _request(self, scope: Scope, method: str, raw_path: str) -> Request:
        """Return the request without its body."""
        headers = headers_of(scope)
        return Request(
            method=method,
            raw_path=raw_path,
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            address=address_of(scope, headers, self._trusted_proxies),
        )

    async def _body(
        self, receive: Receive, request: Request, route: Route, *, keep: bool = True
    ) -> bytes:
        limit = SMALL_BODY_BYTES
        if _has_large_body(route, request.method):
            limit = self.registry.max_publish_bytes
        elif isinstance(route, Word) and route.word == "advisories":
            limit = MOST_BYTES
        try:
            return await read_body(receive, request.headers, limit=limit, keep=keep)
        except LargeBody as err:
            raise Malformed(
                "body-too-large", f"the request body is larger than {err.limit} bytes"
            ) from err


def _has_large_body(route: Route, method: str) -> TypeGuard[Packument | Revision | Stage]:
    """Whether it carries a tarball, or a whole packument that is sent back."""
    return method == ("POST" if isinstance(route, Stage) else "PUT") and isinstance(
        route, Packument | Revision | Stage
    )


def _no_package(name: str) -> Refusal:
    return Refusal(code="no-package", message=f"there is no package `{name}` in this registry")


_NO_ROUTE = Refusal(code="no-route", message="this registry has nothing at this path")
_PREFIXED = Refusal(
    code="no-route",
    message="this registry has nothing at this path",
    hint="the registry is mounted at its host's root: the registry setting takes no path",
)
_BUG = Refusal(
    code="internal-error",
    message="the registry failed on this request, and nothing of it was kept",
    hint="the server's log has the cause",
)
