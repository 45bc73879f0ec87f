"""Versions as npm reads them: strict semver 2.0.0. Ranges of them: `ranges.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import TypeAlias

from imprint.refusals import Malformed, quoted

MAX_VERSION_CHARACTERS = 256

GREATEST_NUMBER = 2**53 - 1
"""JavaScript's greatest safe integer: npm refuses versions with a greater number."""

Identifier: TypeAlias = int | str
_IdentifierKey: TypeAlias = tuple[int, int, str]
_Precedence: TypeAlias = tuple[int, int, int, int, tuple[_IdentifierKey, ...]]


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version. Ordered by precedence (semver §11), then, as npm sorts, by build metadata."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[Identifier, ...] = ()
    build: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Return the version that `text` spells, to the letter: no `v`, no blanks.

        Raises Malformed (`invalid-version`).
        """
        found = _VERSION.fullmatch(text) if len(text) <= MAX_VERSION_CHARACTERS else None
        version = None if found is None else cls._of(found)
        if version is None:
            raise Malformed(
                "invalid-version",
                f"version {quoted(text)} is none: one is `1.2.3` or `1.2.3-beta.1`, "
                f"at most {MAX_VERSION_CHARACTERS} characters",
            )
        return version

    @classmethod
    def clean(cls, text: str) -> Version:
        """Return what npm publishes for the `version` of a package.json (semver's `clean`).

        Blanks around it and a leading `v` or `=` go, and so does build metadata. Raises Malformed
        (`invalid-version`).
        """
        version = cls.parse(text.strip().lstrip("=v").strip())
        return cls(
            major=version.major,
            minor=version.minor,
            patch=version.patch,
            prerelease=version.prerelease,
        )

    @classmethod
    def _of(cls, found: re.Match[str]) -> Version | None:
        major, minor, patch = int(found["major"]), int(found["minor"]), int(found["patch"])
        if max(major, minor, patch) > GREATEST_NUMBER:
            return None
        return cls(
            major=major,
            minor=minor,
            patch=patch,
            prerelease=identifiers(found["prerelease"]),
            build=tuple(found["build"].split(".")) if found["build"] else (),
        )

    @property
    def is_prerelease(self) -> bool:
        """Whether the version stands before a release."""
        return bool(self.prerelease)

    @property
    def precedence(self) -> _Precedence:
        """What two versions are compared by; equal for versions that differ in build metadata."""
        is_release = 0 if self.prerelease else 1
        keys = tuple(map(_identifier_key, self.prerelease))
        return (self.major, self.minor, self.patch, is_release, keys)

    def __str__(self) -> str:
        """Return the version as it is written."""
        prerelease = "-" + ".".join(map(str, self.prerelease)) if self.prerelease else ""
        build = "+" + ".".join(self.build) if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{build}"

    def __lt__(self, other: Version) -> bool:
        """Return whether this version sorts before `other`."""
        return self._sort_key() < other._sort_key()

    def _sort_key(self) -> tuple[_Precedence, tuple[_IdentifierKey, ...]]:
        build = tuple((0, int(x), x) if x.isdigit() else (1, 0, x) for x in self.build)
        return (self.precedence, build)


def identifiers(text: str | None) -> tuple[Identifier, ...]:
    """Return the parts of a prerelease, whole numbers as such."""
    if not text:
        return ()
    return tuple(int(part) if part.isdigit() else part for part in text.split("."))


def _identifier_key(identifier: Identifier) -> _IdentifierKey:
    if isinstance(identifier, int):
        return (0, identifier, "")
    return (1, 0, identifier)


NUMBER = r"(?:0|[1-9][0-9]*)"
_PRERELEASE_IDENTIFIER = rf"(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|{NUMBER})"
PRERELEASE = rf"(?P<prerelease>{_PRERELEASE_IDENTIFIER}(?:\.{_PRERELEASE_IDENTIFIER})*)"
BUILD_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"(?P<major>{NUMBER})\.(?P<minor>{NUMBER})\.(?P<patch>{NUMBER})"
    rf"(?:-{PRERELEASE})?(?:\+(?P<build>{BUILD_IDENTIFIERS}))?"
)
