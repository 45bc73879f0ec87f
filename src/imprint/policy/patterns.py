"""PackagePattern: which packages, and which of their versions, a rule is about."""

from __future__ import annotations

import re
from urllib.parse import unquote

import msgspec

from imprint.npm.ranges import VersionRange
from imprint.npm.versions import Version
from imprint.refusals import Malformed, quoted

MOST_CHARACTERS = 1024
_NAME = re.compile(r"(?:@[A-Za-z0-9._~!'()*-]+/)?[A-Za-z0-9._~!'()*-]+")
_PURL = "pkg:npm/"


class PackagePattern(msgspec.Struct, frozen=True):
    """A name, `@scope/*`, a purl, each with or without `@range`."""

    text: str
    """As it is written."""
    names: tuple[tuple[str, ...], ...]
    """For scope and name, or the name alone: the texts between its stars. Empty: every name."""
    versions: VersionRange | None = None
    """None: all."""
    is_wide: bool = False
    """Where in doubt it matches: a version that is none, and prereleases inside of a range."""

    @classmethod
    def parse(cls, text: str, *, is_wide: bool) -> PackagePattern:
        """Return the pattern that `text` spells.

        `*` is any run of characters but `/`; `*` alone is every package. `is_wide` is for rules
        that demand, so that nothing slips through; rules that allow are narrow, and a prerelease is
        then inside of a range where npm says so. Raises Malformed (`invalid-package-pattern`,
        `invalid-range`).
        """
        rest = text.strip()
        if len(rest) > MOST_CHARACTERS:
            raise _invalid(text)
        if rest.startswith(_PURL):
            rest = rest.removeprefix(_PURL)
            name, _, wanted = _split(rest)
            name, wanted = unquote(name), unquote(wanted)
        else:
            name, _, wanted = _split(rest)
        if not _NAME.fullmatch(name):
            raise _invalid(text)
        versions = None
        if wanted.strip():
            versions = VersionRange.parse(wanted.strip(), include_prerelease=is_wide)
        return cls(text=text.strip(), names=_names(name), versions=versions, is_wide=is_wide)

    def matches(self, name: str, version: str) -> bool:
        """Return whether `name@version` is one of these."""
        return self.matches_name(name) and self._admits(version)

    def matches_name(self, name: str) -> bool:
        """Return whether some version of `name` is one of these."""
        if not self.names:
            return True
        segments = name.split("/")
        return len(segments) == len(self.names) and all(map(_fits, self.names, segments))

    def _admits(self, version: str) -> bool:
        if self.versions is None:
            return True
        try:
            return self.versions.admits(Version.parse(version))
        except Malformed:
            return self.is_wide


def matches_any(patterns: tuple[PackagePattern, ...], name: str, version: str) -> bool:
    """Return whether one of `patterns` matches."""
    return any(pattern.matches(name, version) for pattern in patterns)


def _split(text: str) -> tuple[str, str, str]:
    """Part a name from a range at the `@` between them, which may not be the scope's."""
    at = text.find("@", 1)
    return (text, "", "") if at < 0 else (text[:at], "@", text[at + 1 :])


def _names(name: str) -> tuple[tuple[str, ...], ...]:
    return () if name == "*" else tuple(tuple(part.split("*")) for part in name.split("/"))


def _fits(pieces: tuple[str, ...], text: str) -> bool:
    """Return whether `text` is the pieces with anything between them.

    Each piece is taken where it comes first: there is nothing to go back to.
    """
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == first
    at, end = len(first), len(text) - len(last)
    if end < at or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _invalid(text: str) -> Malformed:
    return Malformed(
        "invalid-package-pattern",
        f"package pattern {quoted(text)} is none: one is `name`, `@scope/*`, `name@>=1 <2` or"
        " `pkg:npm/name@range`",
    )
