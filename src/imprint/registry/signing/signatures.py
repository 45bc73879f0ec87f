"""Registry signatures of versions, `dist.signatures`: made at publication, shown while good.

Over `name@version:integrity`, ECDSA P-256 with SHA-256 (facts/attestations.md §3.1).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from imprint.attestations.registry_signatures import message_to_sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.registry.signing.keys import Signing
    from imprint.registry.signing.signer import Signer
    from imprint.registry.signing.windows import SigningKeys


class Signature(msgspec.Struct, frozen=True):
    """One signature, in npm's shape."""

    keyid: str
    sig: str
    """Base64 of the DER signature."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The signatures of a version as they are kept, and the key of the newest."""

    document: bytes
    signed_with: str


def sign_version(
    signing: Signing | None, *, name: str, version: str, integrity: str
) -> Signed | None:
    """Return the signature of a version that is about to land; None where signing is off.

    Before its transaction: an external signer takes its time, and writers wait for each other.
    Raises Unavailable when nothing can be signed.
    """
    if signing is None:
        return None
    return sign(signing.current(), name=name, version=version, integrity=integrity)


def sign(
    signer: Signer, *, name: str, version: str, integrity: str, beside: Iterable[Signature] = ()
) -> Signed:
    """Return a new signature, first, with those `beside` it that stay."""
    made = signer.sign(message_to_sign(name, version, integrity))
    newest = Signature(keyid=signer.key_id, sig=base64.b64encode(made).decode())
    others = [other for other in beside if other.keyid != signer.key_id]
    return Signed(document=msgspec.json.encode([newest, *others]), signed_with=signer.key_id)


def read(document: bytes | None) -> tuple[Signature, ...]:
    """Return the signatures as they are kept."""
    return () if document is None else tuple(msgspec.json.decode(document, type=list[Signature]))


def signature_bytes(signature: Signature) -> bytes:
    """Return the DER signature; empty, which verifies nothing, where it is no base64."""
    try:
        return base64.b64decode(signature.sig, validate=True)
    except ValueError:
        return b""


def served(document: bytes | None, keys: SigningKeys, *, published_at: float) -> bytes | None:
    """Return what of the signatures clients are shown: nothing that they would call invalid.

    npm aborts a whole audit on a key that it does not know, or that ended before the publication.
    """
    if document is None:
        return None
    found = read(document)
    good = [one for one in found if keys.covers(one.keyid, published_at)]
    if len(good) == len(found):
        return document
    return msgspec.json.encode(good) if good else None
