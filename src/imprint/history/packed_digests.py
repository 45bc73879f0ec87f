"""Digests and signatures of a publication, from base64 and hex to the bytes that they stand for.

They are what nothing can compress, and half of all that is kept of a publication. Packing is exact:
what would not come back to the letter is not packed. Not here: the rows that they belong to.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Final

SHA512_BYTES: Final = 64
SHA1_BYTES: Final = 20
SCALAR_BYTES: Final = 32
_SRI: Final = "sha512-"


def pack_integrity(text: str | None) -> bytes | None:
    """Return the digest of a lone sha512 SRI; None for anything else."""
    if text is None or not text.startswith(_SRI):
        return None
    digest = _from_base64(text[len(_SRI) :])
    return digest if digest is not None and len(digest) == SHA512_BYTES else None


def unpack_integrity(digest: bytes) -> str:
    """Return the SRI text that `pack_integrity` had."""
    return _SRI + b64encode(digest).decode()


def pack_sha1(text: str | None) -> bytes | None:
    """Return the bytes of 40 lower-case hex digits; None for anything else."""
    if text is None or len(text) != 2 * SHA1_BYTES:
        return None
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if digest.hex() == text else None


def pack_signature(text: str) -> bytes | None:
    """Return both numbers of a base64 DER signature by P-256, 32 bytes each; None for others."""
    der = _from_base64(text)
    if der is None or len(der) < 8 or der[0] != 0x30 or der[2] != 0x02:  # noqa: PLR2004 (DER)
        return None
    middle = 4 + der[3]
    first, second = der[4:middle].lstrip(b"\0"), der[middle + 2 :].lstrip(b"\0")
    if len(first) > SCALAR_BYTES or len(second) > SCALAR_BYTES:
        return None
    packed = first.rjust(SCALAR_BYTES, b"\0") + second.rjust(SCALAR_BYTES, b"\0")
    return packed if _to_der(packed) == der else None


def unpack_signature(packed: bytes) -> str:
    """Return the base64 text that `pack_signature` had."""
    return b64encode(_to_der(packed)).decode()


def _to_der(packed: bytes) -> bytes:
    body = _integer(packed[:SCALAR_BYTES]) + _integer(packed[SCALAR_BYTES:])
    return b"\x30%c%b" % (len(body), body)


def _integer(number: bytes) -> bytes:
    digits = number.lstrip(b"\0") or b"\0"
    if digits[0] & 0x80:
        digits = b"\0" + digits
    return b"\x02%c%b" % (len(digits), digits)


def _from_base64(text: str) -> bytes | None:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if b64encode(data).decode() == text else None
