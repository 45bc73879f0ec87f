"""Trying a policy on what was judged before: what it would have said otherwise. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.policy.decide import decide
from imprint.policy.decisions import Admitted, Refused, Undecided, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.audit.recorded_subjects import Recorded, RecordedRun
    from imprint.evidence.policies import LoadedPolicy

_WORST_FIRST = ("refused", "undecided", "admitted")


class Otherwise(msgspec.Struct, frozen=True, kw_only=True):
    """A version that another policy decides otherwise."""

    name: str
    version: str
    was: str
    """`admitted`, `refused` or `undecided`."""
    would_be: str
    because: tuple[str, ...]
    """Codes of the reasons: those against it, or those that are against it no more."""
    at: float
    """Unix seconds: the first run that it was so in."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What trying came to."""

    runs: int
    decisions: int
    """Of all runs, each version once in each."""
    otherwise: tuple[Otherwise, ...]
    """Each version once, the newly refused first."""


def tried(runs: Iterable[RecordedRun], loaded: LoadedPolicy, present: LoadedPolicy) -> Trial:
    """Return how `loaded` would have decided what was recorded, each at its own moment.

    What was decided then is taken from the record; where it was not kept, `present` says it.
    """
    count, decisions = 0, 0
    found: dict[tuple[str, str, str, str], Otherwise] = {}
    for run in runs:
        count += 1
        for row in run.rows:
            decisions += 1
            one = _otherwise(row, run.at, loaded, present)
            if one is not None:
                found.setdefault((one.name, one.version, one.was, one.would_be), one)
    ordered = sorted(
        found.values(),
        key=lambda one: (_WORST_FIRST.index(one.would_be), one.name, one.version, one.at),
    )
    return Trial(runs=count, decisions=decisions, otherwise=tuple(ordered))


def _otherwise(
    row: Recorded, at: float, loaded: LoadedPolicy, present: LoadedPolicy
) -> Otherwise | None:
    was, were = row.verdict, row.codes
    if was not in _WORST_FIRST:
        before = decide(present.policy, row.subject, baseline=present.baseline, now=at)
        was, were = verdict_of(before), tuple(_codes(before))
    decision = decide(loaded.policy, row.subject, baseline=loaded.baseline, now=at)
    would_be = verdict_of(decision)
    if was == would_be:
        return None
    codes = tuple(dict.fromkeys(_codes(decision))) or tuple(dict.fromkeys(were))
    return Otherwise(
        name=row.subject.name,
        version=row.subject.version,
        was=was,
        would_be=would_be,
        because=codes,
        at=at,
    )


def _codes(decision: Admitted | Refused | Undecided) -> Iterator[str]:
    match decision:
        case Admitted():
            return
        case Refused(reasons=reasons) | Undecided(reasons=reasons):
            yield from (reason.code for reason in reasons)
