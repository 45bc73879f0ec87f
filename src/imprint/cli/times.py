"""Times for people: UTC, to the day or to the second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_FIRST: Final = datetime.min.replace(tzinfo=UTC).timestamp()
_LAST: Final = datetime.max.replace(tzinfo=UTC).timestamp()


def day(at: float) -> str:
    """Return `2026-01-31`; `never` of what no calendar has, as of a packument of the year 9999."""
    return _written(at, "%Y-%m-%d")


def moment(at: float) -> str:
    """Return `2026-01-31 12:00:00Z`; or as `day` does."""
    return _written(at, "%Y-%m-%d %H:%M:%SZ")


def _written(at: float, form: str) -> str:
    if not _FIRST <= at < _LAST:
        return "never"
    return datetime.fromtimestamp(at, UTC).strftime(form)
