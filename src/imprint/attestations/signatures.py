"""Whether bytes are signed by a key: one algorithm per kind of key. Not here: whose key it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MIN_RSA_BITS = 2_048
MAX_RSA_BITS = 8_192
"""Verifying by a longer key takes milliseconds, and a bundle brings its own certificate."""

_SHA256: Final = SHA256()
_PADDING: Final = PKCS1v15()

_CURVES: Final[Mapping[str, HashAlgorithm]] = {
    "secp256r1": _SHA256,
    "secp384r1": SHA384(),
    "secp521r1": SHA512(),
}
"""sigstore `algorithm-registry.md`: the curve says the hash."""

_HASHES: Final[Mapping[str, HashAlgorithm]] = {
    "sha256": _SHA256,
    "sha384": SHA384(),
    "sha512": SHA512(),
    "SHA2_256": _SHA256,
    "SHA2_384": SHA384(),
    "SHA2_512": SHA512(),
}
"""As `hashlib` spells them, and as sigstore does."""


def supports(public_key: PublicKeyTypes) -> bool:
    """Return whether anything can be verified with such a key: its kind, curve and size."""
    match public_key:
        case EllipticCurvePublicKey():
            return public_key.curve.name in _CURVES
        case RSAPublicKey():
            return MIN_RSA_BITS <= public_key.key_size <= MAX_RSA_BITS
        case _:
            return isinstance(public_key, Ed25519PublicKey)


def verifies(public_key: PublicKeyTypes, signature: bytes, data: bytes) -> bool:
    """Return whether `signature` is that key's over `data`, by the one algorithm of its kind.

    P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512, Ed25519, RSA (PKCS #1 v1.5) with
    SHA-256. False for any other key; never raises.
    """
    if not supports(public_key):
        return False
    try:
        match public_key:
            case EllipticCurvePublicKey():
                public_key.verify(signature, data, ECDSA(_CURVES[public_key.curve.name]))
            case RSAPublicKey():
                public_key.verify(signature, data, _PADDING, _SHA256)
            case Ed25519PublicKey():
                public_key.verify(signature, data)
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def verifies_digest(
    public_key: PublicKeyTypes, signature: bytes, digest: bytes, algorithm: str
) -> bool:
    """Return whether `signature` is that key's over what has this `digest`.

    `algorithm` is that of the digest: `sha256` or `SHA2_256`, and so for 384 and 512. False for
    others, and for Ed25519, which signs no digests; never raises.
    """
    hashed = _HASHES.get(algorithm)
    if hashed is None or not supports(public_key):
        return False
    try:
        match public_key:
            case EllipticCurvePublicKey():
                public_key.verify(signature, digest, ECDSA(Prehashed(hashed)))
            case RSAPublicKey():
                public_key.verify(signature, digest, _PADDING, Prehashed(hashed))
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True
