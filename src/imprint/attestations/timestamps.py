"""Whether a timestamp authority of the trusted root says when something was signed (RFC 3161).

Not here: whether that was a good time for the certificate that signed (`chains`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography import x509

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.proof import TimeSource, VerifiedTime
from imprint.attestations.timestamp_signers import find_signer
from imprint.attestations.timestamp_tokens import (
    TIMESTAMP_INFO,
    UnverifiedToken,
    decode,
    malformed,
    read_timestamp,
)
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.attestations.roots import CertificateAuthority

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"

HASHES: Final[Mapping[str, str]] = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


def verify_timestamp(
    raw: bytes, *, signed: bytes, authorities: tuple[CertificateAuthority, ...]
) -> VerifiedTime | Rejection:
    """Return when an authority saw `signed`, or why none is proved to have (TSA); never raises.

    `raw` is a TimeStampResp in DER, `signed` the signature that was stamped. Steps:
    (1) a granted response with one signer (2) over this signature, (3) whose attributes bind what
    it says, (4) by a certificate for timestamps alone, which is the trusted one or issued by it,
    (5) while that very authority was good: its window in the trusted root and all of its chain.
    """
    try:
        token = read_timestamp(raw)  # (1)
        _check_imprint(token, signed)
        _check_attributes(token)
        find_signer(token, HASHES[token.digest_algorithm], authorities)  # (4), (5)
    except Malformed as err:
        return Rejection(code=Code.TSA, message=err.message)
    return VerifiedTime(moment=token.moment, source=TimeSource.TIMESTAMP_AUTHORITY)


def _check_imprint(token: UnverifiedToken, signed: bytes) -> None:
    # (2) what was stamped is this signature
    name = HASHES.get(token.imprint_algorithm)
    if name is None:
        raise malformed("is over a digest of another kind than SHA-256, SHA-384 or SHA-512")
    if hashlib.new(name, signed).digest() != token.imprint:
        raise malformed("is over something else than this signature")


def _check_attributes(token: UnverifiedToken) -> None:
    # (3) the attributes that are signed name the kind and the digest of the content
    name = HASHES.get(token.digest_algorithm)
    if name is None:
        raise malformed("is signed over another digest than SHA-256, SHA-384 or SHA-512")
    kind, digest = (token.attributes.get(oid, b"") for oid in (_CONTENT_TYPE, _MESSAGE_DIGEST))
    if decode(x509.ObjectIdentifier, kind, "of a kind").dotted_string != TIMESTAMP_INFO:
        raise malformed("is signed for another kind of content")
    if decode(bytes, digest, "over a digest") != hashlib.new(name, token.content).digest():
        raise malformed("is signed over another content")
