"""Public keys of trusted roots and key sets: DER, and what kind its owner says it is."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from imprint.attestations.signatures import supports
from imprint.attestations.x509.curve_keys import read_curve_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MAX_KEY_BYTES = 4_096

_ED25519: Final = bytes.fromhex("302a300506032b6570032100")
"""RFC 8410: the bytes before the key."""
_ED25519_BYTES: Final = 32

KEY_DETAILS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "PKIX_ECDSA_P256_SHA_256": "secp256r1",
        "PKIX_ECDSA_P384_SHA_384": "secp384r1",
        "PKIX_ECDSA_P521_SHA_512": "secp521r1",
        "PKIX_ED25519": "ed25519",
        "PKIX_RSA_PKCS1V15_2048_SHA256": "rsa",
        "PKIX_RSA_PKCS1V15_3072_SHA256": "rsa",
        "PKIX_RSA_PKCS1V15_4096_SHA256": "rsa",
        "PKIX_RSA_PKCS1V5": "rsa",
        "PKCS1_RSA_PKCS1V5": "rsa",
    }
)
"""The `PublicKeyDetails` of `sigstore_common.proto` that can be verified here."""


def load_public_key(der: bytes, details: str) -> PublicKeyTypes | None:
    """Return the key that `der` is, where it is of the kind that `details` names; never raises."""
    if len(der) > MAX_KEY_BYTES:
        return None
    public_key = _load(der)
    if public_key is None or not supports(public_key):
        return None
    return public_key if _kind(public_key) == KEY_DETAILS.get(details) else None


def _load(der: bytes) -> PublicKeyTypes | None:
    # Almost all keys are of these two kinds, and importing the library's reader of any key costs as
    # much as a hundred signatures.
    if der.startswith(_ED25519) and len(der) == len(_ED25519) + _ED25519_BYTES:
        return Ed25519PublicKey.from_public_bytes(der[len(_ED25519) :])
    public_key = read_curve_key(der)
    if public_key is not None:
        return public_key
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(der)
    except (OverflowError, TypeError, UnsupportedAlgorithm, ValueError):
        return None


def _kind(public_key: PublicKeyTypes) -> str:
    match public_key:
        case EllipticCurvePublicKey():
            return public_key.curve.name
        case Ed25519PublicKey():
            return "ed25519"
        case _:
            return "rsa" if isinstance(public_key, RSAPublicKey) else ""
