"""Keys that come from a seed, and the names that keys have: in logs, in registries."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurve,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


def curve_key(seed: str, name: str, curve: EllipticCurve | None = None) -> EllipticCurvePrivateKey:
    """Return the key of that name; P-256 unless another curve is given."""
    chosen = curve or SECP256R1()
    # Half a curve's order at most: no two bits of it are ever lost.
    size = chosen.key_size // 8
    number = int.from_bytes(hashlib.shake_256(f"{seed}/{name}".encode()).digest(size)) >> 1
    return derive_private_key(number, chosen)


def edwards_key(seed: str, name: str) -> Ed25519PrivateKey:
    """Return the Ed25519 key of that name."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest())


def sign(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return an ECDSA signature over the sha256 of `data`, the same each time (RFC 6979)."""
    return key.sign(data, ECDSA(SHA256(), deterministic_signing=True))


def spki(key: PublicKeyTypes) -> bytes:
    """Return a public key as DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem(key: PublicKeyTypes) -> bytes:
    """Return a public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: PublicKeyTypes) -> str:
    """Return the name that npm gives a registry's key: its fingerprint as ssh writes it."""
    wire = base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    digest = base64.b64encode(hashlib.sha256(wire).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def text64(raw: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(raw).decode()
