"""Release lines: what a version is compared within (facts: consumers §6.3).

A line is a major, or a `0.minor`, with releases and prereleases apart. Versions within one are in
the order of their publication; where the registry has no times, in the order of their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from imprint.npm.versions import MAX_VERSION_CHARACTERS, Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.publications import PackageHistory

_Key: TypeAlias = tuple[str, str, bool]
_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
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


def line_of(version: str) -> Line:
    """Return the line of a version. Total: a text that is no version is a line of its own."""
    return _line(_key(version))


def in_line(history: PackageHistory, version: str) -> tuple[str, ...]:
    """Return the versions of `version`'s line, itself among them, the newest first."""
    return tuple(Lines(history).newest_first(line_of(version)))


class Lines:
    """The versions of one package by line, made in one pass over its moments."""

    __slots__ = ("_groups", "_history", "_sorted")

    def __init__(self, history: PackageHistory) -> None:
        """Sort the versions of `history` into lines; no row is decoded."""
        self._history = history
        self._groups: dict[_Key, list[tuple[float | None, str]]] = {}
        self._sorted: dict[Line, list[tuple[float | None, str]]] = {}
        for version, moment in history.moments.items():
            self._groups.setdefault(_key(version), []).append((moment, version))

    def moment_of(self, version: str) -> float | None:
        """Return when a version was published, unpublished ones too; None: it does not say."""
        moment = self._history.moments.get(version)
        return self._history.gone.get(version) if moment is None else moment

    def newest_first(self, line: Line) -> Iterator[str]:
        """Yield the versions of a line, the newest publication first."""
        return (version for _, version in self._ordered(line))

    def before(self, version: str, *, line: Line | None = None) -> Iterator[str]:
        """Yield what came before `version` in its line, or in `line`: the newest first.

        Strictly before: what has the same moment is not. Without a moment of `version`, what has
        lower numbers.
        """
        ordered = self._ordered(line or line_of(version))
        moment = self.moment_of(version)
        if moment is not None:
            yield from (other for at, other in ordered if at is not None and at < moment)
            return
        own = _precedence(version)
        yield from (other for _, other in ordered if _precedence(other) < own)

    def all_before(self, version: str) -> Iterator[str]:
        """Yield what came before `version` in the whole package, the newest first."""
        moment = self.moment_of(version)
        if moment is None:
            own = _precedence(version)
            found = [key for key in map(_with_precedence, self._history.moments) if key[0] < own]
            yield from (other for _, other in sorted(found, reverse=True))
            return
        times = self._history.moments.items()
        earlier = [(at, other) for other, at in times if at is not None and at < moment]
        yield from (other for _, other in sorted(earlier, reverse=True))

    def stable_before(self, version: str) -> Line | None:
        """Return the newest stable line, other than `version`'s own, with a release before it."""
        own = line_of(version)
        moment = self.moment_of(version)
        lines = sorted(map(_line, self._stable()), key=lambda line: line.rank, reverse=True)
        for line in lines:
            if line == own:
                continue
            if moment is None and line.rank < own.rank:
                return line
            if next(self.before(version, line=line), None) is not None:
                return line
        return None

    def _stable(self) -> list[_Key]:
        return [key for key in self._groups if key[0].isdecimal() and not key[2]]

    def _ordered(self, line: Line) -> list[tuple[float | None, str]]:
        found = self._sorted.get(line)
        if found is None:
            group = self._groups.get(_key_of(line), [])
            if any(moment is None for moment, _ in group):
                found = sorted(group, key=lambda entry: _precedence(entry[1]), reverse=True)
            else:
                found = sorted(group, key=lambda entry: entry[0] or 0.0, reverse=True)
            self._sorted[line] = found
        return found


def _key(version: str) -> _Key:
    """Return the line of a version as texts: this runs once per version of every package."""
    numbers, dash, _ = version.partition("-")
    if "+" in numbers:  # Build metadata may have a dash of its own.
        numbers, dash = numbers.partition("+")[0], ""
    parts = numbers.split(".")
    if (
        len(parts) == _PARTS
        and parts[0].isdecimal()
        and parts[1].isdecimal()
        and len(version) <= MAX_VERSION_CHARACTERS
    ):
        return (parts[0], parts[1] if parts[0] == "0" else "", bool(dash))
    return ("", version, False)


def _key_of(line: Line) -> _Key:
    if line.odd is not None:
        return ("", line.odd, False)
    return (str(line.major), "" if line.minor is None else str(line.minor), line.is_prerelease)


def _line(key: _Key) -> Line:
    major, minor, is_prerelease = key
    if not major:
        return Line(odd=minor)
    return Line(major=int(major), minor=int(minor) if minor else None, is_prerelease=is_prerelease)


def _with_precedence(version: str) -> tuple[tuple[object, ...], str]:
    return (_precedence(version), version)


def _precedence(version: str) -> tuple[object, ...]:
    try:
        return Version.parse(version).precedence
    except Malformed:
        return (-1,)
