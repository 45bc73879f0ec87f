"""Passwords, as Argon2id in the PHC form (RFC 9106's second recommended parameters, one lane)."""

from __future__ import annotations

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from imprint.refusals import Refusal

_MEMORY_KIB = 64 * 1024
_SALT_BYTES = 16
_LANES = 1
"""With more, two derivations at once wait for each other's threads in OpenSSL, and never end."""
WRONG_PASSWORD = Refusal(
    code="wrong-password", message="the user name or the password is wrong", hint="try again"
)
MIN_CHARACTERS = 10
MAX_CHARACTERS = 256


def hash_password(password: str, *, salt: bytes) -> str:
    """Return what is stored of `password`. `salt` is 16 unpredictable bytes."""
    kdf = Argon2id(salt=salt, length=32, iterations=3, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(password.encode())


def is_password(password: str, stored: str | None) -> bool:
    """Whether `password` is the stored one. A user without a password has none that fits.

    It takes its time either way: nothing tells a stranger which accounts there are.
    """
    if stored is None or len(password) > MAX_CHARACTERS:
        hash_password(password[:MAX_CHARACTERS], salt=bytes(_SALT_BYTES))
        return False
    try:
        Argon2id.verify_phc_encoded(password.encode(), stored)
    except InvalidKey:
        return False
    return True
