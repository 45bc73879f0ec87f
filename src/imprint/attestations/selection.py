"""One bundle, several trust domains: which of them it is judged by.

Their roots are never merged: each domain judges the whole bundle by its own root and thresholds,
and the proof names the one that it rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.verify import verify_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.bundles import Bundle
    from imprint.attestations.contents import Digests
    from imprint.attestations.domains import RegistryKeySet, TrustDomain
    from imprint.attestations.proof import Proof

_STEPS = {code: step for step, code in enumerate(Code)}


def verify_in_domains(
    bundle: Bundle,
    *,
    domains: Iterable[TrustDomain],
    keys: RegistryKeySet | None,
    now: float,
    artifact: Digests | None = None,
    public_key: PublicKeyTypes | None = None,
) -> Proof | Rejection:
    """Judge a bundle by the domains that may know it, in their order; the first proof counts.

    Where there is none, the rejection is that of the domain in which it got farthest, the first of
    several. Arguments as of `verify_bundle`.
    """
    farthest: Rejection | None = None
    for domain in select_domains(bundle, domains):
        verdict = verify_bundle(
            bundle,
            domain=domain,
            keys=keys,
            now=now,
            artifact=artifact,
            public_key=public_key,
        )
        if not isinstance(verdict, Rejection):
            return verdict
        if farthest is None or _STEPS[verdict.code] > _STEPS[farthest.code]:
            farthest = verdict
    return farthest or Rejection(
        code=Code.LOG, message="there is no trust domain to judge the bundle by"
    )


def select_domains(bundle: Bundle, domains: Iterable[TrustDomain]) -> tuple[TrustDomain, ...]:
    """Return the domains that know where the bundle is logged, or all where none does.

    A bundle that is logged nowhere is for domains that ask for no log. This only spares work and
    picks the better reason: every domain that is left out would refuse.
    """
    asked = tuple(domains)
    knowing = tuple(domain for domain in asked if _knows(domain, bundle))
    return knowing or asked


def _knows(domain: TrustDomain, bundle: Bundle) -> bool:
    known = {log.log_id for log in domain.root.logs}
    if any(entry.log_id not in known for entry in bundle.entries):
        return False
    return bool(bundle.entries) or domain.thresholds.log_entries == 0
