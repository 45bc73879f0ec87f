"""Whether bytes are signed by a key: one algorithm per kind of key. Not here: whose key it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePublicKey,
    EllipticCurveSignatureAlgorithm,
)
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

_HASHES: Final[Mapping[str, HashAlgorithm]] = {
    "sha256": _SHA256,
    "sha384": SHA384(),
    "sha512": SHA512(),
}
"""As `hashlib` spells them."""
_SPELLINGS: Final[Mapping[str, str]] = {
    **{name: name for name in _HASHES},
    "SHA2_256": "sha256",
    "SHA2_384": "sha384",
    "SHA2_512": "sha512",
}
"""As sigstore spells them, too."""
_CURVES: Final[Mapping[str, str]] = {
    "secp256r1": "sha256",
    "secp384r1": "sha384",
    "secp521r1": "sha512",
}
"""sigstore `algorithm-registry.md`: the curve says the hash."""
# Made once: making one costs a twentieth of a signature.
_ECDSA: Final[Mapping[str, EllipticCurveSignatureAlgorithm]] = {
    name: ECDSA(hashed) for name, hashed in _HASHES.items()
}
_PREHASHED: Final[Mapping[str, Prehashed]] = {
    name: Prehashed(hashed) for name, hashed in _HASHES.items()
}
_ECDSA_PREHASHED: Final[Mapping[str, EllipticCurveSignatureAlgorithm]] = {
    name: ECDSA(hashed) for name, hashed in _PREHASHED.items()
}


def supports(public_key: PublicKeyTypes) -> bool:
    """Return whether anything can be verified with such a key: its kind, curve and size."""
    if isinstance(public_key, EllipticCurvePublicKey):
        return public_key.curve.name in _CURVES
    if isinstance(public_key, RSAPublicKey):
        return MIN_RSA_BITS <= public_key.key_size <= MAX_RSA_BITS
    return isinstance(public_key, Ed25519PublicKey)


def verifies(public_key: PublicKeyTypes, signature: bytes, data: bytes) -> bool:
    """Return whether `signature` is that key's over `data`, by the one algorithm of its kind.

    P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512, Ed25519, RSA (PKCS #1 v1.5) with
    SHA-256. False for any other key; never raises.
    """
    if isinstance(public_key, EllipticCurvePublicKey):
        return verifies_ecdsa(public_key, signature, data, _CURVES.get(public_key.curve.name, ""))
    if not supports(public_key):
        return False
    try:
        if isinstance(public_key, RSAPublicKey):
            public_key.verify(signature, data, _PADDING, _SHA256)
        elif isinstance(public_key, Ed25519PublicKey):
            public_key.verify(signature, data)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def verifies_ecdsa(
    public_key: EllipticCurvePublicKey, signature: bytes, data: bytes, hashed: str
) -> bool:
    """Return whether `signature` is that key's over `data`, by ECDSA with the hash `hashed`.

    For certificates, which name the hash themselves: `sha256`, `sha384` or `sha512`. False for
    others; never raises.
    """
    algorithm = _ECDSA.get(hashed)
    if algorithm is None:
        return False
    try:
        public_key.verify(signature, data, algorithm)
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
    name = _SPELLINGS.get(algorithm)
    if name is None or not supports(public_key):
        return False
    try:
        if isinstance(public_key, EllipticCurvePublicKey):
            public_key.verify(signature, digest, _ECDSA_PREHASHED[name])
        elif isinstance(public_key, RSAPublicKey):
            public_key.verify(signature, digest, _PADDING, _PREHASHED[name])
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True
