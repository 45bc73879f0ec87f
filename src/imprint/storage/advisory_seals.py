"""The seal of an advisory index: of which archive it is, and that nobody changed it since.

A planted index would hide advisories by leaving them out, which no mark on a row could show. So the
database's digest as a whole stands in the seal, under a MAC.
"""

from __future__ import annotations

import hmac
from typing import Final

import msgspec

SHAPE: Final = 1
"""Of the database's rows; an index of another shape is made anew."""
MAX_SEAL_BYTES: Final = 4_096
_PURPOSE: Final = b"imprint advisory index 1\0"


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an index."""

    archive_file: str
    """Device, inode, size and times of the archive."""
    archive_sha256: str
    index_sha256: str = ""
    records: int = 0
    broken: int = 0
    shape: int = SHAPE


class _Sealed(msgspec.Struct, frozen=True):
    seal: bytes
    mac: bytes


_SEAL = msgspec.json.Decoder(Seal)
_SEALED = msgspec.msgpack.Decoder(_Sealed)


def sealed(seal: Seal, *, secret: bytes) -> bytes:
    """Return a seal as it is kept."""
    raw = msgspec.json.encode(seal)
    return msgspec.msgpack.encode(_Sealed(raw, _mac(raw, secret)))


def read_seal(data: bytes, *, secret: bytes) -> Seal | None:
    """Return the seal; None where it is none, is of another shape, or has another secret's mark."""
    if len(data) > MAX_SEAL_BYTES:
        return None
    try:
        kept = _SEALED.decode(data)
        if not hmac.compare_digest(kept.mac, _mac(kept.seal, secret)):
            return None
        seal = _SEAL.decode(kept.seal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return seal if seal.shape == SHAPE else None


def _mac(raw: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + raw, "sha256")
