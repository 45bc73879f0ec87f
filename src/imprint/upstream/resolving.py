"""Resolving the names of hosts that nobody here vouched for: to public addresses alone."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from imprint.upstream.addresses import AddressRefused, is_public


class PublicResolver(AbstractResolver):
    """Resolves as another resolver does, and refuses hosts with any address that is not public.

    The check is where the connection takes its address from, so a name that resolves differently
    the second time gains nothing. Refused as a whole: half a private host is nobody's mistake.
    """

    def __init__(self, resolver: AbstractResolver) -> None:
        """Judge what `resolver` answers."""
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`; raises AddressRefused."""
        answers = await self._resolver.resolve(host, port, family)
        for answer in answers:
            if not is_public(answer["host"]):
                raise AddressRefused(f"`{host}` has the address `{answer['host']}`")
        return answers

    async def close(self) -> None:
        """Close the resolver that is asked."""
        await self._resolver.close()
