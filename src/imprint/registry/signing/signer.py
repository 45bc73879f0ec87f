"""Signer: a key that signs, wherever its private half is. One kind: ECDSA P-256 with SHA-256."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """One key. Threads share it."""

    @property
    def key_id(self) -> str:
        """The key's name, `SHA256:<base64>`, as the registry's keys answer has it."""
        ...

    @property
    def public_key(self) -> bytes:
        """The public key, DER SubjectPublicKeyInfo."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the DER signature over `data` itself, which is hashed here.

        Raises Unavailable (`signer-unavailable`) when the key cannot be used now.
        """
        ...
