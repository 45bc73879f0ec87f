"""Connections of one process and event loop: two pools, kept between requests, and the proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, ThreadedResolver

from imprint.upstream.resolving import PublicResolver
from imprint.upstream.targets import Reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.abc import AbstractResolver
    from yarl import URL

_HEADERS: Final = {
    # A compressed answer could be small on the wire and large in memory.
    "Accept-Encoding": "identity",
    "User-Agent": "imprint",
}


class Connections:
    """Made before there is a loop; opens its connections with the first request.

    There are two pools, so that no request for a host that was learned ever meets a connection to
    a private one.
    """

    def __init__(
        self, *, resolver: Callable[[], AbstractResolver] | None, by_proxy: bool, per_host: int
    ) -> None:
        """Resolve host names by `resolver`, made with the first request; see `Fetcher`."""
        self._make_resolver = resolver or ThreadedResolver
        self._by_proxy = by_proxy
        self._per_host = per_host
        self._resolver: AbstractResolver | None = None
        self._sessions: dict[Reach, ClientSession] = {}
        self._proxies: dict[tuple[str, str], str | None] = {}
        self.requests = 0
        """How many were made."""

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        if self._resolver is not None:
            await self._resolver.close()
            self._resolver = None

    def session(self, reach: Reach) -> ClientSession:
        """Return the pool for one more request that reaches so far."""
        self.requests += 1
        session = self._sessions.get(reach)
        if session is None:
            if self._resolver is None:
                self._resolver = self._make_resolver()
            resolver = self._resolver
            if reach is Reach.LEARNED:
                resolver = PublicResolver(resolver)
            session = ClientSession(
                connector=TCPConnector(resolver=resolver, limit_per_host=self._per_host),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None),  # each request has the one that counts
                headers=_HEADERS,
                auto_decompress=False,
            )
            self._sessions[reach] = session
        return session

    def proxy_of(self, target: URL) -> str | None:
        """Return the proxy through which `target` is asked; None: it is asked itself."""
        # Not by `trust_env`: that takes passwords of ~/.netrc, too. Its `default` would go to every
        # host that a packument names, and beside a token it stops the request.
        if not self._by_proxy:
            return None
        asked = (target.scheme, target.host or "")
        if asked not in self._proxies:
            # Looked up once for each host: it goes through the whole environment, twice.
            bypasses = proxy_bypass(asked[1])
            self._proxies[asked] = None if bypasses else getproxies().get(asked[0])
        return self._proxies[asked]
