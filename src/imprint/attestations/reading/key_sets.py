"""Key sets of registries, in both shapes there are, and how a key is named.

`/-/npm/v1/keys` says `{"keys": [{expires, keyid, keytype, scheme, key}]}`; sigstore's TUF target
`<registry host>/keys.json` says `{"keys": [{keyId, keyUsage, publicKey: {rawBytes, keyDetails,
validFor}}]}`. Passed over is what cannot verify anything here: other uses, other kinds of key.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from imprint.attestations.domains import RegistryKeySet
from imprint.attestations.keys import KeyUsage, RegistryKey
from imprint.attestations.reading.protobuf_json import decode_base64
from imprint.attestations.reading.public_keys import KEY_DETAILS, load_public_key
from imprint.attestations.reading.windows import read_moment, read_window
from imprint.attestations.roots import Window
from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.npm.strict_json import Json, JsonObject

MAX_KEY_SET_BYTES = 262_144
MAX_KEYS = 100
MAX_KEY_ID_CHARACTERS = 256

P256_SCHEME: Final = "ecdsa-sha2-nistp256"
"""The one `keytype` and `scheme` that registries use."""

_CODE: Final = "malformed-key-set"
_P256_DETAILS: Final = "PKIX_ECDSA_P256_SHA_256"
_BOTH_USAGES: Final = frozenset(KeyUsage)
_USAGES: Final = {str(usage): frozenset({usage}) for usage in KeyUsage}


def read_key_set(raw: bytes) -> RegistryKeySet:
    """Return the keys of a registry that a document of either shape says. Never an empty set.

    A key of `/-/npm/v1/keys` is good for both usages from 1970 until it `expires`. One key may be
    listed for each usage, with other windows; twice for one usage is ambiguous, and refused.
    Raises Malformed `malformed-key-set`, with the place in the document.
    """
    document = strict_json.parse_object(
        raw, max_bytes=MAX_KEY_SET_BYTES, max_depth=8, code=_CODE, what="key set"
    )
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise _malformed("keys", "is not a list")
    if len(entries) > MAX_KEYS:
        raise _malformed("keys", f"has `{len(entries)}` entries: at most {MAX_KEYS} are read")
    keys: list[RegistryKey] = []
    known: set[tuple[str, KeyUsage]] = set()
    for n, entry in enumerate(entries):
        place = f"keys[{n}]"
        if not isinstance(entry, dict):
            raise _malformed(place, "is not an object")
        key = _from_target(entry, place) if "publicKey" in entry else _from_route(entry, place)
        if key is None:
            continue
        names = {(key.key_id, usage) for usage in key.usages}
        if names & known:
            raise _malformed(place, f"names {quoted(key.key_id)} once more for the same use")
        known |= names
        keys.append(key)
    if not keys:
        raise _malformed("keys", "has no usable key: expected one that can verify signatures")
    return RegistryKeySet(keys=tuple(keys), digest=sha256(raw).hexdigest())


def key_id_of(key: bytes | PublicKeyTypes) -> str:
    """Return the name that registries give a key: `SHA256:` and the fingerprint as SSH says it.

    That is base64 without padding over the SHA-256 of the key in SSH's wire form (RFC 4253 §6.6,
    RFC 5656 §3.1), not of its SubjectPublicKeyInfo. `key` is one that was read, or its SPKI.
    Raises Malformed `malformed-key-set` for bytes that are no P-256 key.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public_key = load_public_key(key, _P256_DETAILS) if isinstance(key, bytes) else key
    if public_key is None:
        raise Malformed(_CODE, "key is not a P-256 key as SubjectPublicKeyInfo in DER")
    line = public_key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    digest = sha256(base64.b64decode(line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _from_route(entry: JsonObject, place: str) -> RegistryKey | None:
    if entry.get("keytype") != P256_SCHEME or entry.get("scheme") != P256_SCHEME:
        return None
    spki = _bytes(entry.get("key"), f"{place}.key")
    return RegistryKey(
        key_id=_key_id(entry.get("keyid"), f"{place}.keyid"),
        public_key=_public_key(spki, _P256_DETAILS, f"{place}.key"),
        spki=spki,
        usages=_BOTH_USAGES,
        window=Window(
            start=0.0,
            end=read_moment(entry.get("expires"), place=f"{place}.expires", code=_CODE),
        ),
    )


def _from_target(entry: JsonObject, place: str) -> RegistryKey | None:
    stated = entry.get("publicKey")
    if not isinstance(stated, dict):
        raise _malformed(f"{place}.publicKey", "is not an object")
    usage, details = entry.get("keyUsage"), stated.get("keyDetails")
    if not isinstance(usage, str) or not isinstance(details, str):
        raise _malformed(place, "has a `keyUsage` or `keyDetails` that is not a text")
    if usage not in _USAGES or details not in KEY_DETAILS:
        return None
    spki = _bytes(stated.get("rawBytes"), f"{place}.publicKey.rawBytes")
    return RegistryKey(
        key_id=_key_id(entry.get("keyId"), f"{place}.keyId"),
        public_key=_public_key(spki, details, f"{place}.publicKey.rawBytes"),
        spki=spki,
        usages=_USAGES[usage],
        window=read_window(stated.get("validFor"), place=f"{place}.publicKey.validFor", code=_CODE),
    )


def _key_id(value: Json, place: str) -> str:
    if isinstance(value, str) and 0 < len(value) <= MAX_KEY_ID_CHARACTERS:
        return value
    raise _malformed(place, f"is not a text of 1 to {MAX_KEY_ID_CHARACTERS} characters")


def _bytes(value: Json, place: str) -> bytes:
    decoded = decode_base64(value) if isinstance(value, str) else None
    if not decoded:
        raise _malformed(place, "is not base64 of a key")
    return decoded


def _public_key(spki: bytes, details: str, place: str) -> PublicKeyTypes:
    public_key = load_public_key(spki, details)
    if public_key is None:
        raise _malformed(place, f"is not a key of {quoted(details)}")
    return public_key


def _malformed(place: str, what: str) -> Malformed:
    return Malformed(_CODE, f"`{place}` of the key set {what}")
