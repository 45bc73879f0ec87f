"""Release lines: what a version is compared within (facts: consumers §6.3).

A line is a major, or a `0.minor`, with releases and prereleases apart. Versions within one are in
the order of their publication; where the registry has no times, in the order of their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from imprint.npm.versions import Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.publications import PackageHistory

_Key: TypeAlias = tuple[str, str, bool]
_PARTS = 3
_MOST_DIGITS = 16
"""Of JavaScript's greatest safe integer: npm has no greater number in a version."""


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
    """The versions of one package by line. A line is sorted when it is first asked for."""

    __slots__ = ("_all", "_history", "_moments", "_sorted")

    def __init__(self, history: PackageHistory) -> None:
        """Look at the moments of `history`; no row is decoded."""
        self._history = history
        self._moments = history.moments
        self._sorted: dict[_Key, list[tuple[float | None, str]]] = {}
        self._all: dict[str, list[str]] = {}

    def moment_of(self, version: str) -> float | None:
        """Return when a version was published, unpublished ones too; None: it does not say."""
        moment = self._moments.get(version)
        return self._history.gone.get(version) if moment is None else moment

    def newest_first(self, line: Line) -> Iterator[str]:
        """Yield the versions of a line, the newest publication first."""
        return (version for _, version in self._ordered(_key_of(line)))

    def before(self, version: str, *, line: Line | None = None) -> Iterator[str]:
        """Yield what came before `version` in its line, or in `line`: the newest first.

        Strictly before: what has the same moment is not. Without a moment of `version`, what has
        lower numbers.
        """
        ordered = self._ordered(_key(version) if line is None else _key_of(line))
        moment = self.moment_of(version)
        if moment is not None:
            yield from (other for at, other in ordered if at is not None and at < moment)
            return
        own = _precedence(version)
        yield from (other for _, other in ordered if _precedence(other) < own)

    def all_before(self, version: str) -> Iterator[str]:
        """Yield what came before `version` in the whole package, the newest first."""
        found = self._all.get(version)
        if found is None:
            found = self._all[version] = self._sorted_before(version)
        return iter(found)

    def stable_before(self, version: str) -> Line | None:
        """Return the newest stable line, other than `version`'s own, with a release before it."""
        own = line_of(version)
        earlier = self._stable_earlier(version)
        heads = {other.partition(".")[0] for other in earlier}
        for major in sorted((int(head) for head in heads if _is_number(head)), reverse=True):
            lines = [Line(major=major)] if major else _minors(earlier)
            found = next((line for line in lines if line != own), None)
            if found is not None:
                return found
        return None

    def _stable_earlier(self, version: str) -> list[str]:
        moment = self.moment_of(version)
        if moment is None:
            own = _precedence(version)
            stable = (other for other in self._moments if "-" not in other)
            return [other for other in stable if _precedence(other) < own]
        return [
            other
            for other, at in self._moments.items()
            if at is not None and at < moment and "-" not in other
        ]

    def _ordered(self, key: _Key) -> list[tuple[float | None, str]]:
        found = self._sorted.get(key)
        if found is None:
            group = self._group(key)
            if any(moment is None for moment, _ in group):
                found = sorted(group, key=lambda entry: _precedence(entry[1]), reverse=True)
            else:
                found = sorted(group, reverse=True)
            self._sorted[key] = found
        return found

    def _group(self, key: _Key) -> list[tuple[float | None, str]]:
        """Return a line's versions by how they begin: this looks at every version of a package."""
        major, minor, is_prerelease = key
        if not major:
            return [(self._moments[minor], minor)] if minor in self._moments else []
        prefix = f"{major}.{minor}." if minor else f"{major}."
        return [
            (moment, version)
            for version, moment in self._moments.items()
            if version.startswith(prefix)
            and ("-" in version) is is_prerelease
            and ("+" not in version or _key(version) == key)
        ]

    def _sorted_before(self, version: str) -> list[str]:
        moment = self.moment_of(version)
        if moment is None:
            own = _precedence(version)
            found = [pair for pair in map(_with_precedence, self._moments) if pair[0] < own]
            return [other for _, other in sorted(found, reverse=True)]
        times = self._moments.items()
        earlier = [(at, other) for other, at in times if at is not None and at < moment]
        return [other for _, other in sorted(earlier, reverse=True)]


def _key(version: str) -> _Key:
    """Return the line of a version as texts."""
    numbers, dash, _ = version.partition("-")
    if "+" in numbers:  # Build metadata may have a dash of its own.
        numbers, dash = numbers.partition("+")[0], ""
    parts = numbers.split(".")
    if len(parts) == _PARTS and _is_number(parts[0]) and _is_number(parts[1]):
        return (parts[0], parts[1] if parts[0] == "0" else "", bool(dash))
    return ("", version, False)


def _minors(versions: list[str]) -> list[Line]:
    """Return the lines of major 0, the newest first."""
    lines = {line_of(version) for version in versions if version.startswith("0.")}
    return sorted((line for line in lines if line.odd is None), key=lambda line: line.rank)[::-1]


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


def _with_precedence(version: str) -> tuple[tuple[object, ...], str]:
    return (_precedence(version), version)


def _precedence(version: str) -> tuple[object, ...]:
    try:
        return Version.parse(version).precedence
    except Malformed:
        return (-1,)
