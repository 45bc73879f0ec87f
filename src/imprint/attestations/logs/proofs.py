"""Inclusion proofs: whether an entry's hash leads to the root of a tree (RFC 9162 §2.1.3.2).

Not here: who vouches for the root (`checkpoints`).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of an entry as a leaf: its prefix keeps it from being taken for a node."""
    return sha256(b"\x00" + body).digest()


def root_hash(
    leaf: bytes, *, index: int, tree_size: int, hashes: tuple[bytes, ...]
) -> bytes | None:
    """Return the root that a leaf's hash and its audit path lead to.

    None where the path is no path: the index is not in the tree, a hash has not 32 bytes, or there
    are more or fewer of them than a tree of that size has on the way.
    """
    if not 0 <= index < tree_size or any(len(sibling) != HASH_BYTES for sibling in hashes):
        return None
    node, last, found = index, tree_size - 1, leaf
    for sibling in hashes:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = sha256(b"\x01" + sibling + found).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = sha256(b"\x01" + found + sibling).digest()
        node >>= 1
        last >>= 1
    return found if last == 0 else None
