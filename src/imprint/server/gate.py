"""From settings to a gate: its parts opened and put together, before the registry's application."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from imprint.gate.app import GateApp
from imprint.gate.clients import Clients
from imprint.gate.gate import Gate
from imprint.gate.keys import SigningKeys
from imprint.gate.names import Pins, Standings, own_scopes_of
from imprint.gate.passing import Passing
from imprint.gate.upstreams import CODE, Upstreams
from imprint.http.pool import Pool
from imprint.http.replies import Reply
from imprint.npm.npmrc import parse_npmrc
from imprint.refusals import Malformed, quoted
from imprint.registry.reading.keys import keys
from imprint.server.plain_gate import (
    PlainAdvisories,
    PlainDocuments,
    PlainPackuments,
    PlainTarballs,
)
from imprint.upstream.fetch import Fetcher

if TYPE_CHECKING:
    from imprint.gate.app import Handler
    from imprint.npm.npmrc import NpmrcLayer
    from imprint.registry.context import Registry
    from imprint.settings import Settings

log = logging.getLogger("imprint.server")

CONNECTIONS_PER_HOST = 32
"""To one upstream: an install asks for hundreds of packages at once."""
THREADS = 4


class OpenedGate:
    """A gate and what it keeps open. Close it inside its event loop."""

    def __init__(self, app: GateApp, fetcher: Fetcher, pool: Pool) -> None:
        """Hold what `open_gate` opened."""
        self.app = app
        self._fetcher = fetcher
        self._pool = pool

    @classmethod
    def of(
        cls,
        settings: Settings,
        registry: Registry,
        own: Handler,
        *,
        trusted_proxies: frozenset[str] = frozenset(),
    ) -> Self:
        """Open the gate that `settings` describe before `own`, the registry's application.

        Raises Malformed for a setting that cannot be.
        """
        upstreams = upstreams_of(settings, public_url=registry.public_url)
        pins, own_scopes = Pins.parse(settings.gate_names), own_scopes_of(settings.own_scopes)
        clients = Clients.parse(settings.gate_clients)
        # The proxies of the environment are an administrator's word, as the upstreams are.
        fetcher = Fetcher(by_proxy=True, connections_per_host=CONNECTIONS_PER_HOST)
        pool = Pool(THREADS, name="gate")
        standings = Standings(
            registry.database, pool, clock=registry.clock, own_scopes=own_scopes, pins=pins
        )
        documents = PlainDocuments(upstreams, fetcher)
        gate = Gate(
            public_url=registry.public_url,
            upstreams=upstreams,
            standings=standings,
            documents=documents,
            policies=None,
            judging=None,
            packuments=PlainPackuments(documents, registry.public_url),
            tarballs=PlainTarballs(documents, upstreams, fetcher),
            advisories=PlainAdvisories(),
            keys=SigningKeys(
                upstreams, fetcher, pool, own=lambda: _own_keys(registry), clock=time.time
            ),
            passing=Passing(upstreams, standings, fetcher),
            clock=registry.clock,
        )
        app = GateApp(gate, own, clients=clients, trusted_proxies=trusted_proxies)
        return cls(app, fetcher, pool)

    async def close(self) -> None:
        """Close every connection, and let what runs come to its end."""
        await self._fetcher.close()
        self._pool.close()


def upstreams_of(settings: Settings, *, public_url: str) -> Upstreams:
    """Return the upstreams with their credentials; raises Malformed, also for ourselves."""
    credentials = _credentials(settings.upstream_npmrc) if settings.upstream_npmrc else None
    upstreams = Upstreams.parse(settings.upstream, settings.upstreams, credentials=credentials)
    ours = public_url.rstrip("/") + "/"
    if any(upstream.url.startswith(ours) for upstream in upstreams.all):
        raise Malformed(CODE, f"the upstream {quoted(ours)} is this registry itself")
    return upstreams


def _credentials(file: str) -> NpmrcLayer:
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is not UTF-8"
        raise Malformed(
            "upstream-npmrc", f"the upstreams' credentials in `{path}` cannot be read: {reason}"
        ) from err
    return parse_npmrc(text, origin=str(path), environment=os.environ)


def _own_keys(registry: Registry) -> bytes | None:
    reply = keys(registry).reply
    return reply.body if isinstance(reply, Reply) and reply.status == 200 else None  # noqa: PLR2004
