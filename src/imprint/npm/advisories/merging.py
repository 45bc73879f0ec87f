"""One flaw, one advisory: what several sources, or one with aliases, say of the same is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.ranges import MAX_RANGE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.npm.advisories.model import Advisory

_RISING = (
    AdvisorySeverity.UNKNOWN,
    AdvisorySeverity.LOW,
    AdvisorySeverity.MODERATE,
    AdvisorySeverity.HIGH,
    AdvisorySeverity.CRITICAL,
)
_PREFERRED = ("GHSA-", "CVE-", "MAL-")
"""By which id people speak of a flaw, the commonest first."""


def merged(advisories: Iterable[Advisory]) -> tuple[Advisory, ...]:
    """Return one advisory for each flaw, the worst first.

    Two are of one flaw where an id or alias of the one is an id or alias of the other, also by way
    of a third. What is worse counts: the higher severity, and malware where one says so.
    """
    groups: list[tuple[set[str], list[Advisory]]] = []
    for advisory in advisories:
        ids = {advisory.id, *advisory.aliases}
        own = [advisory]
        apart: list[tuple[set[str], list[Advisory]]] = []
        for known, members in groups:
            if known.isdisjoint(ids):
                apart.append((known, members))
            else:
                ids |= known
                own = [*members, *own]
        groups = [*apart, (ids, own)]
    found = [_one_of(members, ids) for ids, members in groups]
    return tuple(sorted(found, key=_badness))


def _badness(advisory: Advisory) -> tuple[bool, int, str]:
    return (not advisory.is_malware, -_RISING.index(advisory.severity), advisory.id)


def _one_of(members: list[Advisory], ids: set[str]) -> Advisory:
    first = min(members, key=lambda one: _rank(one.id))
    name = min(ids, key=_rank)
    ranges = dict.fromkeys(one.affected for one in members)
    affected = " || ".join(text for text in ranges if text is not None)
    is_whole = None not in ranges and len(affected) <= MAX_RANGE_CHARACTERS
    return replace(
        first,
        id=name,
        aliases=tuple(sorted(ids - {name}, key=_rank)),
        severity=max((one.severity for one in members), key=_RISING.index),
        affected=affected if is_whole else None,
        fixed=tuple(dict.fromkeys(version for one in members for version in one.fixed)),
        is_malware=any(one.is_malware for one in members),
    )


def _rank(name: str) -> tuple[int, str]:
    places = [place for place, prefix in enumerate(_PREFERRED) if name.startswith(prefix)]
    return (places[0] if places else len(_PREFERRED), name)
