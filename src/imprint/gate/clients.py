"""Which clients may use the gate: networks that an administrator named, or everybody."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final, Self

import msgspec

from imprint.refusals import Malformed, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT_ALLOWED: Final = Refusal(
    code="client-not-allowed",
    message="this address may not use the gate to other registries",
    hint="an administrator names the networks of clients in `gate_clients`",
)


class Clients(msgspec.Struct, frozen=True):
    """The networks; with none, everybody may."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Read networks (`10.0.0.0/8`) and addresses; raises Malformed (`gate-clients`)."""
        networks = []
        for text in texts:
            try:
                networks.append(ip_network(text.strip()))
            except ValueError as err:
                raise Malformed(
                    "gate-clients",
                    f"{quoted(text)} is no network of clients, expected one like `10.0.0.0/8`",
                ) from err
        return cls(tuple(networks))

    @property
    def may_all(self) -> bool:
        """Whether everybody may."""
        return not self.networks

    def may(self, address: str) -> bool:
        """Whether who has this address may use the gate; False for what is no address."""
        return self.may_all or _is_in(address, self.networks)


@lru_cache(maxsize=4096)
def _is_in(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    # An IPv4 client of a socket that listens for both kinds.
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in networks)
