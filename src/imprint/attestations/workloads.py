"""A certificate of an allowed CI issuer → level and Workload. Not here: whether it is genuine.

The identity is what the extensions say, never the SAN: that names the workflow that signed, which
is another repository's wherever a reusable workflow does it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from imprint.attestations.proof import Level
from imprint.identity.claims import table_of
from imprint.identity.extensions import read_extensions
from imprint.identity.workload import Missing, Provider

if TYPE_CHECKING:
    from imprint.attestations.domains import AllowedIssuer
    from imprint.attestations.proof import Certificate
    from imprint.identity.workload import Workload

_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,255}")
"""One path segment that needs no encoding and is no step through folders."""


class SigningIdentity(NamedTuple):
    """Who a certificate says has signed, as far as it says it."""

    level: Level
    workload: Workload | None
    """None at level `not-ci`."""


def read_identity(certificate: Certificate, issuers: tuple[AllowedIssuer, ...]) -> SigningIdentity:
    """Return who signed with `certificate`, where only runs of `issuers` count as CI runs. Total.

    `full` needs the provider's immutable ids; without them it is `legacy`, which every comparison
    is told. A known provider's certificate that names not even a repository is no CI run's.
    """
    provider = provider_of(certificate.issuer, issuers)
    if provider is None:
        return SigningIdentity(level=Level.NOT_CI, workload=None)
    workload = read_extensions(
        certificate.extensions, issuer_url=certificate.issuer, provider=provider
    )
    ids = (getattr(workload, name) for name in table_of(provider).certificate_ids)
    if not any(isinstance(value, Missing) for value in ids):
        return SigningIdentity(level=Level.FULL, workload=workload)
    if isinstance(workload.repository, Missing) and provider is not Provider.GENERIC:
        return SigningIdentity(level=Level.NOT_CI, workload=None)
    return SigningIdentity(level=Level.LEGACY, workload=workload)


def provider_of(issuer: str, issuers: tuple[AllowedIssuer, ...]) -> Provider | None:
    """Return the provider of the allowed issuer that `issuer` is; None where it is none of them.

    Compared to the letter. Below an issuer with organizations exactly one clean path segment more
    is allowed; what is listed itself goes before what stands below another.
    """
    for allowed in issuers:
        if issuer and issuer == allowed.url:
            return allowed.provider
    for allowed in issuers:
        if allowed.organizations and _stands_below(issuer, allowed.url):
            return allowed.provider
    return None


def _stands_below(issuer: str, url: str) -> bool:
    root = url.rstrip("/") + "/"
    return issuer.startswith(root) and _SEGMENT.fullmatch(issuer[len(root) :]) is not None
