"""Which endpoint answers which path under /-/imprint/. Nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from imprint.gate.decisions import verdicts
from imprint.gate.decisions.trial import MOST_POLICY_BYTES
from imprint.http.replies import FileReply, Reply, json_reply, refusal_reply
from imprint.npm.names import PackageName
from imprint.refusals import Unavailable
from imprint.registry.exchange.audience import audience, ordered_audiences
from imprint.registry.exchange.revocation import revoke_credential
from imprint.registry.reading.attestations import MOST_BULK_BODY_BYTES, bulk, own_document
from imprint.registry.reading.timeline import timeline
from imprint.storage.probe import probe
from imprint.web.endpoints import MAX_BODY_BYTES, Endpoint, no_route
from imprint.web.gate import GateWeb
from imprint.web.gate_pages import explain
from imprint.web.pages import home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.gate.clients import Clients
    from imprint.gate.gate import Gate
    from imprint.http.requests import Request
    from imprint.registry.app import RegistryApp
    from imprint.registry.context import Registry
    from imprint.registry.outcomes import Outcome
    from imprint.web.endpoints import Answer

PREFIX = "/-/imprint"


def build_web(
    app: RegistryApp,
    *,
    trusted_proxies: frozenset[str] = frozenset(),
    gate: Gate | None = None,
    clients: Clients | None = None,
) -> Router:
    """Return the ASGI application for `/-/imprint` and below, beside `app` and of its registry.

    `gate` is what is before it, for `clients`; None: nothing is.
    """
    web, gated = Web(app), GateWeb(app, gate, clients)

    def route(
        path: str, method: str, answer: Answer, *, max_body_bytes: int = MAX_BODY_BYTES
    ) -> Route:
        endpoint = Endpoint(
            method, answer, trusted_proxies=trusted_proxies, max_body_bytes=max_body_bytes
        )
        return Route(PREFIX + path, endpoint)

    return Router(
        [
            route("", "GET", web.redirect),
            route("/", "GET", web.home),
            route("/health", "GET", web.health),
            route("/ready", "GET", web.ready),
            route("/v1/audience", "GET", web.audience),
            route("/v1/exchange/check/package/{name:path}", "POST", web.check_exchange),
            route("/v1/credential", "DELETE", web.revoke_credential),
            route("/v1/packages/{name:path}/timeline", "GET", web.timeline),
            route("/v1/attestations/{name:path}@{version}", "GET", web.attestations),
            route(
                "/v1/attestations",
                "POST",
                web.many_attestations,
                max_body_bytes=MOST_BULK_BODY_BYTES,
            ),
            route("/metrics", "GET", gated.metrics),
            route("/explain/{code}", "GET", explain),
            route("/gate/packages/{name:path}", "GET", gated.page),
            route("/v1/verdict", "POST", gated.verdict, max_body_bytes=verdicts.MOST_BODY_BYTES),
            route("/v1/gate/status", "GET", gated.status),
            route("/v1/gate/decisions", "GET", gated.decisions),
            route("/v1/gate/held", "GET", gated.held),
            route("/v1/gate/doubts", "GET", gated.doubts),
            route("/v1/gate/inventory", "GET", gated.inventory),
            route("/v1/gate/inventory/forget", "POST", gated.forget_inventory),
            route("/v1/gate/trial", "POST", gated.trial, max_body_bytes=MOST_POLICY_BYTES),
            route("/v1/gate/packages/{name:path}", "GET", gated.package),
        ],
        redirect_slashes=False,
        default=no_route,
    )


class Web:
    """The answers. Use cases run in the registry's pool."""

    def __init__(self, app: RegistryApp) -> None:
        """Answer for `app`'s registry."""
        self._app = app

    async def redirect(self, _request: Request, _names: Mapping[str, str]) -> Reply:
        """`/-/imprint`: relative, so that it holds whatever the host is called."""
        return Reply(status=308, headers=((b"location", b"/-/imprint/"),))

    async def home(self, _request: Request, _names: Mapping[str, str]) -> Reply:
        """Return the page."""
        registry = self._app.registry
        return home(registry.public_url, ordered_audiences(registry))

    async def health(self, _request: Request, _names: Mapping[str, str]) -> Reply:
        """Return that the process lives; nothing else is asked."""
        return json_reply({"status": "ok"})

    async def ready(self, _request: Request, _names: Mapping[str, str]) -> Reply:
        """Return whether requests can be served: 503 while a store does not answer."""
        try:
            await self._app.pool.run(_probe, self._app.registry)
        except Unavailable as err:
            return refusal_reply(err.refusal(), 503)
        return json_reply({"status": "ok"})

    async def audience(self, _request: Request, _names: Mapping[str, str]) -> Reply:
        """Return what ID tokens must be issued for."""
        return _reply(await self._app.pool.run(audience, self._app.registry))

    async def check_exchange(self, request: Request, names: Mapping[str, str]) -> Reply:
        """Return what an exchange would say."""
        return await self._app.exchange.check(request, PackageName.parse(names["name"]))

    async def revoke_credential(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """Revoke the credential that calls."""
        return _reply(await self._app.pool.run(revoke_credential, self._app.registry, request))

    async def timeline(self, request: Request, names: Mapping[str, str]) -> Reply:
        """Return a package's publications."""
        name = PackageName.parse(names["name"])
        return _reply(await self._app.pool.run(timeline, self._app.registry, request, name))

    async def attestations(self, request: Request, names: Mapping[str, str]) -> Reply:
        """Return what there is of attestations of one version, `<name>@<version>`."""
        name, version = PackageName.parse(names["name"]), names["version"]
        registry = self._app.registry
        return _reply(await self._app.pool.run(own_document, registry, request, name, version))

    async def many_attestations(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """Return the verified attestations of many versions."""
        return _reply(await self._app.pool.run(bulk, self._app.registry, request))


def _probe(registry: Registry) -> None:
    probe(registry.database)
    registry.blobs.probe()


def _reply(outcome: Outcome) -> Reply:
    if isinstance(outcome.reply, FileReply):
        raise TypeError("nothing under this prefix is a blob")
    return outcome.reply
