"""Which network addresses may be reached for a host that nobody here vouched for: public ones."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address, and a gateway goes there."""


class AddressRefused(OSError):
    """A host has an address that may not be reached. An OSError, as resolvers raise."""


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
