"""Report: what a command has to say, once, for every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Data for stdout. `lines` are for people; `summary` and `values` are for programs."""

    lines: tuple[str, ...] = ()
    summary: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)
    """Further members of the JSON object, beside `schema`, `command` and `summary`."""


def table(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return rows as lines with aligned columns."""
    if not rows:
        return ()
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
