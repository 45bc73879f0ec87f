"""Windows: what came before a version in its line, and columns of it that are searched at once.

Every version of a package is judged before such a window, and packages have thousands of both: rows
are read once for all of them, and what is looked for in each is a column. Pure.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.history.levels import GREATEST_LEVEL, Axis, level_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from imprint.history.accounts import Accounts
    from imprint.history.axes import Axes
    from imprint.history.earlier import Earlier

_UNKNOWN: Final = 255
"""In a column of levels: there is none."""
_KNOWN: Final = range(GREATEST_LEVEL + 1)
_AXES: Final = tuple(Axis)
NO_LEVELS: Final = bytes([_UNKNOWN]) * len(_AXES)


@cache
def levels_of(axes: Axes) -> bytes:
    """Return the levels on every axis, one byte each: there are fewer than a hundred of them."""
    levels = (level_of(axes, axis) for axis in _AXES)
    return bytes(_UNKNOWN if level is None else level for level in levels)


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """The levels of releases on one axis, in their order: one byte of each."""

    column: bytes

    @classmethod
    def of(cls, releases: Iterable[Earlier]) -> Mapping[Axis, Levels]:
        """Return those of releases, by axis."""
        return cls.parted(b"".join(one.levels for one in releases))

    @classmethod
    def parted(cls, levels: bytes) -> Mapping[Axis, Levels]:
        """Return what `levels_of` releases one after another come to, by axis."""
        return {axis: cls(column=levels[place :: len(_AXES)]) for place, axis in enumerate(_AXES)}

    def first(self, start: int = 0) -> int | None:
        """Return the place of the first that is known, from `start` on."""
        return self.first_above(-1, start)

    def first_above(self, level: int, start: int = 0) -> int | None:
        """Return the place of the first that is greater than `level`."""
        places = (self.column.find(one, start) for one in range(level + 1, GREATEST_LEVEL + 1))
        return min((place for place in places if place >= 0), default=None)

    def last(self, end: int) -> int | None:
        """Return the place of the last that is known before `end`."""
        found = max(self.column.rfind(level, 0, end) for level in _KNOWN)
        return None if found < 0 else found

    def greatest(self) -> int | None:
        """Return the greatest that is known."""
        return next((level for level in reversed(_KNOWN) if level in self.column), None)

    def count_from(self, level: int) -> int:
        """Return how many are `level` or greater."""
        return sum(self.column.count(one) for one in range(level, GREATEST_LEVEL + 1))


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The releases of a window before a version, and a few more: the newest first."""

    releases: tuple[Earlier, ...]
    is_timed: bool
    """All of them say when they were published, and are in that order."""
    levels: Mapping[Axis, Levels]

    @classmethod
    def of(cls, releases: Iterable[Earlier], *, is_timed: bool) -> Window:
        """Return the window of releases that were looked up one by one."""
        found = tuple(releases)
        return cls(releases=found, is_timed=is_timed, levels=Levels.of(found))


class LineRows:
    """The rows of one line, the newest first, by their places; each is read when it is asked for.

    What is read is one stretch: what versions that are judged one after another ask for overlaps.
    """

    __slots__ = ("_earlier", "_end", "_found", "_levels", "_start", "_versions", "accounts")

    def __init__(self, versions: Sequence[str], earlier: Callable[[str], Earlier | None]) -> None:
        """Read `versions` by `earlier`, and nothing yet."""
        self._versions = versions
        self._earlier = earlier
        self._found: list[Earlier | None] = [None] * len(versions)
        self._levels = bytearray(NO_LEVELS) * len(versions)
        self._start = self._end = 0
        self.accounts: Accounts | None = None
        """Of the whole line, where somebody asked."""

    def window(self, places: Sequence[tuple[int, int]]) -> Window:
        """Return the window of some stretches, which is timed."""
        self._read(places[0][0], places[-1][1])
        found = [one for start, end in places for one in self._found[start:end]]
        releases = tuple(filter(None, found))
        if len(releases) < len(found):
            return Window.of(releases, is_timed=True)
        width = len(NO_LEVELS)
        levels = b"".join(self._levels[width * start : width * end] for start, end in places)
        return Window(releases=releases, is_timed=True, levels=Levels.parted(levels))

    def levels_from(self, place: int) -> Mapping[Axis, Levels]:
        """Return the levels of all from a place on, those of rows that are not there unknown."""
        self._read(place, len(self._versions))
        return Levels.parted(bytes(self._levels[len(NO_LEVELS) * place :]))

    def all(self) -> Sequence[Earlier | None]:
        """Return every row by its place; None: there is none."""
        self._read(0, len(self._versions))
        return self._found

    def _read(self, start: int, end: int) -> None:
        if self._start == self._end:
            self._start = self._end = start
        for place in (*range(start, self._start), *range(self._end, end)):
            found = self._found[place] = self._earlier(self._versions[place])
            if found is not None:
                at = len(NO_LEVELS) * place
                self._levels[at : at + len(NO_LEVELS)] = found.levels
        self._start, self._end = min(start, self._start), max(end, self._end)
