"""Which key signs when, and which signatures are good: decided by the keys' windows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.packument import iso

if TYPE_CHECKING:
    from imprint.storage.signing_keys import StoredKey

MARGIN_SECONDS = 60.0
"""A key that ends sooner signs only where there is no other: what it signs has yet to land."""


class SigningKeys(msgspec.Struct, frozen=True):
    """Every key that there is, as clients are told of them: those that ended, too."""

    keys: tuple[StoredKey, ...]

    def active(self, now: float) -> StoredKey | None:
        """Return the key that signs: of those whose window is open the one that began last."""
        open_now = [
            key
            for key in self.keys
            if key.valid_from <= now and (key.valid_until is None or now < key.valid_until)
        ]
        return max(open_now, key=lambda key: _preference(key, now), default=None)

    def covers(self, key_id: str, published_at: float) -> bool:
        """Whether a signature of this key is good for a version published then.

        Clients know the key, and compare its end with the publication, both as texts of
        milliseconds: pacote's `registry.js`, pnpm. A key's beginning they are never told.
        """
        for key in self.keys:
            if key.key_id == key_id:
                return key.valid_until is None or iso(published_at) < iso(key.valid_until)
        return False

    def is_open(self, key_id: str, now: float) -> bool:
        """Whether this key's window has not ended."""
        return any(
            key.key_id == key_id and (key.valid_until is None or now < key.valid_until)
            for key in self.keys
        )

    def find(self, key_id: str) -> StoredKey | None:
        """Return the key of that id."""
        return next((key for key in self.keys if key.key_id == key_id), None)


def _preference(key: StoredKey, now: float) -> tuple[bool, float, bool, str]:
    has_no_end = key.valid_until is None
    lasts = key.valid_until is None or now + MARGIN_SECONDS < key.valid_until
    return lasts, key.valid_from, has_no_end, key.key_id
