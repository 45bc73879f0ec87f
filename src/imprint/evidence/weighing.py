"""Weighing: the grade of each of a package's publications, and what was not as before with it.

Pure: a packument's history and verdicts in. Of what was not verified the registry's word counts.
Not here: the plain facts of a publication (`timeline`), and policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.proven import prove
from imprint.history.candidates import Candidate
from imprint.history.drift import DriftSettings, drift_of
from imprint.history.events import EventId
from imprint.history.grades import claimed_grade, grade_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.evidence.verdict import Verdict
    from imprint.history.axes import Grade
    from imprint.history.events import DriftEvent
    from imprint.history.projection import PackumentHistory

_OF_THE_MOMENT = frozenset({EventId.RELEASE_TOO_YOUNG})
"""What a timeline says by its times."""


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """One publication."""

    grade: Grade
    is_verified: bool
    """False: the grade is what it would be if all that the registry says were so."""
    events: tuple[DriftEvent, ...]


def weigh(
    history: PackumentHistory,
    versions: Sequence[str],
    *,
    verdicts: Mapping[str, Verdict],
    now: float,
) -> Mapping[str, Weighed]:
    """Return the versions that the packument has, each as it stood among those before it."""
    carries = history.carries
    rows = {row.version: row for row in history.publications(versions)}
    proven = {
        version: prove(
            row,
            verdicts.get(version),
            carries=carries,
            pin=None,
            locked_integrity=None,
            hides_documents=False,
        )
        for version, row in rows.items()
    }
    identities = {
        version: one.identity for version, one in proven.items() if one.identity is not None
    }
    found = {}
    for version, one in proven.items():
        candidate = Candidate(
            history=history,
            carries=carries,
            version=version,
            axes=one.axes,
            identity=one.identity,
            identities=identities,
        )
        events = drift_of(candidate, now=now, settings=DriftSettings())
        is_verified = version in verdicts
        found[version] = Weighed(
            grade=grade_of(one.axes) if is_verified else claimed_grade(one.axes),
            is_verified=is_verified,
            events=tuple(event for event in events if event.id not in _OF_THE_MOMENT),
        )
    return found
