"""What is told of a version's attestations, and where: pure decisions on what is kept of them.

Nothing is advertised that cannot be served and verified: npm aborts a whole audit over one
attestation that it cannot verify (facts/wire.md §5), so `dist.attestations` takes both documents,
verified, in a log, and of a trust domain whose root clients have. Everything else is told in
`dist.imprint`, which only imprint reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.registry.attesting.records import signing_record
from imprint.storage.attestations import Kind, State

if TYPE_CHECKING:
    from imprint.registry.policies import AttestationPolicy
    from imprint.registry.signing.windows import SigningKeys
    from imprint.storage.attestations import KeptAttestation


class Advertised(msgspec.Struct, frozen=True, kw_only=True):
    """Two members of `dist`, JSON; None: that member is left out."""

    attestations: bytes | None = None
    """npm's."""
    imprint: bytes | None = None
    """Ours."""


def advertise(
    kept: tuple[KeptAttestation, ...],
    *,
    name: str,
    version: str,
    base_url: str,
    policy: AttestationPolicy,
    keys: SigningKeys,
    credential: str,
) -> Advertised:
    """Return what `dist` of `name@version` says of the attestations in `kept`.

    `keys` are those that clients are told of; none where signing is off. `credential`: with what it
    was published, which npm's fields tell of trusted publishers alone.
    """
    kept = tuple(one for one in kept if one.state is not State.UNSIGNED)
    said: dict[str, object] = {"credential": credential}
    if not kept:
        return Advertised(imprint=msgspec.json.encode(said))
    # No address: it is the same path for all, and a packument of thousands of versions is long.
    ours = {one.kind.value: _told(one) for one in kept}
    npms: dict[str, object] | None = None
    if is_for_npm(kept, policy, keys):
        (provenance_type,) = (one.predicate_type for one in kept if one.kind is Kind.PROVENANCE)
        npms = {
            "url": f"{base_url}/-/npm/v1/attestations/{name}@{version}",
            "provenance": {"predicateType": provenance_type},
        }
    return Advertised(
        attestations=None if npms is None else msgspec.json.encode(npms),
        imprint=msgspec.json.encode({"attestations": ours, **said}),
    )


def _told(one: KeptAttestation) -> dict[str, str]:
    told = {"state": one.state.value}
    if one.kind is Kind.PROVENANCE:
        told["predicateType"] = one.predicate_type
    if one.domain is not None:
        told["domain"] = one.domain
    return told


def is_for_npm(
    kept: tuple[KeptAttestation, ...], policy: AttestationPolicy, keys: SigningKeys
) -> bool:
    """Whether stock clients are told of these attestations.

    (1) provenance and the registry's own statement are both there (facts/attestations.md §4 (g))
    (2) both are verified, and the second is in its log
    (3) each by a trust domain that is still believed here, and that clients know
    (4) the key that signed is one that clients are told of, and had not ended when it was logged
    """
    if {one.kind for one in kept} != set(Kind):  # (1)
        return False
    if any(one.state is not State.VERIFIED for one in kept):  # (2)
        return False
    known = {domain.name for domain in policy.domains} & policy.advertised_domains
    if any(one.domain not in known for one in kept):  # (3)
        return False
    record = next(signing_record(one.proof) for one in kept if one.kind is Kind.PUBLISH)
    return record.logged_at is not None and keys.covers(record.key_id, record.logged_at)  # (4)
