"""What an administrator decided about attestations: whom to believe, what to take, what to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import Visibility

if TYPE_CHECKING:
    from imprint.attestations.domains import TrustDomain

PUBLIC_GOOD = "public-good"


class AttestationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The rules for provenance, and for what the registry itself attests."""

    domains: tuple[TrustDomain, ...] = ()
    """Whose signatures are believed; without one no provenance is taken."""
    visibilities: frozenset[Visibility] = frozenset(Visibility)
    """Which source repositories may have provenance here."""
    self_hosted: bool = False
    """Whether runs on machines of one's own may."""
    advertised_domains: frozenset[str] = frozenset({PUBLIC_GOOD})
    """The domains whose roots clients have: npm calls what others verified invalid."""
    log_url: str = ""
    """The transparency log (Rekor v1) for publish attestations; empty: they are not logged."""
    names_private_sources: bool = False
    """Whether publish attestations name runs of repositories that are not public."""

    def domain(self, name: str | None) -> TrustDomain | None:
        """Return the trust domain of that name."""
        return next((domain for domain in self.domains if domain.name == name), None)
