"""What an archive that a server has opened says of versions: as evidence, and as npm's clients ask.

Nobody is told what is asked: not even names that are private to a registry leave the machine.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.evidence.advisories import FoundAdvisories, affecting
from imprint.evidence.looked import Had
from imprint.npm.advisories.model import AdvisorySeverity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imprint.evidence.wanted import Wanted
    from imprint.npm.advisories.model import Advisory
    from imprint.storage.advisory_archive import AdvisoryArchive

_MALICIOUS: Final = "CWE-506"
_FIRST_ID: Final = 1_000_000_000
_IDS: Final = 500_000_000
"""Above all numbers that registries have given, and below the gate's own: clients key by them."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One advisory about one package, as clients read it (facts: wire §2.11)."""

    id: int
    url: str
    title: str
    severity: str
    vulnerable_versions: str
    cwe: tuple[str, ...]
    cvss: Mapping[str, float | None]


def found_in(archive: AdvisoryArchive, wanted: Iterable[Wanted]) -> FoundAdvisories:
    """Return what an archive knows against every one of `wanted`."""
    asked = list(wanted)
    flaws = archive.flaws({one.name for one in asked})
    return FoundAdvisories(
        by_version={one.key: affecting(flaws.get(one.name, ()), one.version) for one in asked}
    )


def bulk_answer(archive: AdvisoryArchive, wanted: Mapping[str, Sequence[str]]) -> bytes:
    """Return what an archive says of versions by name, as JSON in the shape of npm's bulk route.

    A name of which nothing is known is not in it, and none that was not asked about.
    """
    flaws = archive.flaws(wanted)
    answer: dict[str, list[_Entry]] = {}
    for name, known in flaws.items():
        told: dict[str, tuple[Advisory, list[str]]] = {}
        for version in dict.fromkeys(wanted[name]):
            looked = affecting(known, version)
            for advisory in looked.value if isinstance(looked, Had) else ():
                told.setdefault(advisory.id, (advisory, []))[1].append(version)
        if told:
            answer[name] = [_entry(advisory, versions) for advisory, versions in told.values()]
    return msgspec.json.encode(answer)


def _entry(advisory: Advisory, versions: Sequence[str]) -> _Entry:
    severity = advisory.severity
    if severity is AdvisorySeverity.UNKNOWN:
        # npm takes an advisory that does not say for a high one.
        severity = AdvisorySeverity.HIGH
    if advisory.is_malware:
        severity = AdvisorySeverity.CRITICAL
    return _Entry(
        id=_number(advisory.id),
        url=advisory.url or "",
        title=f"{_line(advisory.title) or 'a known flaw'} ({_line(advisory.id)})",
        severity=severity.value,
        # What is too long to be a range names the versions that were asked about.
        vulnerable_versions=advisory.affected or " || ".join(versions),
        cwe=(_MALICIOUS,) if advisory.is_malware else (),
        cvss={"score": 0, "vectorString": None},
    )


def _number(identifier: str) -> int:
    """Return a whole number, the same each time: pnpm drops ids of other kinds, and keys by it."""
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).digest()
    return _FIRST_ID + int.from_bytes(digest[:8]) % _IDS


def _line(text: str) -> str:
    """Return a text that is one line: clients print it as it comes."""
    return "".join(character if character.isprintable() else " " for character in text).strip()
