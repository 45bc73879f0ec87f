"""Sealing: secrets that must be read again (TOTP) are kept encrypted under the server's own key."""

from __future__ import annotations

import contextlib
import os
import uuid
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Seal:
    """Encrypts and decrypts small secrets with AES-256-GCM; `purpose` is bound to each."""

    def __init__(self, key: bytes) -> None:
        """Use `key`, 32 bytes; raises Malformed for any other length."""
        if len(key) != _KEY_BYTES:
            raise Malformed("secret-key", f"the secret key has {len(key)} bytes: it needs 32")
        self._cipher = AESGCM(key)

    @classmethod
    def of_file(cls, path: Path) -> Seal:
        """Use the key in `path`, which is made on first use, readable by its owner alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        return cls(path.read_bytes())

    def seal(self, secret: bytes, *, purpose: str) -> bytes:
        """Return `secret` encrypted; only `open` with the same purpose reads it again."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Return the secret; raises Unavailable when the key is not the one that sealed it."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, purpose.encode())
        except (InvalidTag, ValueError) as err:  # or it is too short to be a sealed secret
            raise Unavailable(
                "sealed-by-another-key",
                "a stored secret cannot be read: it was sealed with another secret key",
                hint="start the server with the secret key that its database was made with",
            ) from err


def _make_key(path: Path) -> None:
    """Write a new key, whole before it has its name: servers that start together share one."""
    made = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink()
