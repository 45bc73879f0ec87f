"""Keys with which registries sign versions and publish attestations, as data.

Shapes read: `/-/npm/v1/keys`, and the TUF target `<host>/keys.json`. Reading: `reading/`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.roots import Window


class KeyUsage(StrEnum):
    """For what a registry's key is good, in npm's words."""

    SIGNATURES = "npm:signatures"
    ATTESTATIONS = "npm:attestations"


class RegistryKey(NamedTuple):
    """One key, for one use, within one window."""

    key_id: str
    """`SHA256:<base64>`, as the registry names it: looked up, never believed."""
    public_key: PublicKeyTypes
    spki: bytes
    """The key as DER SubjectPublicKeyInfo."""
    usages: frozenset[KeyUsage]
    window: Window
