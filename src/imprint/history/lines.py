"""Release lines: what a version is compared within (facts: consumers §6.3).

A line is a major, or a `0.minor`, with releases and prereleases apart. Versions within one are in
the order of their publication; where the registry has no times, in the order of their numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from imprint.npm.versions import Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.history.publications import PackageHistory

_Key: TypeAlias = tuple[str, str, bool]
_Rank: TypeAlias = "tuple[object, ...]"
MOST_IN_WINDOW = 512
_NEWEST_IN_WINDOW = 384
_FEW_LINES = 4
_LINES_REMEMBERED = 4096
"""Versions: each is asked for again and again while it is judged."""
_PARTS = 3
_MOST_DIGITS = 16
"""Of JavaScript's greatest safe integer: npm has no greater number in a version."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A release line. `odd` is a text that is no version: it has a line of its own."""

    major: int = -1
    minor: int | None = None
    is_prerelease: bool = False
    odd: str | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """What lines are ordered by: the newest has the greatest."""
        return (self.major, -1 if self.minor is None else self.minor)

    def __str__(self) -> str:
        """Return `6.x`, `0.30.x`, `4.x prereleases`."""
        if self.odd is not None:
            return self.odd
        numbers = f"{self.major}" if self.minor is None else f"{self.major}.{self.minor}"
        return f"{numbers}.x prereleases" if self.is_prerelease else f"{numbers}.x"


@lru_cache(maxsize=_LINES_REMEMBERED)
def line_of(version: str) -> Line:
    """Return the line of a version. Total: a text that is no version is a line of its own."""
    return _line(_key(version))


def in_line(history: PackageHistory, version: str) -> tuple[str, ...]:
    """Return the versions of `version`'s line, itself among them, the newest first."""
    return tuple(Lines(history).newest_first(line_of(version)))


class Lines:
    """The versions of one package by line. Everything is sorted when it is first asked for.

    One is good for all versions of a package, and so for thousands of questions.
    """

    __slots__ = (
        "_by_moment",
        "_by_number",
        "_firsts",
        "_groups",
        "_history",
        "_lowest",
        "_moments",
        "_ranks",
        "_sorted",
    )

    def __init__(self, history: PackageHistory) -> None:
        """Look at the moments of `history`; no row is decoded."""
        self._history = history
        self._moments = history.moments
        self._sorted: dict[_Key, _Ordered] = {}
        self._groups: dict[_Key, list[tuple[float | None, str]]] | None = None
        self._by_moment: list[tuple[float, str]] | None = None
        self._by_number: list[tuple[_Rank, str]] | None = None
        self._firsts: list[tuple[Line, float]] | None = None
        self._lowest: list[tuple[Line, _Rank]] | None = None
        self._ranks: dict[str, _Rank] = {}

    def moment_of(self, version: str) -> float | None:
        """Return when a version was published, unpublished ones too; None: it does not say."""
        return moment_of(self._history, version)

    def newest_first(self, line: Line) -> Iterator[str]:
        """Yield the versions of a line, the newest publication first."""
        return (version for _, version in self._ordered(_key_of(line)).versions)

    def before(self, version: str, *, line: Line | None = None) -> Iterator[str]:
        """Yield what came before `version` in its line, or in `line`: the newest first.

        Strictly before: what has the same moment is not. Without a moment of `version`, what has
        lower numbers.
        """
        ordered = self._ordered(_key(version) if line is None else _key_of(line))
        moment = self.moment_of(version)
        if moment is None:
            own = self._rank(version)
            yield from (other for _, other in ordered.versions if self._rank(other) < own)
        elif ordered.is_by_moment:
            yield from _older(ordered.moments, ordered.versions, moment)
        else:
            yield from (other for at, other in ordered.versions if at is not None and at < moment)

    def window_before(
        self, version: str, *, window_seconds: float, beyond: int, line: Line | None = None
    ) -> list[str] | None:
        """Return what came in a window before `version`, and `beyond` more, the newest first.

        None: of some version of the line nobody says when it was published, or of this one.
        """
        places = self.places_before(
            version, window_seconds=window_seconds, beyond=beyond, line=line
        )
        if places is None:
            return None
        versions = self._ordered(_key(version) if line is None else _key_of(line)).versions
        return [other for start, end in places for _, other in versions[start:end]]

    def places_before(
        self, version: str, *, window_seconds: float, beyond: int, line: Line | None = None
    ) -> tuple[tuple[int, int], ...] | None:
        """Return `window_before` as stretches of places in the line, its newest first."""
        ordered = self._ordered(_key(version) if line is None else _key_of(line))
        moment = self.moment_of(version)
        if moment is None or not ordered.is_by_moment:
            return None
        moments = ordered.moments
        start = bisect_right(moments, -moment)
        end = bisect_right(moments, window_seconds - moment, start)
        # To the very float: a sum is not always what a difference says.
        while end > start and moment + moments[end - 1] > window_seconds:
            end -= 1
        while end < len(moments) and moment + moments[end] <= window_seconds:
            end += 1
        end = min(end + beyond, len(moments))
        if end - start > MOST_IN_WINDOW:
            # The newest, and those that were there before somebody flooded the line.
            newest = start + _NEWEST_IN_WINDOW
            return (start, newest), (end - MOST_IN_WINDOW + _NEWEST_IN_WINDOW, end)
        return ((start, end),)

    def place_before(self, version: str) -> int | None:
        """Return from which place of its line on everything came before `version`.

        None: `before` knows, one by one.
        """
        ordered, moment = self._ordered(_key(version)), self.moment_of(version)
        if moment is None or not ordered.is_by_moment:
            return None
        return bisect_right(ordered.moments, -moment)

    def line_order(self, version: str) -> Sequence[tuple[object, str]]:
        """Return the versions of `version`'s line, the newest first: `place_before` is of these."""
        return self._ordered(_key(version)).versions

    def all_before(self, version: str) -> Iterator[str]:
        """Yield what came before `version` in the whole package, the newest first."""
        start = self.place_in_package(version)
        entries = self.package_order(is_timed=self.moment_of(version) is not None)
        return (entries[place][1] for place in range(start, len(entries)))

    def place_in_package(self, version: str) -> int:
        """Return from which place on all of the package came before `version`.

        Places are those of `package_order`: timed, where `version` has a moment.
        """
        moment = self.moment_of(version)
        if moment is None:
            own, order = self._rank(version), self.package_order(is_timed=False)
            return bisect_left(order, True, key=lambda entry: self._rank(entry[1]) < own)  # noqa: FBT003 - what is looked for
        return bisect_right(self._timed(), -moment, key=_negated)

    def package_order(self, *, is_timed: bool) -> Sequence[tuple[object, str]]:
        """Return all that have a moment by these, or all by their numbers; the newest first."""
        if is_timed:
            return self._timed()
        if self._by_number is None:
            found = [(self._rank(other), other) for other in self._moments]
            self._by_number = sorted(found, reverse=True)
        return self._by_number

    def _timed(self) -> list[tuple[float, str]]:
        if self._by_moment is None:
            found = [(at, other) for other, at in self._moments.items() if at is not None]
            self._by_moment = sorted(found, reverse=True)
        return self._by_moment

    def stable_before(self, version: str) -> Line | None:
        """Return the newest stable line, other than `version`'s own, with a release before it."""
        own, moment = line_of(version), self.moment_of(version)
        if moment is None:
            rank = self._rank(version)
            lines = (line for line, lowest in self._lowest_numbers() if lowest < rank)
        else:
            lines = (line for line, first in self._first_moments() if first < moment)
        return next((line for line in lines if line != own), None)

    def _first_moments(self) -> list[tuple[Line, float]]:
        """Return the stable lines, the newest first, with when each had its first release."""
        if self._firsts is None:
            heads: dict[str, float] = {}
            found: dict[Line, float] = {}
            for version, at in self._moments.items():
                if at is None or "-" in version:
                    continue
                head = version.partition(".")[0]
                if head != "0":  # Its line is told by it alone: looked at once for each.
                    heads[head] = min(at, heads.get(head, at))
                elif (line := _stable_line(version)) is not None:
                    found[line] = min(at, found.get(line, at))
            for head, at in heads.items():
                if (line := _stable_line(head)) is not None:
                    found[line] = min(at, found.get(line, at))
            self._firsts = sorted(found.items(), key=_rank_of_line, reverse=True)
        return self._firsts

    def _lowest_numbers(self) -> list[tuple[Line, _Rank]]:
        """Return the stable lines, the newest first, with the lowest number of each."""
        if self._lowest is None:
            found: dict[Line, _Rank] = {}
            for version in self._moments:
                line = _stable_line(version)
                if line is not None:
                    rank = self._rank(version)
                    found[line] = min(rank, found.get(line, rank))
            self._lowest = sorted(found.items(), key=_rank_of_line, reverse=True)
        return self._lowest

    def _ordered(self, key: _Key) -> _Ordered:
        found = self._sorted.get(key)
        if found is None:
            group = self._group(key)
            if any(moment is None for moment, _ in group):
                group.sort(key=lambda entry: self._rank(entry[1]), reverse=True)
                found = _Ordered(group, [], is_by_moment=False)
            else:
                group.sort(reverse=True)
                moments = [-moment for moment, _ in group if moment is not None]
                found = _Ordered(group, moments, is_by_moment=True)
            self._sorted[key] = found
        return found

    def _group(self, key: _Key) -> list[tuple[float | None, str]]:
        """Return a line's versions by how they begin.

        That looks at every version of a package: for some lines, and once for all of many.
        """
        major, minor, is_prerelease = key
        if not major:
            return [(self._moments[minor], minor)] if minor in self._moments else []
        if len(self._sorted) >= _FEW_LINES:
            if self._groups is None:
                self._groups = _grouped(self._moments)
            return self._groups.get(key, [])
        prefix = f"{major}.{minor}." if minor else f"{major}."
        return [
            (moment, version)
            for version, moment in self._moments.items()
            if version.startswith(prefix)
            and ("-" in version) is is_prerelease
            and ("+" not in version or _key(version) == key)
        ]

    def _rank(self, version: str) -> _Rank:
        found = self._ranks.get(version)
        if found is None:
            found = self._ranks[version] = _precedence(version)
        return found


class _Ordered(NamedTuple):
    """The versions of a line, the newest first."""

    versions: list[tuple[float | None, str]]
    moments: list[float]
    """Below zero, so that they rise; empty where not all are known."""
    is_by_moment: bool


def moment_of(history: PackageHistory, version: str) -> float | None:
    """Return when a version was published, unpublished ones too; None: it does not say."""
    moment = history.moments.get(version)
    return history.gone.get(version) if moment is None else moment


def _older(
    moments: list[float], versions: list[tuple[float | None, str]], moment: float
) -> Iterator[str]:
    for index in range(bisect_right(moments, -moment), len(versions)):
        yield versions[index][1]


def _grouped(
    moments: Mapping[str, float | None],
) -> dict[_Key, list[tuple[float | None, str]]]:
    """Return all versions that `_group` would find, by the key that it would find them by."""
    found: dict[_Key, list[tuple[float | None, str]]] = {}
    for version, moment in moments.items():
        is_prerelease = "-" in version
        if "+" in version:
            key = _key(version)
            if key[2] is not is_prerelease:
                continue
        else:
            head, dot, rest = version.partition(".")
            minor, other_dot, _ = rest.partition(".") if head == "0" else ("", dot, "")
            if not (dot and other_dot):
                continue
            key = (head, minor, is_prerelease)
        found.setdefault(key, []).append((moment, version))
    return found


def _rank_of_line(entry: tuple[Line, object]) -> tuple[int, int]:
    return entry[0].rank


def _negated(entry: tuple[float, str]) -> float:
    return -entry[0]


def _stable_line(version: str) -> Line | None:
    """Return the line by which a stable version is one of a package's; None: it is of none."""
    head = version.partition(".")[0]
    if "-" in version or not _is_number(head):
        return None
    if int(head):
        return Line(major=int(head))
    line = line_of(version)
    return line if version.startswith("0.") and line.odd is None else None


def _key(version: str) -> _Key:
    """Return the line of a version as texts."""
    numbers, dash, _ = version.partition("-")
    if "+" in numbers:  # Build metadata may have a dash of its own.
        numbers, dash = numbers.partition("+")[0], ""
    parts = numbers.split(".")
    if len(parts) == _PARTS and _is_number(parts[0]) and _is_number(parts[1]):
        return (parts[0], parts[1] if parts[0] == "0" else "", bool(dash))
    return ("", version, False)


def _key_of(line: Line) -> _Key:
    if line.odd is not None:
        return ("", line.odd, False)
    return (f"{line.major}", "" if line.minor is None else f"{line.minor}", line.is_prerelease)


def _line(key: _Key) -> Line:
    major, minor, is_prerelease = key
    if not major:
        return Line(odd=minor)
    return Line(major=int(major), minor=int(minor) if minor else None, is_prerelease=is_prerelease)


def _is_number(text: str) -> bool:
    """Whether semver takes `text` for a number: no leading zero, no other script's digits."""
    is_decimal = text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS
    return is_decimal and (text[0] != "0" or text == "0")


def _precedence(version: str) -> _Rank:
    try:
        return Version.parse(version).precedence
    except Malformed:
        return (-1,)
