"""By what `imprint verify` judges: files that were given, else the folder of trust."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.session import current
from imprint.cli.verify.targets import read
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.domains import AllowedIssuer, RegistryKeySet, TrustDomain
    from imprint.evidence.basis import Basis
    from imprint.evidence.looked import Looked

GIVEN_DOMAIN = "private"
_ISSUERS_OF = "public-good"
_MOST_BYTES = 4 * 1024 * 1024
_MOST_KEY_BYTES = 64 * 1024
_DAY_SECONDS = 86_400
_WEEK_SECONDS = 7 * _DAY_SECONDS


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the options name. Nothing is read before it is needed."""

    folder: Path
    """Of trust."""
    max_age_days: int
    trusted_root: Path | None
    keys: Path | None

    def digest(self, registry: str, keys: Looked[bytes], *, now: float) -> str:
        """Return the digest of all of it, hex, without reading what it says.

        It is another one each week: old trust is never used in silence, so it is looked at that
        often, and each day where its age is bounded.
        """
        from imprint.evidence.kept import folder_digest
        from imprint.evidence.looked import Had
        from imprint.upstream.trust import embedded

        period = _DAY_SECONDS if self.max_age_days else _WEEK_SECONDS
        parts = [
            folder_digest(Path(embedded.__file__).parent, self.folder),
            registry,
            _digest_of(self.trusted_root),
            _digest_of(self.keys),
            hashlib.sha256(keys.value).hexdigest() if isinstance(keys, Had) else repr(keys),
            str(now // period),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def given_trust(
    folder: Path, *, trusted_root: Path | None = None, keys: Path | None = None
) -> Given:
    """Return what the options name; the bound of its age is that of the server's settings here."""
    from imprint import settings

    loaded = settings.load(file=current().config, environment=os.environ, flags={})
    return Given(
        folder=folder,
        max_age_days=loaded.settings.trust_max_age_days,
        trusted_root=trusted_root,
        keys=keys,
    )


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is believed, and is old."""

    name: str
    message: str
    is_of_registry: bool
    """Whether it is the keys of the registry in question."""


def basis_of(
    given: Given, *, registry: str | None, fetched: Looked[bytes] | None, now: float
) -> tuple[Basis, tuple[Stale, ...]]:
    """Return the basis for a registry's versions, and what of it is old.

    `fetched` are the keys that the registry says are its own.

    Keys that were given come first, then those that are kept for the registry, then its own. With
    a given root alone, and no registry, there are none. Raises Malformed for files that are none,
    Unavailable (`trust-root-stale`).
    """
    from imprint.evidence.basis import KeySource
    from imprint.evidence.believing import fetched_keys, named_basis

    domains, kept, stale = _believed(given, registry, now)
    keys, source = kept, KeySource.KEPT
    if given.keys is not None:
        keys, source = _read_keys(given.keys), KeySource.GIVEN
    elif keys is None:
        keys, source = fetched_keys(fetched)
    stale = tuple(one for one in stale if source is KeySource.KEPT or not one.is_of_registry)
    return named_basis(domains, keys, source, registry), stale


def read_public_key(path: Path) -> PublicKeyTypes:
    """Return the public key in a PEM file; raises Malformed (`malformed-public-key`)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    raw = read(path, most_bytes=_MOST_KEY_BYTES, what="public key")
    try:
        return load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as err:
        raise Malformed(
            "malformed-public-key",
            f"`{path}` has no public key that is known here",
            hint="it takes PEM: `-----BEGIN PUBLIC KEY-----`",
        ) from err


def _digest_of(path: Path | None) -> str:
    if path is None:
        return ""
    return hashlib.sha256(read(path, most_bytes=_MOST_BYTES, what="file")).hexdigest()


def _believed(
    given: Given, registry: str | None, now: float
) -> tuple[tuple[TrustDomain, ...], RegistryKeySet | None, tuple[Stale, ...]]:
    if given.trusted_root is not None:
        return (_given_domain(given.trusted_root, now),), None, ()
    from imprint.upstream.trust.registry_labels import DEFAULT_LABEL, label_of
    from imprint.upstream.trust.staleness import refuse_stale, staleness
    from imprint.upstream.trust.store import load_trust

    trust = load_trust(given.folder)
    if refusal := refuse_stale(trust, now, max_age_days=given.max_age_days):
        raise Unavailable("trust-root-stale", refusal.message, refusal.hint)
    label = DEFAULT_LABEL if registry is None else label_of(registry)
    kept = trust.kept_keys.get(label)
    domains = trust.believed
    stale = (
        Stale(name=one.name, message=one.message, is_of_registry=one.name == label)
        for one in staleness(trust, now, names={label, *(domain.name for domain in domains)})
    )
    return domains, None if kept is None else kept.keys, tuple(stale)


def _given_domain(path: Path, now: float) -> TrustDomain:
    from imprint.attestations.domains import TrustDomain
    from imprint.attestations.reading.trusted_roots import read_trusted_root
    from imprint.upstream.trust.instance import derived_thresholds, read_instance

    raw = read(path, most_bytes=_MOST_BYTES, what="trusted root")
    instance = read_instance(raw, now=now)
    root = read_trusted_root(instance.raw_trusted_root)
    return TrustDomain(
        name=GIVEN_DOMAIN,
        root=root,
        thresholds=derived_thresholds(root),
        issuers=tuple(_default_issuers()),
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _default_issuers() -> Sequence[AllowedIssuer]:
    from imprint.upstream.trust.domain_file import read_domain
    from imprint.upstream.trust.embedded_files import embedded_domains

    return read_domain(embedded_domains()[_ISSUERS_OF]).issuers


def _read_keys(path: Path) -> RegistryKeySet:
    from imprint.attestations.reading.key_sets import read_key_set

    return read_key_set(read(path, most_bytes=_MOST_BYTES, what="key set"))
