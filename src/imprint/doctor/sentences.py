"""Lines that several formats share: how much was looked at, and what is folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.doctor.model import Diagnosis, Row
    from imprint.doctor.ranking import Ranking


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


def how_of(row: Row) -> str:
    """Return the way of a row of the table, and what stops it where something does."""
    if row.can_publish:
        return row.how
    return f"{row.how}, stopped by {', '.join(row.stopped_by) or 'what is there'}"


def counted(count: int, what: str) -> str:
    """Return `1 job`, `2 jobs`."""
    return f"{count} {what}{'' if count == 1 else 's'}"
