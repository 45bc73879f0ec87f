"""Flaw: one advisory's statement about one package, before a version is asked about.

Which versions it affects is kept as spans, worked out of OSV's events once (OSV schema 1.7,
"Evaluation"). Encoded as plain arrays in the index of an archive: a new column goes to the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.advisories.model import Advisory, AdvisorySeverity
from imprint.npm.ranges import MAX_RANGE_CHARACTERS
from imprint.npm.versions import Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SHOWN_CHARACTERS = MAX_RANGE_CHARACTERS
"""Of `Advisory.affected`: so that it can be read as a range again."""
_LOOSE = re.compile(
    r"[v=\s]*(?P<numbers>[0-9]+(?:\.[0-9]+){0,2})(?P<rest>(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*"
)


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Versions between two bounds, by precedence; prereleases are versions like any other."""

    introduced: str | None = None
    """The first inside; None: from the beginning."""
    fixed: str | None = None
    """The first that is outside again."""
    last_affected: str | None = None
    """The last inside, where no first one outside is known."""

    def holds(self, version: Version) -> bool:
        """Return whether `version` is inside."""
        mine = version.precedence
        return (
            (self.introduced is None or mine >= version_of(self.introduced).precedence)
            and (self.fixed is None or mine < version_of(self.fixed).precedence)
            and (self.last_affected is None or mine <= version_of(self.last_affected).precedence)
        )

    def __str__(self) -> str:
        """Return it as an npm range."""
        bounds = (
            (">=", self.introduced),
            ("<", self.fixed),
            ("<=", self.last_affected),
        )
        return " ".join(f"{sign}{bound}" for sign, bound in bounds if bound is not None) or "*"


class Flaw(msgspec.Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """What one advisory says of one package."""

    id: str
    aliases: tuple[str, ...] = ()
    severity: AdvisorySeverity = AdvisorySeverity.UNKNOWN
    title: str = ""
    url: str | None = None
    is_malware: bool = False
    spans: tuple[Span, ...] = ()
    versions: tuple[str, ...] = ()
    """Affected too, to the letter, whatever the spans say."""

    def affects(self, version: str) -> bool | None:
        """Return whether it affects `version`; None: that is no version that spans can judge."""
        if version in self.versions:
            return True
        if not self.spans:
            return False
        try:
            wanted = version_of(version)
        except Malformed:
            # A span without bounds holds whatever there is.
            return True if any(str(span) == "*" for span in self.spans) else None
        return any(span.holds(wanted) for span in self.spans)

    def advisory(self, *, source: str) -> Advisory:
        """Return it in the form that policy and reports have; `source` says who told it."""
        return Advisory(
            id=self.id,
            aliases=self.aliases,
            severity=self.severity,
            title=self.title,
            url=self.url,
            affected=self._affected(),
            fixed=tuple(dict.fromkeys(span.fixed for span in self.spans if span.fixed is not None)),
            is_malware=self.is_malware,
            source=source,
        )

    def _affected(self) -> str | None:
        """Return all that is affected as one npm range; None where that is too long to be read."""
        text = " || ".join(dict.fromkeys(self._alternatives()))
        return text if text and len(text) <= MOST_SHOWN_CHARACTERS else None

    def _alternatives(self) -> Iterator[str]:
        yield from map(str, self.spans)
        for version in self.versions:
            if not self.spans or not any(
                span.holds(one) for span in self.spans for one in _versions(version)
            ):
                yield version


def _versions(text: str) -> tuple[Version, ...]:
    try:
        return (version_of(text),)
    except Malformed:
        return ()


def version_of(text: str) -> Version:
    """Return the version that an advisory means: `1.6` is `1.6.0`, as npm's loose reading has it.

    Raises Malformed (`invalid-version`).
    """
    try:
        return Version.parse(text)
    except Malformed:
        found = _LOOSE.fullmatch(text)
        if found is None:
            raise
        numbers = [str(int(number)) for number in found["numbers"].split(".")]
        padded = ".".join([*numbers, "0", "0"][:3])
        return Version.parse(padded + found["rest"])
