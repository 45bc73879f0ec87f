"""Version numbers of histories: those that a record names, and those that stand for others."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

_SEMVER: Final = re.compile(r"(\d+)\.(\d+|x)\.(\d+|x)(-[0-9A-Za-z.-]+)?")
_NAME: Final = re.compile(r"(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")


Line: TypeAlias = tuple[int, int | None, bool]
"""Major, or `0.minor`; prereleases by themselves (facts: consumers §6.3)."""


class Number(NamedTuple):
    """A version, compared by its numbers."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""

    @property
    def line(self) -> Line:
        """Its release line."""
        return self.major, None if self.major else self.minor, bool(self.prerelease)

    @property
    def text(self) -> str:
        """As npm writes it."""
        return f"{self.major}.{self.minor}.{self.patch}{self.prerelease}"

    @property
    def before(self) -> Number | None:
        """A release that may have stood before it in its line; None: it begins its line."""
        if self.prerelease:
            word, _, number = self.prerelease.rpartition(".")
            is_counted = number.isdigit() and int(number) > 0
            return self._replace(prerelease=f"{word}.{int(number) - 1}") if is_counted else None
        if self.patch:
            return Number(self.major, self.minor, self.patch - 1)
        if self.minor and self.major:
            return Number(self.major, self.minor - 1, 0)
        return None


def number_of(text: str) -> Number | None:
    """Return what a record names: `1.2.3`, `21.5.x`; None: it names nothing (`?`, `after`)."""
    found = _SEMVER.fullmatch(text)
    if found is None:
        return None
    minor, patch = (0 if part == "x" else int(part) for part in found.group(2, 3))
    return Number(int(found[1]), minor, patch, found[4] or "")


def placeholders(prior: str | None, version: str) -> tuple[Number | None, Number]:
    """Return the number before, if any, and the number of an event.

    Words stand for the next number of one line; `nightly` for a prerelease of another version.
    """
    number, before = number_of(version), number_of(prior) if prior else None
    if prior == "nightly":
        before = Number(1, 1, 0, "-nightly.9")
        return before, number or Number(1, 0, 2)
    if before is None and prior is not None and number is None:
        before = Number(1, 0, 1)
    if number is None:
        number = before._replace(patch=before.patch + 1) if before else Number(1, 0, 2)
    return before, number


def name_of(text: str) -> str:
    """Return a package's name; `unnamed` for words that are none (`many`, `@acme/*`)."""
    return text if _NAME.fullmatch(text) else "unnamed"
