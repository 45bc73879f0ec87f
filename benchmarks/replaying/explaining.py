"""Why one record came to what it came to: every rule set's answers, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.replaying.deciding import said_of
from benchmarks.replaying.printing import WORDS_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.replaying.results import Results
    from benchmarks.replaying.scoring import Scored


def explain(runs: Sequence[Results], record_id: str) -> str:
    """Return what each rule set says of a record, soon after it was published and after a day."""
    return "\n".join(line for run in runs for line in _run(run, record_id))


def _run(run: Results, record_id: str) -> Iterator[str]:
    found = [(column, score) for column in run.columns for score in column.scores]
    chosen = [(column, score) for column, score in found if score.record.id == record_id]
    record = chosen[0][1].record
    yield f"== {record.id} ({record.kind}, {WORDS_OF[run.basis]}): {record.title}"
    for column, score in chosen:
        yield f"{column.rules.name}: {_came_to(score)}"
        yield from (f"    {line}" for line in score.why)
    yield ""


def _came_to(score: Scored) -> str:
    if score.verdict is not None:
        return score.verdict.value if score.is_decided else f"{score.verdict}, {said_of(score)}"
    return " or ".join(alarm.name.lower() for alarm in sorted(score.alarms))
