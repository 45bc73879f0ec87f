"""Who signed a timestamp: a certificate of a trusted authority that is made for nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from imprint.attestations import timestamp_shapes as shapes
from imprint.attestations.certificates import load_certificate
from imprint.attestations.chains import covers, is_issued_by, judge_times
from imprint.attestations.signatures import verifies, verifies_digest
from imprint.attestations.timestamp_tokens import UnverifiedToken, decode, malformed
from imprint.attestations.x509.certificates import (
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    SUBJECT_NAME,
    TIME_STAMPING,
)
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.attestations.roots import CertificateAuthority
    from imprint.attestations.x509.certificates import X509Certificate

_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"

_SHA256, _SHA384, _SHA512 = (f"2.16.840.1.101.3.4.2.{n}" for n in (1, 2, 3))
_DIGESTS: Final[Mapping[str, str]] = {_SHA256: "sha256", _SHA384: "sha384", _SHA512: "sha512"}

_ALGORITHMS: Final[Mapping[str, tuple[type, str | None]]] = {
    "1.2.840.10045.4.3.2": (EllipticCurvePublicKey, "sha256"),
    "1.2.840.10045.4.3.3": (EllipticCurvePublicKey, "sha384"),
    "1.2.840.10045.4.3.4": (EllipticCurvePublicKey, "sha512"),
    "1.2.840.113549.1.1.1": (RSAPublicKey, None),
    "1.2.840.113549.1.1.11": (RSAPublicKey, "sha256"),
    "1.2.840.113549.1.1.12": (RSAPublicKey, "sha384"),
    "1.2.840.113549.1.1.13": (RSAPublicKey, "sha512"),
    "1.3.101.112": (Ed25519PublicKey, None),
}
"""RFC 5754, RFC 8419: a signature's algorithm, its kind of key, and its hash where it says one."""

_UNDERSTOOD: Final = frozenset({BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, SUBJECT_NAME})


def find_signer(
    token: UnverifiedToken, digest_name: str, authorities: tuple[CertificateAuthority, ...]
) -> X509Certificate:
    """Return the certificate of the authority that signed `token`, good at its moment.

    `digest_name` is the hash that the token says it was signed by. Authorities may share names
    and keys: each is tried, and judged by its own window. Raises Malformed `TSA`.
    """
    refused = malformed("is signed by no authority of the trusted root")
    for authority in authorities:
        for certificate in _candidates(token, authority):
            if not _is_named(token, certificate) or not _signed(token, certificate, digest_name):
                continue
            wrong = _judge(token, certificate, authority)
            if wrong is None:
                return certificate
            refused = malformed(f"is signed by an authority {wrong}")
    raise refused


def _candidates(
    token: UnverifiedToken, authority: CertificateAuthority
) -> Iterator[X509Certificate]:
    if not authority.certificates:
        return
    trusted = authority.certificates[0]
    if not trusted.is_authority:
        # What the response brings is then of no interest.
        yield trusted
        return
    for der in token.certificates:
        try:
            embedded = load_certificate(der)
        except Malformed:
            continue
        # The first that is named is the only one: each costs the check of a signature.
        if _has_name(token, embedded):
            if is_issued_by(embedded, trusted):
                yield embedded
            return


def _is_named(token: UnverifiedToken, certificate: X509Certificate) -> bool:
    return _has_name(token, certificate) and token.issuer in {None, certificate.issuer}


def _has_name(token: UnverifiedToken, certificate: X509Certificate) -> bool:
    if not isinstance(token.signer, bytes):
        return certificate.serial_number == token.signer
    return certificate.key_identifier == token.signer


def _signed(token: UnverifiedToken, certificate: X509Certificate, digest_name: str) -> bool:
    kind, hashed = _ALGORITHMS.get(token.signature_algorithm, (None, None))
    public_key = certificate.public_key
    if kind is None or not isinstance(public_key, kind) or hashed not in (None, digest_name):
        return False
    if isinstance(public_key, Ed25519PublicKey):
        return verifies(public_key, token.signature, token.signed_bytes)
    digest = hashlib.new(digest_name, token.signed_bytes).digest()
    return verifies_digest(public_key, token.signature, digest, digest_name)


def _judge(
    token: UnverifiedToken, certificate: X509Certificate, authority: CertificateAuthority
) -> str | None:
    if not _is_for_timestamps(certificate):
        return "whose certificate is not one for timestamps alone"
    if not _is_attributed(token, certificate):
        return "by another certificate than the one that it names"
    if not covers(certificate, (token.moment,)):
        return "whose certificate was not valid at that time"
    return judge_times(authority, (token.moment,))


def _is_for_timestamps(certificate: X509Certificate) -> bool:
    """RFC 3161 §2.3: one extended key usage, timeStamping, and critical."""
    if certificate.purposes != (TIME_STAMPING,) or EXTENDED_KEY_USAGE not in certificate.critical:
        return False
    usage = certificate.usage
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        return False
    return not certificate.is_authority and _UNDERSTOOD.issuperset(certificate.critical)


def _is_attributed(token: UnverifiedToken, certificate: X509Certificate) -> bool:
    """RFC 5035 §3: where the signed attributes name a certificate, it is this one."""
    for oid in (_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2):
        raw = token.attributes.get(oid)
        if raw is None:
            continue
        named = decode(shapes.SigningCertificate, raw, "over a signing certificate").certificates
        if not named or named[0].digest != _certificate_digest(
            oid, named[0].algorithm, certificate.der
        ):
            return False
    return True


def _certificate_digest(oid: str, algorithm: shapes.Algorithm | None, der: bytes) -> bytes | None:
    if oid == _SIGNING_CERTIFICATE:
        # Version 1 knows SHA-1 alone. It binds nothing here that the signature does not bind.
        return hashlib.sha1(der, usedforsecurity=False).digest() if algorithm is None else None
    stated = _SHA256 if algorithm is None else algorithm.algorithm.dotted_string
    name = _DIGESTS.get(stated)
    return None if name is None else hashlib.new(name, der).digest()
