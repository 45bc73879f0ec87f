"""Bursts: one publisher's packages published twice within minutes, many of them at once.

A worm publishes every package that it can, and often again (facts: consumers §6.4, incidents §2.2:
84 versions of 42 packages in 6 minutes). Two releases of one line within 15 minutes are 1.85 % of
all releases, so they count only where five siblings do the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

import msgspec

from imprint.history.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imprint.history.lines import Line

BURST_SECONDS = 15 * 60.0
LEAST_SIBLINGS = 5
"""Packages beside the one in question."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One publication, as far as bursts are concerned."""

    name: str
    version: str
    at: float
    """Unix seconds."""
    publishers: frozenset[str] = frozenset()
    """By what two packages are siblings: `scope:@acme`, `owner:123`, `user:wile`."""


def repeated(
    moments: Mapping[str, float | None], *, since: float = 0.0
) -> Iterator[tuple[str, float]]:
    """Yield the versions of one package that have another of their line within 15 minutes.

    `moments` are those of a history; what was published before `since` is left out.
    """
    lines: dict[Line, list[tuple[float, str]]] = defaultdict(list)
    for version, at in moments.items():
        if at is not None and at >= since - BURST_SECONDS:
            lines[line_of(version)].append((at, version))
    for line in lines.values():
        line.sort()
        close: dict[str, float] = {}
        for (first_at, first), (second_at, second) in pairwise(line):
            if second_at - first_at <= BURST_SECONDS:
                close |= {first: first_at, second: second_at}
        yield from ((version, at) for version, at in close.items() if at >= since)


def bursts_of(published: Iterable[Published]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the siblings of each publication that is one of a burst, by name and version.

    `published` are publications that are `repeated`. Of a burst is one with at least five packages
    of the same publisher that were published as often within the same 15 minutes.
    """
    by_publisher: dict[str, list[Published]] = defaultdict(list)
    for one in published:
        for publisher in one.publishers:
            by_publisher[publisher].append(one)
    siblings: dict[tuple[str, str], set[str]] = defaultdict(set)
    for group in by_publisher.values():
        for one, names in _together(sorted(group, key=lambda each: each.at)):
            if len(names) >= LEAST_SIBLINGS:
                siblings[one.name, one.version] |= names
    return {key: tuple(sorted(names)) for key, names in siblings.items()}


def siblings_of(one: Published, group: Sequence[Published]) -> frozenset[str]:
    """Return what `bursts_of` has for one publication, of one publisher; empty: it is of no burst.

    For who looks one up among many: `group` are that publisher's, sorted by time, of at least the
    15 minutes before `one` and after it.
    """
    counts: Counter[str] = Counter()
    end = most = fullest = 0
    for start, first in enumerate(group):
        if first.at > one.at:
            break
        while end < len(group) and group[end].at - first.at <= BURST_SECONDS:
            counts[group[end].name] += 1
            end += 1
        if one.at - first.at <= BURST_SECONDS and len(counts) > most:
            fullest, most = start, len(counts)
        counts[first.name] -= 1
        if not counts[first.name]:
            del counts[first.name]
    if most <= LEAST_SIBLINGS:
        return frozenset()
    within = takewhile(lambda each: each.at - group[fullest].at <= BURST_SECONDS, group[fullest:])
    return frozenset(each.name for each in within) - {one.name}


def _together(group: list[Published]) -> Iterator[tuple[Published, frozenset[str]]]:
    """Yield each publication with the other packages of some 15 minutes that it lies in.

    The window slides over the sorted publications: of those that hold one, the fullest counts.
    """
    windows: list[tuple[int, int, frozenset[str]]] = []
    counts: dict[str, int] = {}
    names: frozenset[str] = frozenset()
    end = 0
    for start, first in enumerate(group):
        while end < len(group) and group[end].at - first.at <= BURST_SECONDS:
            counts[group[end].name] = counts.get(group[end].name, 0) + 1
            end += 1
        names = names if names == counts.keys() else frozenset(counts)
        if len(names) > LEAST_SIBLINGS:
            windows.append((start, end, names))
        counts[first.name] -= 1
        if not counts[first.name]:
            del counts[first.name]
    best: list[frozenset[str]] = [frozenset() for _ in group]
    # The fullest first, each place once: what is told of one minute may be a hundred thousand.
    following = list(range(len(group) + 1))
    for start, end, names in sorted(windows, key=lambda window: -len(window[2])):
        place = start
        while (place := _free(following, place)) < end:
            best[place] = names
            following[place] = place + 1
    for one, names in zip(group, best, strict=True):
        yield one, names - {one.name}


def _free(following: list[int], place: int) -> int:
    """Return the first place from `place` on that nothing fills; the ways there become short."""
    found = place
    while following[found] != found:
        found = following[found]
    while following[place] != found:
        following[place], place = found, following[place]
    return found
