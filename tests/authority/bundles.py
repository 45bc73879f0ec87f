"""Whole bundles of every generation, signed and logged by the stand-in without any HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from imprint.attestations.bundles import Envelope
from tests.authority.authority import Authority
from tests.authority.certificates import CertificateLog, Chain, issue
from tests.authority.identities import Identity
from tests.authority.keys import curve_key, fingerprint, pem, sign, text64
from tests.authority.log import TransparencyLog
from tests.authority.proposals import dsse_body, hashedrekord_body, intoto_body, rekor_v2_body
from tests.authority.statements import PAYLOAD_TYPE

Json: TypeAlias = dict[str, Any]

OLD_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle+json;version="
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


class Record(Enum):
    """What a log keeps of an envelope."""

    INTOTO = "intoto 0.0.2"
    DSSE = "dsse 0.0.1"
    HASHEDREKORD = "hashedrekord 0.0.1"
    REKOR_V2 = "hashedrekord 0.0.2"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A form that bundles have had."""

    version: str
    chain: int = 0
    """How many certificates of the chain come along; 0: a single `certificate`."""
    record: Record = Record.DSSE
    has_proof: bool = True
    is_stamped: bool = False
    """Whether a timestamp authority saw it."""


# Facts: npm's own documents since 2022, in the order of time.
PROMISED = Generation(version="0.1", chain=3, record=Record.INTOTO, has_proof=False)
PROVED = Generation(version="0.1", chain=1, record=Record.INTOTO)
SECOND = Generation(version="0.2", chain=1, record=Record.INTOTO)
CURRENT = Generation(version="0.3")
HASHED = Generation(version="0.3", record=Record.HASHEDREKORD)
REKOR_V2 = Generation(version="0.3", record=Record.REKOR_V2, is_stamped=True)
STAMPED = Generation(version="0.3", record=Record.NOTHING, is_stamped=True)
PUBLISH = Generation(version="0.2")
OLD_PUBLISH = Generation(version="0.1", record=Record.INTOTO)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSigner:
    """Signs with a key that it got a certificate for."""

    identity: Identity
    chain: Chain | None = None
    """None: the authority's own."""
    is_promised: bool = True
    """Whether the certificate has an SCT."""
    key: EllipticCurvePrivateKey = field(default_factory=lambda: curve_key("cases", "signer"))

    def certify(self, authority: Authority, now: float) -> bytes:
        """Return the certificate, DER."""
        log: CertificateLog | None = authority.certificate_log if self.is_promised else None
        chain = self.chain or authority.chain
        return issue(chain, log, self.key.public_key(), self.identity, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySigner:
    """Signs with a registry's key."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: curve_key("cases", "registry"))

    @property
    def hint(self) -> str:
        """The key's name."""
        return fingerprint(self.key.public_key())


Signer: TypeAlias = CertificateSigner | KeySigner


def envelope_of(payload: bytes, key: EllipticCurvePrivateKey, *, key_id: str = "") -> Json:
    """Return a signed DSSE envelope."""
    signature = sign(key, _signed_bytes(payload))
    return {
        "payload": text64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"sig": text64(signature), "keyid": key_id}],
    }


def bundle_of(
    authority: Authority,
    payload: bytes,
    signer: Signer,
    *,
    generation: Generation = CURRENT,
    now: float,
    logged_at: float | None = None,
) -> Json:
    """Return a bundle of a statement; `logged_at` is `now` unless it is said."""
    certificate: bytes | None = None
    match signer:
        case CertificateSigner():
            certificate = signer.certify(authority, now)
            verifier = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
            material = _certificate_material(authority, certificate, generation)
            envelope = envelope_of(payload, signer.key)
        case KeySigner():
            verifier = pem(signer.key.public_key())
            material = {"publicKey": {"hint": signer.hint}}
            envelope = envelope_of(payload, signer.key, key_id=signer.hint)
    moment = now if logged_at is None else logged_at
    entry = record(authority, envelope, verifier, certificate, generation=generation, now=moment)
    bundle = {
        "mediaType": media_type(generation),
        "verificationMaterial": {**material, "tlogEntries": [] if entry is None else [entry]},
        "dsseEnvelope": envelope,
    }
    if generation.is_stamped:
        stamp(authority, bundle, now=moment)
    return bundle


def message_bundle_of(
    authority: Authority, artifact: bytes, signer: CertificateSigner, *, now: float
) -> Json:
    """Return a bundle with a signature over a file, as other tools than npm's make them."""
    certificate = signer.certify(authority, now)
    verifier = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    signature = sign(signer.key, artifact)
    digest = hashlib.sha256(artifact).digest()
    log = authority.log
    entry = log.bundled(log.append(hashedrekord_body(digest, signature, verifier), now=now))
    return {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": text64(certificate)},
            "tlogEntries": [entry],
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": text64(digest)},
            "signature": text64(signature),
        },
    }


def record(
    authority: Authority,
    envelope: Json,
    verifier: bytes,
    certificate: bytes | None,
    *,
    generation: Generation,
    now: float,
) -> Json | None:
    """Log an envelope, and return the entry as its generation of bundles has it."""
    log: TransparencyLog = authority.log
    signed, signature = _signed(envelope)
    match generation.record:
        case Record.INTOTO:
            body = intoto_body(envelope, verifier)
        case Record.DSSE:
            body = dsse_body(envelope, verifier)
        case Record.HASHEDREKORD:
            body = hashedrekord_body(hashlib.sha256(signed).digest(), signature, verifier)
        case Record.REKOR_V2:
            log = authority.second_log
            body = rekor_v2_body(signed, signature, _verifier_of(certificate or b""))
        case Record.NOTHING:
            return None
    entry = log.bundled(log.append(body, now=now))
    if not generation.has_proof:
        del entry["inclusionProof"]
    return entry


def stamp(authority: Authority, bundle: Json, *, now: float) -> None:
    """Add a timestamp over the bundle's signature."""
    _, signature = _signed(bundle["dsseEnvelope"])
    raw = authority.timestamps.stamp(signature, now=now)
    data = {"rfc3161Timestamps": [{"signedTimestamp": text64(raw)}]}
    bundle["verificationMaterial"]["timestampVerificationData"] = data


def document_of(*bundles: Json) -> Json:
    """Return an npm document: bundles with their predicate types beside them."""
    return {
        "attestations": [{"predicateType": type_of(found), "bundle": found} for found in bundles]
    }


def type_of(bundle: Json) -> str:
    """Return the predicate type that was signed."""
    found: str = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))["predicateType"]
    return found


def media_type(generation: Generation) -> str:
    """Return what a generation calls itself."""
    is_new = generation.version == "0.3"
    return MEDIA_TYPE if is_new else OLD_MEDIA_TYPE + generation.version


def _certificate_material(authority: Authority, leaf: bytes, generation: Generation) -> Json:
    if not generation.chain:
        return {"certificate": {"rawBytes": text64(leaf)}}
    chain = authority.chain
    above = [found.public_bytes(Encoding.DER) for found in (chain.intermediate, chain.root)]
    listed = [{"rawBytes": text64(der)} for der in [leaf, *above][: generation.chain]]
    return {"x509CertificateChain": {"certificates": listed}}


def _verifier_of(certificate: bytes) -> Json:
    return {
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        "x509Certificate": {"rawBytes": text64(certificate)},
    }


def _signed(envelope: Mapping[str, Any]) -> tuple[bytes, bytes]:
    payload = base64.b64decode(envelope["payload"])
    return _signed_bytes(payload), base64.b64decode(envelope["signatures"][0]["sig"])


def _signed_bytes(payload: bytes) -> bytes:
    return Envelope(
        payload_type=PAYLOAD_TYPE, payload=payload, signature=b"", unverified_key_id=""
    ).signed_bytes
