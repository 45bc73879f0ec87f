"""Who can publish a package, as one table: outsiders, people with rights, suppliers.

Unlike the list of paths this has a row for everybody who can, also for a release as it is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.paths.lattice import spelled
from imprint.workflows.paths.model import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.workflows.facts import Facts
    from imprint.workflows.findings import Confidence
    from imprint.workflows.paths.model import Hop, Principal, PublishPath
    from imprint.workflows.paths.search import PathAnalysis

MOST_SUPPLIERS = 5
"""Rows of them that are shown: every action that is not pinned would be one."""
_SHOWN_PACKAGES = 3
_ORDER = {rank: place for place, rank in enumerate(Rank)}


class TableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row: who can publish what, and how."""

    packages: tuple[str, ...]
    """Those for which the way is the same; `*` where none is known."""
    people: tuple[Principal, ...]
    can_publish: bool
    how: str
    """The nodes of the way: `size.yml:size → cache → release.yml:publish`."""
    stopped_by: tuple[str, ...] = ()
    count: int | None = None
    """How many people that is, where a fact says so."""
    confidence: Confidence

    @property
    def package(self) -> str:
        """The packages in one line."""
        shown = self.packages[:_SHOWN_PACKAGES]
        more = len(self.packages) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")

    @property
    def who(self) -> str:
        """The people in the specification's spelling, with their number where it is known."""
        names = "+".join(map(str, self.people))
        return names if self.count is None else f"{names} ({self.count})"


def who_can_publish(analysis: PathAnalysis) -> tuple[TableRow, ...]:
    """Return the rows, the weakest people first; packages with the same way share a row."""
    rows = [
        *_of_paths(analysis.paths, analysis.facts),
        *_of_powers(analysis),
    ]
    people = sorted(_together(rows), key=_strength)
    suppliers = sorted(_together(_of_paths(analysis.supply, analysis.facts)), key=_strength)
    return (*people, *suppliers[:MOST_SUPPLIERS])


def chain(hops: Iterable[Hop]) -> str:
    """Return a way in one line."""
    return " → ".join(hop.node for hop in hops)


def _of_paths(paths: Iterable[PublishPath], facts: Facts) -> Iterator[TableRow]:
    for path in paths:
        if path.can_publish or path.stopped_by:
            yield TableRow(
                packages=(path.package,),
                people=path.who,
                can_publish=path.can_publish,
                how=chain(path.hops),
                stopped_by=path.stopped_by,
                count=_count(path.who, facts),
                confidence=path.confidence,
            )


def _of_powers(analysis: PathAnalysis) -> Iterator[TableRow]:
    for power in analysis.powers:
        people = spelled(power.people)
        yield TableRow(
            packages=(power.package,),
            people=people,
            can_publish=True,
            how=chain(power.hops),
            count=_count(people, analysis.facts),
            confidence=power.confidence,
        )


def _together(rows: Iterable[TableRow]) -> tuple[TableRow, ...]:
    grouped: dict[tuple[object, ...], list[TableRow]] = {}
    for row in rows:
        grouped.setdefault((row.people, row.how, row.stopped_by), []).append(row)
    return tuple(
        TableRow(
            packages=tuple(dict.fromkeys(name for row in same for name in row.packages)),
            people=same[0].people,
            can_publish=same[0].can_publish,
            how=same[0].how,
            stopped_by=same[0].stopped_by,
            count=same[0].count,
            confidence=max(row.confidence for row in same),
        )
        for same in grouped.values()
    )


def _count(people: tuple[Principal, ...], facts: Facts) -> int | None:
    """Return how many writers there are, where a writer alone is enough."""
    is_writers = [one.rank for one in people] == [Rank.WRITER]
    return facts.writers if is_writers else None


def _strength(row: TableRow) -> tuple[object, ...]:
    strongest = max((_ORDER[one.rank] for one in row.people), default=0)
    return (not row.can_publish, strongest, -row.confidence, len(row.how), row.how)
