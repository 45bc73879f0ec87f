"""KeySet: an issuer's public keys, read once from a JWKS document. Not here: fetching, and age."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from imprint.identity.claim_values import shown
from imprint.npm import strict_json
from imprint.refusals import Malformed
from imprint.tokens.envelope import MAX_KEY_ID_CHARACTERS, decode_base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey

MAX_KEY_SET_BYTES = 1_048_576
MAX_KEYS = 100
"""Real issuers publish one to ten keys; each one costs time to read."""
MAX_EXPONENT_BITS = 32
MIN_RSA_BITS = 2_048
MAX_RSA_BITS = 8_192
"""Verifying by a longer key takes milliseconds, and whoever sends a token chooses the key."""

RSA_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVES: Final[Mapping[str, tuple[str, type[EllipticCurve]]]] = MappingProxyType(
    {
        "P-256": ("ES256", SECP256R1),
        "P-384": ("ES384", SECP384R1),
        "P-521": ("ES512", SECP521R1),
    }
)
"""RFC 7518 §3.4: a curve has exactly one algorithm."""

ALGORITHMS: Final = RSA_ALGORITHMS | {algorithm for algorithm, _ in CURVES.values()}
"""What a token can be verified by. `none` and the symmetric algorithms are not among it."""


class VerificationKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key and the algorithms it may be used with."""

    key_id: str
    algorithms: frozenset[str]
    """One, if the issuer said so (`alg`) or the curve does; else those of the key's type."""
    public_key: PublicKey


class KeySet(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one issuer, by key ID. Never empty."""

    keys: Mapping[str, VerificationKey]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read a JWKS document (RFC 7517 §5).

        What is not a usable signing key is passed over, as the RFC says: no `kid`, another type,
        another use, an RSA key under 2048 bits, a symmetric or a private key. Of two keys with
        one `kid` the first counts. Raises Malformed `malformed-key-set`, or `empty-key-set` where
        no key is left: an empty set never verifies anything and never replaces another.
        """
        document = strict_json.parse_object(
            raw,
            max_bytes=MAX_KEY_SET_BYTES,
            max_depth=8,
            code="malformed-key-set",
            what="key set",
        )
        entries = document.get("keys")
        if not isinstance(entries, list):
            raise Malformed(
                "malformed-key-set", f"`keys` of the key set is {shown(entries)}, expected a list"
            )
        keys: dict[str, VerificationKey] = {}
        for entry in entries[:MAX_KEYS]:
            key = _read_key(entry) if isinstance(entry, dict) else None
            if key is not None:
                keys.setdefault(key.key_id, key)
        if not keys:
            raise Malformed(
                "empty-key-set",
                f"key set has no usable key among `{len(entries)}`, expected one for signing",
            )
        return cls(keys=MappingProxyType(keys))

    def find(self, key_id: str) -> VerificationKey | None:
        """Return the key of that ID."""
        return self.keys.get(key_id)


def _read_key(entry: Mapping[str, object]) -> VerificationKey | None:
    key_id = entry.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_CHARACTERS:
        return None
    if entry.get("use") not in (None, "sig") or "d" in entry:
        # A key whose private half was published proves nothing any more.
        return None
    operations = entry.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    public_key: PublicKey | None = None
    usable: frozenset[str] = frozenset()
    match entry.get("kty"):
        case "RSA":
            public_key, usable = _read_rsa(entry), RSA_ALGORITHMS
        case "EC":
            public_key, usable = _read_curve(entry)
        case _:
            pass
    stated = entry.get("alg")
    algorithms = frozenset(name for name in usable if stated is None or name == stated)
    if public_key is None or not algorithms:
        return None
    return VerificationKey(key_id=key_id, algorithms=algorithms, public_key=public_key)


def _read_rsa(entry: Mapping[str, object]) -> RSAPublicKey | None:
    modulus, exponent = _unsigned(entry.get("n")), _unsigned(entry.get("e"))
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
        return None
    if exponent.bit_length() > MAX_EXPONENT_BITS:
        return None
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def _read_curve(
    entry: Mapping[str, object],
) -> tuple[EllipticCurvePublicKey | None, frozenset[str]]:
    name = entry.get("crv")
    if not isinstance(name, str) or name not in CURVES:
        return None, frozenset()
    algorithm, curve = CURVES[name]
    numbers = EllipticCurvePublicNumbers(
        _unsigned(entry.get("x")), _unsigned(entry.get("y")), curve()
    )
    try:
        return numbers.public_key(), frozenset({algorithm})
    except (ValueError, UnsupportedAlgorithm):
        # Not a point of its curve.
        return None, frozenset()


def _unsigned(value: object) -> int:
    """Read a base64url number (RFC 7518 §2); 0, which is never usable, for anything else."""
    if not isinstance(value, str) or not value.isascii():
        return 0
    return int.from_bytes(decode_base64url(value.encode()) or b"")
