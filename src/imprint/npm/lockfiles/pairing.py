"""Which version took the place of which, where a name has several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import Lockfile

_Version: TypeAlias = "str | None"
_Pairs: TypeAlias = "tuple[tuple[_Version, _Version], ...]"
_Versions: TypeAlias = "tuple[_Version, ...]"
_Uses: TypeAlias = "dict[tuple[str, _Version], set[str]]"
MAX_COMBINATIONS = 10_000
"""Of one name's versions; beyond it they are paired in their order."""
_NUMBERS = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?")


def paired(
    old: Lockfile, new: Lockfile, names: Mapping[str, tuple[_Versions, _Versions]]
) -> dict[str, _Pairs]:
    """Return pairs of (old, new) version by name, every version in one at most.

    `names`: the versions that go and those that come. Those with the most users in common are
    paired first, then those of the same major version, then the nearest.
    """
    hard = {name for name, (gone, come) in names.items() if len(gone) > 1 or len(come) > 1}
    before, after = (_uses(old, hard), _uses(new, hard)) if hard else ({}, {})
    pairs: dict[str, _Pairs] = {}
    for name, (gone, come) in names.items():
        if name not in hard:
            pairs[name] = ((gone[0], come[0]),)
        elif len(gone) * len(come) > MAX_COMBINATIONS:
            pairs[name] = tuple(zip(sorted(gone, key=_rank), sorted(come, key=_rank), strict=False))
        else:
            pairs[name] = _nearest(name, gone, come, before, after)
    return pairs


def _nearest(name: str, gone: _Versions, come: _Versions, before: _Uses, after: _Uses) -> _Pairs:
    nothing: set[str] = set()

    def distance(pair: tuple[_Version, _Version]) -> tuple[int, bool, list[int], str]:
        used = before.get((name, pair[0]), nothing) & after.get((name, pair[1]), nothing)
        left, right = _rank(pair[0]), _rank(pair[1])
        apart = [abs(a - b) for a, b in zip(left, right, strict=True)]
        return -len(used), left[0] != right[0], apart, f"{pair[0]} {pair[1]}"

    pairs: dict[_Version, _Version] = {}
    taken: set[_Version] = set()
    for left, right in sorted(((a, b) for a in gone for b in come), key=distance):
        if left not in pairs and right not in taken:
            pairs[left] = right
            taken.add(right)
    return tuple((left, pairs[left]) for left in gone if left in pairs)


def _rank(version: _Version) -> tuple[int, int, int]:
    found = _NUMBERS.match(version or "")
    if found is None:
        return 0, 0, 0
    return int(found[1]), int(found[2] or 0), int(found[3] or 0)


def _uses(lockfile: Lockfile, names: Iterable[str]) -> _Uses:
    """Return who uses each version, and as what: projects by their path, packages by name."""
    wanted = frozenset(names)
    found: _Uses = {}
    packages = lockfile.packages
    users = [(f"./{project.path}", project.edges) for project in lockfile.projects]
    users += [(package.name, package.edges) for package in packages.values()]
    for user, edges in users:
        for edge in edges:
            target = None if edge.target is None else packages.get(edge.target)
            if target is not None and target.name in wanted:
                found.setdefault((target.name, target.version), set()).add(f"{user} {edge.name}")
    return found
