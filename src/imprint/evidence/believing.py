"""From what is believed to a basis: domains and kept keys, or the keys that a registry says it has.

Not here: where trust is kept (`upstream.trust`), and who chose it (a command's options, a server's
settings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.reading.key_sets import read_key_set
from imprint.evidence.basis import Basis, KeySource
from imprint.evidence.looked import Had, NotThere
from imprint.refusals import Malformed
from imprint.upstream.trust.registry_labels import label_of

if TYPE_CHECKING:
    from imprint.attestations.domains import RegistryKeySet, TrustDomain
    from imprint.evidence.looked import Looked
    from imprint.upstream.trust.trust import Trust


def basis_by_trust(
    trust: Trust,
    *,
    domains: tuple[TrustDomain, ...],
    registry: str,
    fetched: Looked[bytes],
) -> Basis:
    """Return the basis for versions of `registry`, an address, by what a folder of trust holds.

    `domains` are those of it that are not too old to judge. Keys that are kept for the registry
    come first, then those that it says are its own, `fetched`. Raises Malformed for a file of trust
    that is none.
    """
    kept = trust.kept_keys.get(label_of(registry))
    if kept is not None:
        return named_basis(domains, kept.keys, KeySource.KEPT, registry)
    keys, source = fetched_keys(fetched)
    return named_basis(domains, keys, source, registry)


def named_basis(
    domains: tuple[TrustDomain, ...],
    keys: RegistryKeySet | None,
    source: KeySource,
    registry: str | None,
) -> Basis:
    """Return a basis that names the registry where the keys are known to be that registry's."""
    # A proxy hands on keys and attestations of the registry behind it: its own name is not theirs.
    is_named = registry is not None and source in (KeySource.GIVEN, KeySource.KEPT)
    # One on loopback keeps its scheme: `http` is another registry than `https`.
    name = registry.removeprefix("https://").rstrip("/") if registry and is_named else None
    return Basis(domains=domains, keys=keys, key_source=source, registry=name)


def fetched_keys(fetched: Looked[bytes] | None) -> tuple[RegistryKeySet | None, KeySource]:
    """Return the keys that a registry says are its own, and what asking for them came to."""
    match fetched:
        case Had(value=raw):
            try:
                return read_key_set(raw), KeySource.REGISTRY
            except Malformed:
                return None, KeySource.UNKNOWN
        case NotThere():
            return None, KeySource.NONE
        case _:
            return None, KeySource.UNKNOWN
