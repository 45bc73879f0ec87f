"""Basis: by what pieces are judged: trust domains, the registry's keys, and what that rests on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.attestations.domains import RegistryKeySet, TrustDomain


class KeySource(StrEnum):
    """Where the registry's keys come from."""

    GIVEN = "given"
    KEPT = "kept"
    """In the folder of trust, or embedded."""
    REGISTRY = "registry"
    """The registry said so itself, just now: then its signature proves what it says, not who."""
    NONE = "none"
    """The registry has none."""
    UNKNOWN = "unknown"
    """They could not be had."""


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """By what a version is judged."""

    domains: tuple[TrustDomain, ...]
    keys: RegistryKeySet | None
    key_source: KeySource
    registry: str | None
    """Host and path, as publish attestations name it; None: not known."""
