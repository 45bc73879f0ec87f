"""Times for people: UTC, to the day or to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def day(at: float) -> str:
    """Return `2026-01-31`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def moment(at: float) -> str:
    """Return `2026-01-31 12:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
