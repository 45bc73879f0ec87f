"""By which key a bundle without a certificate is judged: its hint selects, and proves nothing."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.keys import KeyUsage
from imprint.refusals import quoted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.domains import RegistryKeySet


class BundleKey(NamedTuple):
    """A key that the verifier knows, good for attestations at the time in question."""

    key_id: str
    public_key: PublicKeyTypes
    spki: bytes
    """The key as DER SubjectPublicKeyInfo."""


def find_key(
    hint: str, keys: RegistryKeySet | None, *, moments: tuple[float, ...]
) -> BundleKey | Rejection:
    """Return the registry's key for attestations that `hint` names, good at all of `moments` (KEY).

    A registry may list one key several times, once for each use or window.
    """
    named = [key for key in keys.keys if key.key_id == hint] if keys else []
    if not named:
        return _rejection(f"registry has no key {quoted(hint)}")
    named = [key for key in named if KeyUsage.ATTESTATIONS in key.usages]
    if not named:
        return _rejection(
            f"registry's key {quoted(hint)} is for other uses, expected `{KeyUsage.ATTESTATIONS}`"
        )
    for key in named:
        if all(key.window.covers(moment) for moment in moments):
            return BundleKey(key_id=key.key_id, public_key=key.public_key, spki=key.spki)
    return _rejection(f"registry's key {quoted(hint)} was not valid when it was used")


def given_key(public_key: PublicKeyTypes) -> BundleKey | Rejection:
    """Return a key that somebody names himself, under the SHA-256 of its DER in base64 (KEY)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (UnsupportedAlgorithm, ValueError):
        return _rejection("the given key cannot be written as a public key")
    key_id = b64encode(hashlib.sha256(spki).digest()).decode()
    return BundleKey(key_id=key_id, public_key=public_key, spki=spki)


def _rejection(message: str) -> Rejection:
    return Rejection(code=Code.KEY, message=message)
