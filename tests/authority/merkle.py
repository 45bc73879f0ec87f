"""A Merkle tree over log entries (RFC 6962 §2.1): its head, and why an entry is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Return the head of a tree of these leaves, which are hashes."""
    if len(leaves) == 1:
        return leaves[0]
    at = _split(len(leaves))
    return hashlib.sha256(b"\1" + root_hash(leaves[:at]) + root_hash(leaves[at:])).digest()


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from leaf `index` to the head."""
    if len(leaves) == 1:
        return []
    at = _split(len(leaves))
    if index < at:
        return [*inclusion_path(leaves[:at], index), root_hash(leaves[at:])]
    return [*inclusion_path(leaves[at:], index - at), root_hash(leaves[:at])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
