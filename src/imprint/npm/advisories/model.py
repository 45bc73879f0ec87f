"""Advisory: what is known against a version."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class AdvisorySeverity(StrEnum):
    """npm's words."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class Advisory(msgspec.Struct, frozen=True, kw_only=True):
    """One advisory that affects the version in question."""

    id: str
    """`GHSA-…`, `CVE-…`, `MAL-…`, or the registry's own number."""
    aliases: tuple[str, ...] = ()
    severity: AdvisorySeverity
    title: str
    url: str | None = None
    affected: str | None = None
    """The range, for people."""
    fixed: tuple[str, ...] = ()
    """Versions that are the first without it."""
    is_malware: bool = False
    source: str
    """`osv` or `registry`."""
