"""The gate as an ASGI application, in front of the registry's: what is not ours goes through it.

Requests for our names, and all that writes, are handed to the registry as they came. Here is only
which part answers; what becomes of a request is decided in `routing`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy.exc import OperationalError

from imprint.evidence.looked import Had
from imprint.gate import routing
from imprint.gate.bodies import Bodies
from imprint.gate.clients import NOT_ALLOWED, Clients
from imprint.gate.faults import outcome_of, refused, status_of
from imprint.gate.model import NameStanding
from imprint.gate.upstream.onward import Onward
from imprint.http.asgi import address_of, headers_of, send_reply
from imprint.http.ready import Asking, ReadyReply, send_ready
from imprint.http.replies import Reply, refusal_reply
from imprint.http.requests import MAX_QUERY_BYTES, Request
from imprint.http.routes import route_of
from imprint.refusals import Malformed, Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from imprint.gate.gate import Gate
    from imprint.gate.model import Upstream
    from imprint.gate.routing import Destination
    from imprint.http.asgi import Message, Receive, Scope, Send
    from imprint.http.routes import Route
    from imprint.npm.names import PackageName

    Handler: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("imprint.gate")

ROUTES_KEPT: Final = 8192
READS_KEPT: Final = 32_768
"""Paths of packuments and tarballs that came before."""


class _Known(msgspec.Struct, frozen=True):
    """A path of which is known what reading it asks for, as long as its name is the upstream's."""

    text: str
    """The package's name."""
    found: routing.UpstreamPackument | routing.UpstreamTarball


class GateApp:
    """npm's routes: ours by the registry, all else through the gate. One for each event loop."""

    def __init__(
        self,
        gate: Gate,
        own: Handler,
        *,
        clients: Clients,
        trusted_proxies: frozenset[str] = frozenset(),
    ) -> None:
        """Answer by `gate`, and by `own` what is the registry's."""
        self.gate = gate
        self._own = own
        self.clients = clients
        self._trusted_proxies = trusted_proxies
        self._bodies = Bodies()
        self._routes: OrderedDict[str, Route | None] = OrderedDict()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        ready = self._at_hand(scope)
        metrics = self.gate.metrics
        if ready is not None:
            metrics.ready[ready.start["status"]] += 1
            await send_ready(send, ready)
            return
        sending = _Sending(send)
        try:
            await self._answer(scope, receive, sending)
        except Exception as err:  # a face's last line, see `_failed`
            if sending.started:
                raise  # whoever is served breaks the connection: what was begun must not look whole
            await send_reply(scope, sending, _failed(err))
        if sending.kind is not None:
            metrics.request(sending.kind, outcome_of(sending.status))

    def _at_hand(self, scope: Scope) -> ReadyReply | None:
        """Return a packument that can be sent at once: the hot path, without a single wait."""
        found = self._known_read(scope)
        if not isinstance(found, routing.UpstreamPackument) or scope["query_string"]:
            return None
        if not (self.clients.may_all or self._may(scope.get("client"))):
            return None
        asking = Asking.of(scope["headers"], secrets_matter=False)
        if asking is None:
            return None
        return self.gate.packuments.at_hand(
            found.package, found.upstream, asking, method=scope["method"]
        )

    def _known_read(
        self, scope: Scope
    ) -> routing.UpstreamPackument | routing.UpstreamTarball | None:
        """Return what a read asks for whose path came before; None: look closer."""
        known = self._known.get(scope["raw_path"])
        if known is None or scope["method"] not in routing.READS:
            return None
        if self.gate.standings.fresh(known.text) is not NameStanding.UPSTREAM:
            return None
        return known.found

    def _may(self, client: tuple[str, int] | None) -> bool:
        """Whether a client may use the gate, as far as that takes no look at its headers."""
        address = client[0] if client else ""
        return address not in self._trusted_proxies and self.clients.may(address)

    async def _answer(self, scope: Scope, receive: Receive, send: _Sending) -> None:
        method: str = scope["method"]
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        known = self._known_read(scope)
        found: Destination = known or await self._destination(self._route(path), method, path)
        if isinstance(found, routing.Own):
            if found.writes:
                send.before_start = self.gate.standings.forget
            await self._own(scope, receive, send)
            return
        send.kind = routing.kind_of(found)
        if send.kind == "packument":
            self.gate.metrics.cache("packument", is_hit=False)
        request = self._request(scope, method)
        if not self.clients.may(request.address):
            if isinstance(found, routing.Keys):  # ours are for everybody who reads our packages
                await self._own(scope, receive, send)
            else:
                await send_reply(scope, send, refused(NOT_ALLOWED))
            return
        if isinstance(found, routing.UpstreamTarball):
            self._remember(scope["raw_path"], found)
            await self.gate.tarballs.answer(
                scope,
                send,
                package=found.package,
                version=found.version,
                upstream=found.upstream,
                request=request,
            )
            return
        onward = Onward(send, is_head=method == "HEAD")
        reply = await self._reply(found, request, receive, path, onward)
        if isinstance(found, routing.UpstreamPackument) and not request.query:
            self._remember(scope["raw_path"], found)
        if isinstance(reply, ReadyReply):
            await send_ready(send, reply)
        elif reply is not None:
            await send_reply(scope, send, reply)

    async def _destination(self, route: Route | None, method: str, path: str) -> Destination:
        package = routing.package_of(route)
        if route is None or package is None:
            return routing.nameless_destination(route, method, path)
        return routing.destination(
            route,
            method,
            path,
            package=package,
            standing=await self.gate.standings.of(package),
            upstream=self.gate.upstreams.of(package),
        )

    async def _reply(
        self,
        found: Destination,
        request: Request,
        receive: Receive,
        path: str,
        onward: Onward,
    ) -> Reply | ReadyReply | None:
        """Return the reply; None: it went `onward` as it came."""
        gate = self.gate
        match found:
            case routing.UpstreamPackument(package, upstream):
                return await gate.packuments.reply(package, upstream, request)
            case routing.UpstreamManifest(package, upstream, selector):
                return await gate.packuments.manifest(package, upstream, selector, request)
            case routing.UpstreamDistTags(package, upstream):
                return await gate.packuments.dist_tags(package, upstream, request)
            case routing.UpstreamAttestations(package, upstream, version):
                return await self._attestations(package, upstream, version)
            case routing.UpstreamAspect(_, upstream, aspect_path):
                return await gate.passing.passed(upstream, aspect_path, onward=onward)
            case routing.Keys():
                return await gate.keys.reply() or refused(_NO_KEYS)
            case routing.Advisories():
                async with self._bodies.of(request, receive) as asked:
                    return await gate.advisories.bulk(asked)
            case routing.LegacyAudit(is_quick):
                async with self._bodies.of(request, receive) as asked:
                    return await gate.advisories.legacy(asked, is_quick=is_quick)
            case routing.PassThrough():
                match_ = request.header("if-none-match") or ""
                return await gate.passing.read(path, request.query, match=match_, onward=onward)
            case routing.Denied(refusal):
                return refused(refusal)
            case routing.Own() | routing.UpstreamTarball():
                raise AssertionError("answered before")

    async def _attestations(self, package: PackageName, upstream: Upstream, version: str) -> Reply:
        """Return the attestations; where they are is the packument's word, if there is one."""
        document = await self.gate.documents.get(str(package), upstream)
        claimed = None
        if isinstance(document, Had):
            publication = document.value.history.publication(version)
            claimed = None if publication is None else publication.attestations_url
        return await self.gate.passing.attestations(package, version, upstream, claimed_url=claimed)

    def _route(self, path: str) -> Route | None:
        try:
            return self._routes[path]
        except KeyError:
            route = self._routes[path] = route_of(path, existing=True)
            if len(self._routes) > ROUTES_KEPT:
                self._routes.popitem(last=False)
            return route

    def _remember(
        self, raw_path: bytes, found: routing.UpstreamPackument | routing.UpstreamTarball
    ) -> None:
        if raw_path in self._known:
            return
        self._known[raw_path] = _Known(str(found.package), found)
        if len(self._known) > READS_KEPT:
            self._known.popitem(last=False)

    def _request(self, scope: Scope, method: str) -> Request:
        """Return the request without its body; raises Malformed."""
        headers = headers_of(scope)
        query: bytes = scope["query_string"]
        if len(query) > MAX_QUERY_BYTES:
            raise Malformed(
                "query-too-long", f"the query is longer than {MAX_QUERY_BYTES} characters"
            )
        return Request(
            method=method,
            raw_path=scope["raw_path"].decode("latin-1"),
            query=query.decode("latin-1"),
            headers=headers,
            address=address_of(scope, headers, self._trusted_proxies),
        )


class _Sending:
    """ASGI's `send`, which knows whether an answer was begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False
        self.status = 0
        self.kind: str | None = None
        """What is counted; None: somebody else counts it, or it is not the gate's."""
        self.before_start: Callable[[], None] | None = None

    async def __call__(self, message: Message) -> None:
        if not self.started:
            self.started = True
            self.status = message.get("status", 0)
            if self.before_start is not None:
                self.before_start()
        await self._send(message)


def _failed(err: Exception) -> Reply:
    """Return what is answered when something was not decided; a bug goes into the log as well."""
    match err:
        case Malformed():
            return refusal_reply(err.refusal(), status_of(err.code))
        case Unavailable():
            log.warning("unavailable", extra={"code": err.code, "reason": err.message})
            return refusal_reply(err.refusal(), 503)
        case OperationalError():
            log.error("database-unavailable", exc_info=err)
            return refusal_reply(_NO_DATABASE, 503)
        case _:  # a face's last line: the client gets a sentence, the log the bug
            log.error("bug", exc_info=err)
            return refusal_reply(_BUG, 500)


_NO_KEYS: Final = Refusal(code="no-route", message="neither we nor an upstream has signing keys")
_NO_DATABASE: Final = Refusal(
    code="database-unavailable",
    message="the registry's database does not answer, and whose this name is cannot be decided",
    hint="try again in a moment",
)
_BUG: Final = Refusal(
    code="internal-error",
    message="the gate failed to answer: this is an error of ours, and nothing was decided",
    hint="an administrator finds the cause in the server's log",
)
