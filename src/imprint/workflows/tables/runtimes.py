"""Which npm comes with which Node, and what `24`, `lts/*` or `>=20` becomes on a runner.

Source: the release posts of Node; facts/workflows.md §2.3.
"""

from __future__ import annotations

from functools import cache, lru_cache

import msgspec

from imprint.npm.ranges import VersionRange
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from imprint.workflows.tables.loading import load
from imprint.workflows.tables.releases import OPEN, Release, ReleaseRange, range_of

_NEWEST_ALIASES = frozenset({"latest", "node", "current", "stable"})


class NodeTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    as_of: str
    """The last day that was looked at."""
    lts: dict[str, int]
    """Lines with long-term support: code name → major; the greatest is `lts/*`."""
    kept: list[int]
    """Lines that runners keep ready: a range takes the greatest of them that it admits."""
    floors: dict[str, str]
    """Line → the oldest release that any runner of today would take for the bare line."""
    images: dict[str, str]
    """Runner label → the Node that its image has on its own: it changes every few weeks."""
    images_as_of: str
    npm: dict[str, str]
    """Node release → the npm that comes with it."""


@cache
def node_table() -> NodeTable:
    """Return the table."""
    return load("node_npm", NodeTable)


@cache
def _releases() -> dict[Release, Release]:
    table = {}
    for node, npm in node_table().npm.items():
        node_range, npm_range = range_of(node), range_of(npm)
        if node_range is not None and npm_range is not None and node_range.lowest is not None:
            table[node_range.lowest] = npm_range.lowest or (0, 0, 0)
    return dict(sorted(table.items()))


@lru_cache(maxsize=1024)
def node_releases(wanted: str) -> ReleaseRange | None:
    """Return what a version of Node, as setup-node takes it, comes to; None where not known.

    `24` is the newest 24 that the runner has ready: one of several, and later ones than the table
    knows (`check-latest` is off by default).
    """
    text = wanted.strip().lower().removeprefix("node@").removeprefix("v")
    if text in _NEWEST_ALIASES:
        return _from_newest(next(reversed(_releases())))
    if text.startswith("lts"):
        major = _lts_major(text)
        return None if major is None else _newest_of_major(major)
    if (named := range_of(text)) is not None:
        return _named(named)
    return _newest_in(text) if text else None


@lru_cache(maxsize=1024)
def npm_of(nodes: ReleaseRange) -> ReleaseRange:
    """Return which npm comes with a Node of that range; open where the table ends."""
    if nodes.lowest is None or nodes.highest is None:
        return ReleaseRange(lowest=None, highest=None)
    inside = [npm for node, npm in _releases().items() if nodes.lowest <= node <= nodes.highest]
    # A release newer than the table has at least the npm of the one before it in its line.
    below = [npm for node, npm in _releases().items() if _same_line(node, nodes.lowest)]
    found = inside or below[-1:]
    if not found:
        return ReleaseRange(lowest=None, highest=None)
    newest = _newest_known(nodes.highest[0])
    is_beyond = newest is None or nodes.highest > newest
    highest = _major_open(max(found)) if is_beyond else max(found)
    return ReleaseRange(lowest=min(found), highest=highest)


def _named(named: ReleaseRange) -> ReleaseRange | None:
    if named.lowest is None or named.lowest == named.highest:
        return named
    major, minor, _ = named.lowest
    if named.highest is not None and named.highest[1] == OPEN:
        return _newest_of_major(major)
    inside = [node for node in _releases() if node[:2] == (major, minor)]
    return ReleaseRange(lowest=max(inside), highest=named.highest) if inside else named


def _newest_of_major(major: int) -> ReleaseRange | None:
    newest = _newest_known(major)
    if newest is None:
        return ReleaseRange(lowest=(major, 0, 0), highest=(major, OPEN, OPEN))
    return _from_newest(newest)


def _from_newest(newest: Release) -> ReleaseRange:
    """Return a line as a runner has it: from its floor on, open upwards unless it has ended."""
    major = newest[0]
    if major not in node_table().kept and major < max(node_table().kept):
        return ReleaseRange(lowest=newest, highest=newest)
    floor = range_of(node_table().floors.get(str(major), ""))
    lowest = newest if floor is None else floor.lowest
    return ReleaseRange(lowest=lowest, highest=(major, OPEN, OPEN))


def _newest_known(major: int) -> Release | None:
    return max((node for node in _releases() if node[0] == major), default=None)


def _newest_in(text: str) -> ReleaseRange | None:
    """Return the newest release that a range admits: `>=20`, `^22.1 || >=24`."""
    try:
        wanted = VersionRange.parse(text)
    except Malformed:
        return None
    admitted = [
        node
        for node in _releases()
        if wanted.admits(Version.parse(".".join(str(number) for number in node)))
    ]
    if not admitted:
        return None
    kept = [node for node in admitted if node[0] in node_table().kept]
    best = max(kept or admitted)
    if best != _newest_known(best[0]):
        return ReleaseRange(lowest=best, highest=best)
    return _from_newest(best)


def _lts_major(text: str) -> int | None:
    name = text.removeprefix("lts").removeprefix("/")
    lines = node_table().lts
    if name in {"", "*"}:
        return max(lines.values())
    if name.startswith("-") and name[1:].isdigit():
        ordered = sorted(lines.values(), reverse=True)
        back = int(name[1:]) if len(name) < len("-000") else len(ordered)
        return ordered[back] if back < len(ordered) else None
    return lines.get(name)


def _same_line(node: Release, other: Release) -> bool:
    return node[0] == other[0] and node <= other


def _major_open(release: Release) -> Release:
    return (release[0], OPEN, OPEN)
