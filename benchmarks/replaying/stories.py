"""A record by one completion: the versions of its packages, in the least form that it states.

A line's level is held by its last releases, as many as `depth` says; a level that none of the named
versions had was held by a newer line. Where a record does not date releases they are a sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.replaying.completions import RANK, VISIBLE_SCRIPT
from benchmarks.replaying.packuments import Row
from benchmarks.replaying.stated import DAY, added_by, day_of, last_good_of, publisher_of
from benchmarks.replaying.versions import Number, placeholders

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from benchmarks.replaying.completions import Completion
    from benchmarks.replaying.records import Facts, Trust

APART: Final = 60.0
"""Days from release to release of what had been published before: one of a line's last two is
within any window of some months, and the line is no new one."""
_WITHIN: Final = 3600.0
"""From event to event."""


class Story:
    """The rows of a record by one completion."""

    def __init__(
        self, facts: Facts, completion: Completion, *, depth: int, apart: float = APART
    ) -> None:
        self.facts = facts
        self.completion = completion
        self.depth = depth
        self.apart = apart * DAY
        self._day = day_of(facts)
        self._numbers = [placeholders(one.prior_version, one.version) for one in facts.events]

    def event(self, position: int) -> Row:
        """Return the version of an event."""
        facts, way = self.facts, self.completion
        payload = facts.payload_exec
        user, email = publisher_of(facts, way, is_after=True)
        return Row(
            version=self._numbers[position][1].text,
            published=self._day + _WITHIN * position,
            trust=way.of(facts.events[position])[2],
            staged_with_provenance=way.staged_with_provenance,
            user=user,
            email=email,
            install_script=payload == VISIBLE_SCRIPT or way.has_script,
            gypfile=way.gyp_shows,
            git_dependency=payload == "git_dep_prepare",
            dependencies=tuple(
                name for name in added_by(facts) if name != facts.events[position].package
            ),
        )

    def before(self, package: str) -> dict[str, Row]:
        """Return what had been published before the record's events, by version."""
        if self.facts.scope == "new-name" or package in added_by(self.facts):
            return {}
        events = {i: one for i, one in enumerate(self.facts.events) if one.package == package}
        levels = {self._numbers[i][1].line: self.completion.of(one)[0] for i, one in events.items()}
        anywhere = max(
            (self.completion.of(one)[1] for one in events.values()), key=RANK.__getitem__
        )
        mine = {self._numbers[i][1] for i in events}
        named = {before for i in events if (before := self._numbers[i][0]) is not None}
        named |= last_good_of(self.facts, package, levels)
        if not named:
            named = {before for one in mine if (before := _unnamed(one, mine)) is not None}
        rows: dict[str, Row] = {}
        for number in named:
            level = levels.get(number.line, anywhere)
            rows |= self._line(number, level, taken=mine | (named - {number}))
        if all(RANK[levels.get(one.line, anywhere)] < RANK[anywhere] for one in named):
            newer = Number(max(named | mine).major + 1, 0, self.depth)
            rows |= self._line(newer, anywhere, taken=())
        return rows

    def _line(self, last: Number, level: Trust, *, taken: Collection[Number]) -> dict[str, Row]:
        return {row.version: row for row in self._releases(last, level, taken)}

    def _releases(self, last: Number, level: Trust, taken: Collection[Number]) -> Iterator[Row]:
        """Yield the last releases of a line, the newest first."""
        user, email = publisher_of(self.facts, self.completion, is_after=False)
        number: Number | None = last
        for back in range(1, self.depth + 1):
            if number is None:
                return
            yield Row(
                version=number.text,
                published=self._day - self.apart * back,
                trust=level,
                staged_with_provenance=self.completion.staged_with_provenance,
                user=user,
                email=email,
                install_script=self.completion.had_script,
            )
            number = _unnamed(number, taken)


def _unnamed(number: Number, taken: Collection[Number]) -> Number | None:
    """Return the release before, that the record has not named for something else."""
    before = number.before
    while before is not None and before in taken:
        before = before.before
    return before
