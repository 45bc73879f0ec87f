"""Trust domains: whose authorities, logs and keys are believed, and how much proof they owe.

A domain is data that somebody vouches for (`upstream/trust/` keeps them). Roots of several
domains are never merged: a verdict names the one domain that it rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from imprint.identity.workload import Provider

if TYPE_CHECKING:
    from imprint.attestations.keys import RegistryKey
    from imprint.attestations.roots import TrustedRoot


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """How many verified pieces of evidence a bundle owes."""

    log_entries: int = 1
    certificate_timestamps: int = 1
    """SCTs."""
    times: int = 1
    """Verified times: of a log that states one, or of a timestamp authority."""


class AllowedIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer of ID tokens whose runs may sign provenance."""

    url: str
    """Compared to the letter."""
    provider: Provider
    organizations: bool = False
    """True: the url followed by one more path segment is one too: GitHub's enterprise issuers
    (`<url>/<enterprise>`), CircleCI's organizations (`<url>/<id>`)."""


class TrustDomain(NamedTuple):
    """One named instance of sigstore."""

    name: str
    """`public-good`, `staging`, `github-internal`, `private` or an administrator's own."""
    root: TrustedRoot
    thresholds: Thresholds
    issuers: tuple[AllowedIssuer, ...]
    digest: str
    """sha256, hex, over all of it that a verdict depends on: verdicts that are kept name it."""


class RegistryKeySet(NamedTuple):
    """The keys with which one registry signs."""

    keys: tuple[RegistryKey, ...]
    digest: str
