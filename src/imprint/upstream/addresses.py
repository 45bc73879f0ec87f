"""Which network addresses may be reached for a host that nobody here vouched for: public ones."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address, and a gateway goes there."""


class AddressRefused(OSError):
    """A host has an address that may not be reached. An OSError, as resolvers raise."""


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


def is_public(address: str) -> bool:
    """Tell whether a textual IP address belongs to the public internet.

    Not: private, shared, loopback, link-local (cloud metadata lives there), multicast, reserved,
    unspecified; nor an IPv6 address that carries such an IPv4 one. False for what is no address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return all(_is_public(part) for part in (parsed, *_embedded(parsed)))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_link_local
        or address.is_loopback
        or address.is_unspecified
        # What `fc00::/7` was before (RFC 3879): where it is in use still, it is a site's own.
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )


def _embedded(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 one stands for: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return tuple(part for part in found if part is not None)
