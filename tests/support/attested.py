"""Bundles that the stand-in authority signed and logged, and the trust domain that believes it."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from imprint.attestations.bundles import Bundle
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.domains import RegistryKeySet, Thresholds, TrustDomain
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.verify import verify_bundle
from imprint.identity.workload import Provider
from tests.authority.authority import Authority
from tests.authority.bundles import (
    CURRENT,
    HASHED,
    PROMISED,
    PROVED,
    REKOR_V2,
    SECOND,
    CertificateSigner,
    Generation,
    KeySigner,
    Signer,
    bundle_of,
)
from tests.authority.documents import keys_of_registry, trusted_root
from tests.authority.identities import identity_of
from tests.authority.statements import (
    PROVENANCE,
    PUBLISH,
    github_predicate,
    publish_predicate,
    statement,
)
from tests.authority.timestamps import TimestampAuthority
from tests.support.certificates import ISSUERS
from tests.support.claims import NOW, github_claims

SHA512 = "5a" * 64
GENERATIONS = {
    "promised": PROMISED,
    "proved": PROVED,
    "second": SECOND,
    "current": CURRENT,
    "hashed": HASHED,
    "rekor-v2": REKOR_V2,
}
"""Of bundles with certificates, in the order of time."""
IDENTITY = identity_of(github_claims(), Provider.GITHUB)
RUN = CertificateSigner(identity=IDENTITY)
REGISTRY = KeySigner()
PROVENANCE_STATEMENT = statement(
    "@acme/rocket",
    "1.2.0",
    sha512=SHA512,
    predicate_type=PROVENANCE,
    predicate=github_predicate(IDENTITY.extensions),
)
PUBLISH_STATEMENT = statement(
    "@acme/rocket",
    "1.2.0",
    sha512=SHA512,
    predicate_type=PUBLISH,
    predicate=publish_predicate("@acme/rocket", "1.2.0"),
)


def stand_in(seed: str = "stand-in") -> Authority:
    """A stand-in with an empty log. Of one seed all have the same keys and certificates."""
    authority = Authority(seed=seed)
    # Certificates are signed at random, and a timestamp names the very one that it is by.
    authority.timestamps = _timestamps(seed)
    return authority


@functools.cache
def _timestamps(seed: str) -> TimestampAuthority:
    return TimestampAuthority(seed)


def whole(
    authority: Authority | None = None,
    *,
    payload: bytes | None = None,
    signer: Signer = RUN,
    generation: Generation = CURRENT,
    now: float = NOW,
    logged_at: float | None = None,
) -> dict[str, Any]:
    """A bundle as JSON: provenance of a run, or what the registry signs."""
    if payload is None:
        payload = PUBLISH_STATEMENT if isinstance(signer, KeySigner) else PROVENANCE_STATEMENT
    return bundle_of(
        authority or stand_in(),
        payload,
        signer,
        generation=generation,
        now=now,
        logged_at=logged_at,
    )


def read(document: Mapping[str, Any]) -> Bundle:
    """The bundle that a JSON object is."""
    return parse_bundle(json.dumps(document))


def domain(
    authority: Authority | None = None,
    *,
    name: str = "private",
    thresholds: Thresholds | None = None,
    edit: Callable[[dict[str, Any]], object] = lambda root: root,
) -> TrustDomain:
    """What believes the stand-in; `edit` changes its trusted root first."""
    root = trusted_root(authority or stand_in())
    edit(root)
    return TrustDomain(
        name=name,
        root=read_trusted_root(json.dumps(root).encode()),
        thresholds=thresholds or Thresholds(),
        issuers=ISSUERS,
        digest="d0" * 32,
    )


def registry_keys(**options: Any) -> RegistryKeySet:
    """The registry's one key, for both uses."""
    keys = keys_of_registry(REGISTRY.key.public_key(), **options)
    return read_key_set(json.dumps(keys).encode())


def judge(
    bundle: Mapping[str, Any],
    *,
    by: TrustDomain | None = None,
    keys: RegistryKeySet | None = None,
    now: float = NOW + 30,
    **known: Any,
) -> Any:
    """The verdict on a bundle as JSON, half a minute after it was signed."""
    return verify_bundle(read(bundle), domain=by or domain(), keys=keys, now=now, **known)


def code_of(bundle: Mapping[str, Any], **options: Any) -> Code:
    """The code by which a bundle is refused, in one line that says why."""
    verdict = judge(bundle, **options)
    assert isinstance(verdict, Rejection), verdict
    assert verdict.message.isascii()
    assert "\n" not in verdict.message
    return verdict.code


def entry_of(bundle: Mapping[str, Any]) -> Any:
    """The first log entry of a bundle as JSON."""
    return bundle["verificationMaterial"]["tlogEntries"][0]


def altered(text: str) -> str:
    """Other bytes of the same length, as base64."""
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()
