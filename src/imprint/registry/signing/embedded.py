"""Keys in the registry's own database, sealed: the default, which needs nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from imprint.attestations.reading.key_sets import key_id_of
from imprint.refusals import Unavailable
from imprint.storage.signing_keys import StoredKey

if TYPE_CHECKING:
    from imprint.storage.sealing import Seal

EMBEDDED = "embedded"
"""The `signer` of a key that is sealed in its row."""

_ALGORITHM = ECDSA(SHA256())


class EmbeddedSigner(msgspec.Struct, frozen=True, kw_only=True):
    """A key of this process. It is never shown, compared or written."""

    key_id: str
    public_key: bytes
    private_key: EllipticCurvePrivateKey

    def __repr__(self) -> str:
        """Say which key it is, and nothing else of it."""
        return f"EmbeddedSigner({self.key_id})"

    def sign(self, data: bytes) -> bytes:
        """Return the DER signature over `data`."""
        return self.private_key.sign(data, _ALGORITHM)


def make_key(seal: Seal, *, valid_from: float, now: float) -> StoredKey:
    """Return a new key, its private half sealed; nobody knows it yet."""
    private_key = generate_private_key(SECP256R1())
    spki = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key_id = key_id_of(spki)
    secret = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return StoredKey(
        key_id=key_id,
        spki=spki,
        private_sealed=seal.seal(secret, purpose=_purpose(key_id)),
        signer=EMBEDDED,
        valid_from=valid_from,
        valid_until=None,
        created_at=now,
    )


def open_key(key: StoredKey, seal: Seal) -> EmbeddedSigner:
    """Return a sealed key, ready to sign.

    Raises Unavailable: `sealed-by-another-key`, or `signer-unavailable` where it is not the key
    that its row says, or was never here.
    """
    sealed = key.private_sealed
    secret = None if sealed is None else seal.open(sealed, purpose=_purpose(key.key_id))
    private_key = None if secret is None else load_der_private_key(secret, password=None)
    if isinstance(private_key, EllipticCurvePrivateKey):
        public_key = private_key.public_key()
        spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        # What signs must be what clients are told: the row's halves were not exchanged.
        if spki == key.spki and key_id_of(spki) == key.key_id:
            return EmbeddedSigner(key_id=key.key_id, public_key=spki, private_key=private_key)
    raise Unavailable(
        "signer-unavailable",
        f"the signing key `{key.key_id}` is not in its row of the database",
        hint="make another with `imprint admin key rotate --starts now`",
    )


def _purpose(key_id: str) -> str:
    return f"signing-key:{key_id}"
