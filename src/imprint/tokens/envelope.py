"""The JOSE envelope of an ID token: what it says, before anything of it is proved.

Nothing here is cryptography, and nothing of what a header points to (`jku`, `x5u`, `jwk`, `x5c`) is
ever read, let alone followed.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from imprint.identity.claim_values import is_missing, shown
from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TOKEN_BYTES = 16_384
MAX_TEXT_BYTES = 1_024
"""The longest name or text anywhere in the claims. Longer ones exist only to cost somebody time."""
MAX_DEPTH = 8
MAX_KEY_ID_CHARACTERS = 256

_COMPACT = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedToken:
    """An ID token that was taken apart. Nothing of it is proved; `tokens.verify` judges it.

    Its representation shows neither the signature nor the text that is signed.
    """

    key_id: str
    """`kid`: which of the issuer's keys is said to have signed."""
    algorithm: str
    """`alg`, as claimed; judged against the issuer and the key."""
    unverified_issuer: str
    """`iss`. It may select whose keys are asked, and nothing else."""
    unverified_claims: Mapping[str, object] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    claims_digest: str
    """sha256 of the payload, hex: names the token in logs without showing it."""


def parse(raw: bytes) -> UnverifiedToken:
    """Take a compact JWS apart: size, shape, header, claims, in this order and before any crypto.

    Raises Malformed: `malformed-token`, or `missing-claim` and `malformed-claim` for `iss`.
    """
    if len(raw) > MAX_TOKEN_BYTES:
        raise _malformed(f"token has `{len(raw)}` bytes, expected at most `{MAX_TOKEN_BYTES}`")
    parts = _COMPACT.fullmatch(raw)
    if parts is None:
        raise _malformed("token is not three base64url segments with dots between them")
    header = _object(_decoded(parts[1], "header"), "header")
    payload = _decoded(parts[2], "payload")
    claims = _object(payload, "payload")
    key_id, algorithm = _read_header(header)
    if not parts[3]:
        raise _malformed("token has no signature, expected one by a key of its issuer")
    _bound_texts(claims)
    return UnverifiedToken(
        key_id=key_id,
        algorithm=algorithm,
        unverified_issuer=_read_issuer(claims),
        unverified_claims=MappingProxyType(claims),
        signing_input=raw[: parts.end(2)],
        signature=_decoded(parts[3], "signature"),
        claims_digest=hashlib.sha256(payload).hexdigest(),
    )


def decode_base64url(segment: bytes) -> bytes | None:
    """Decode base64url without padding (RFC 7515 §2); None for anything that is not exactly that.

    Bits beyond the last byte must be zero, so that there is one spelling of every value.
    """
    padded = segment.translate(_TO_STANDARD) + b"=" * (-len(segment) % 4)
    try:
        decoded = binascii.a2b_base64(padded)
    except binascii.Error:
        return None
    # The decoder skips what is not base64; spelling the value again finds all of that.
    spelled = binascii.b2a_base64(decoded, newline=False).rstrip(b"=").translate(_TO_URL_SAFE)
    return decoded if spelled == segment else None


def _decoded(segment: bytes, name: str) -> bytes:
    decoded = decode_base64url(segment)
    if decoded is None:
        raise _malformed(f"token's {name} is not base64url")
    return decoded


def _object(raw: bytes, name: str) -> strict_json.JsonObject:
    return strict_json.parse_object(
        raw,
        max_bytes=MAX_TOKEN_BYTES,
        max_depth=MAX_DEPTH,
        code="malformed-token",
        what=f"{name} of the token",
    )


def _read_header(header: Mapping[str, object]) -> tuple[str, str]:
    """Return `kid` and `alg`; a header that demands an extension is refused (RFC 7515 §4.1.11)."""
    if "crit" in header or "b64" in header:
        raise _malformed("token's header demands an extension (`crit`, `b64`), expected none")
    kind = header.get("typ")
    if kind is not None and not (isinstance(kind, str) and kind.upper() == "JWT"):
        # Access and logout tokens of the same issuer have types of their own (RFC 8725 §3.11).
        raise _malformed(f"token's `typ` is {shown(kind)}, expected `JWT`")
    key_id, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_CHARACTERS:
        raise _malformed("token's header has no key ID (`kid`), expected that of an issuer's key")
    if not isinstance(algorithm, str) or not algorithm:
        raise _malformed("token's header has no algorithm (`alg`)")
    return key_id, algorithm


def _read_issuer(claims: Mapping[str, object]) -> str:
    issuer = claims.get("iss")
    if is_missing(issuer):
        raise Malformed("missing-claim", "claim `iss` is missing, expected the URL of the issuer")
    if not isinstance(issuer, str):
        raise Malformed(
            "malformed-claim", f"claim `iss` is {shown(issuer)}, expected the URL of the issuer"
        )
    return issuer


def _bound_texts(value: object) -> None:
    match value:
        case str():
            # UTF-8 takes one to four bytes for a character; counting them is rarely needed.
            if len(value) * 4 > MAX_TEXT_BYTES and len(value.encode()) > MAX_TEXT_BYTES:
                raise _malformed(
                    f"token has a text that starts with {quoted(value[:32])} and is longer than"
                    f" `{MAX_TEXT_BYTES}` bytes"
                )
        case dict():
            for name, item in value.items():
                _bound_texts(name)
                _bound_texts(item)
        case list():
            for item in value:
                _bound_texts(item)
        case _:
            pass


def _malformed(message: str) -> Malformed:
    return Malformed("malformed-token", message)
