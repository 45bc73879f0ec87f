"""Lines that several formats share: how much was looked at, and what is folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.doctor.model import Diagnosis, Row
    from imprint.doctor.ranking import Ranking

_MOST_PACKAGES = 2


def folded_line(ranking: Ranking) -> str | None:
    """Return one line about what is folded away; None where nothing is."""
    if not ranking.folded:
        return None
    counts = ", ".join(
        f"{count} {severity.name.lower()}" for severity, count in ranking.folded_by_severity()
    )
    return f"{len(ranking.folded)} more folded: {counts} (`--all` shows them)"


def coverage_line(diagnosis: Diagnosis) -> str:
    """Return how much was looked at, in one line."""
    cover = diagnosis.coverage
    other = f", {counted(cover.other_ci, 'other CI file')}" if cover.other_ci else ""
    skipped = f" ({len(cover.skipped)} for want of facts not)" if cover.skipped else ""
    missing = f"; {counted(len(cover.unreadable), 'part')} not read" if cover.unreadable else ""
    return (
        f"checked {counted(cover.workflows, 'workflow')} with {counted(cover.jobs, 'job')},"
        f" of which {cover.publish_jobs} publish{'es' if cover.publish_jobs == 1 else ''}{other};"
        f" {counted(cover.packages, 'package')}, {counted(cover.checks, 'check')}{skipped},"
        f" profile {diagnosis.profile}{missing}"
    )


def packages_of(row: Row) -> str:
    """Return the packages of a row of the table, the first of many."""
    more = len(row.packages) - _MOST_PACKAGES
    return ", ".join(row.packages[:_MOST_PACKAGES]) + (f" and {more} more" if more > 0 else "")


def who_of_row(row: Row) -> str:
    """Return who it is, how many they are, and whether it is how releases are made."""
    count = "" if row.count is None else f" ({row.count})"
    return f"{row.who}{count}{', as meant' if row.is_meant else ''}"


def counted(count: int, what: str) -> str:
    """Return `1 job`, `2 jobs`."""
    return f"{count} {what}{'' if count == 1 else 's'}"
