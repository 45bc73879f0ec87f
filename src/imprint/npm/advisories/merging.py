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
    # By id, so that a registry that tells of a hundred thousand costs no more than each of them.
    groups: dict[str, _Group] = {}
    for advisory in advisories:
        ids = (advisory.id, *advisory.aliases)
        known = {id(groups[name]): groups[name] for name in ids if name in groups}
        whole, *others = sorted(known.values(), key=_size, reverse=True) or [_Group()]
        for other in others:
            whole.ids |= other.ids
            whole.members += other.members
            groups |= dict.fromkeys(other.ids, whole)
        whole.ids.update(ids)
        whole.members.append(advisory)
        groups |= dict.fromkeys(ids, whole)
    found = [_one_of(one.members, one.ids) for one in {id(g): g for g in groups.values()}.values()]
    return tuple(sorted(found, key=_badness))


class _Group:
    """What is said of one flaw so far."""

    __slots__ = ("ids", "members")

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.members: list[Advisory] = []


def _size(group: _Group) -> int:
    return len(group.ids)


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
