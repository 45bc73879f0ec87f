"""Digests and signatures of a publication, from base64 and hex to the bytes that they stand for.

They are what nothing can compress, and half of all that is kept of a publication. Packing is exact:
what would not come back to the letter is not packed. Not here: the rows that they belong to.
"""

from __future__ import annotations

import binascii
from base64 import b64encode
from typing import Final

SHA512_BYTES: Final = 64
SHA1_BYTES: Final = 20
SCALAR_BYTES: Final = 32
_SRI: Final = "sha512-"
_SEQUENCE: Final = 0x30
_SHORT: Final = b"\x02\x20"
_LONG: Final = b"\x02\x21\0"
_LEAST_DER: Final = 70
_MOST_DER: Final = 72


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
    """Return both numbers of a base64 DER signature by P-256, 32 bytes each.

    None for any other, and for the one of 128 that has a shorter number.
    """
    der = _from_base64(text)
    if der is None or not _LEAST_DER <= len(der) <= _MOST_DER:
        return None
    middle = 4 + der[3]
    first, second = _scalar(der[2:middle]), _scalar(der[middle:])
    if first is None or second is None or der[0] != _SEQUENCE or der[1] != len(der) - 2:
        return None
    return first + second


def unpack_signature(packed: bytes) -> str:
    """Return the base64 text that `pack_signature` had."""
    return b64encode(_to_der(packed)).decode()


def _to_der(packed: bytes) -> bytes:
    body = _integer(packed[:SCALAR_BYTES]) + _integer(packed[SCALAR_BYTES:])
    return b"%c%c%b" % (_SEQUENCE, len(body), body)


def _scalar(integer: bytes) -> bytes | None:
    """Return the 32 bytes of what `_integer` writes; None for all that it does not write."""
    number = integer[-SCALAR_BYTES:]
    if integer[:-SCALAR_BYTES] != (_LONG if number and number[0] & 0x80 else _SHORT):
        return None
    return number


def _integer(number: bytes) -> bytes:
    return (_LONG if number[0] & 0x80 else _SHORT) + number


def _from_base64(text: str) -> bytes | None:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    # Strict is not yet exact: the last character may have bits that are left out.
    return data if binascii.b2a_base64(data, newline=False) == text.encode() else None
