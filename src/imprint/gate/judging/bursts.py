"""Which versions are of a burst, over all packages of an upstream that were read of late.

A worm publishes whatever it can reach within minutes (facts: consumers §6.4 `release.burst`). One
packument does not show that: what clients asked for one after another does. Kept of each package
are its publications that were doubled within minutes, 1 of 50, and of how many packages is bounded.
Not here: what a burst is (`history.bursts`), and what is decided of it (`evidence.packages`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.history.bursts import BURST_SECONDS, siblings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from imprint.history.bursts import Published

MOST_PACKAGES: Final = 4096
"""With publications that may be of a burst; what was read least lately goes."""
MOST_OF_PACKAGE: Final = 32
"""The newest publications of one package."""
MOST_PUBLISHER_CHARACTERS: Final = 256
MOST_AROUND: Final = 8 * MOST_OF_PACKAGE
"""Publications that are looked at on either side of one: so many are of eight packages at least, so
that none of a burst is missed, however many versions somebody publishes to be looked at."""

Key: TypeAlias = tuple[str, str]
"""An upstream's address, and a package's name; or with a publisher in the place of the name: what
two registries call alike has nothing to do with each other."""


class Bursts:
    """What was published in quick succession, as packuments showed it. From the event loop alone.

    It begins empty; what was read before a start is found again on disk (`recalling`).
    """

    def __init__(self, *, most_packages: int = MOST_PACKAGES) -> None:
        """Remember up to `most_packages`."""
        self._most_packages = most_packages
        self._packages: OrderedDict[Key, tuple[Published, ...]] = OrderedDict()
        self._by_publisher: dict[Key, list[Published]] = {}
        """Sorted by time."""
        self._in_burst: dict[Key, frozenset[str]] = {}
        """The versions of packages of which it was told."""
        self._read_since: set[Key] | None = None
        """What was read while older documents are recalled; None: none are."""

    def __len__(self) -> int:
        """Return of how many packages something is remembered."""
        return len(self._packages)

    def read(
        self, upstream: str, name: str, published: Iterable[Published], *, since: float
    ) -> tuple[str, ...]:
        """Take what a packument shows in the place of what it showed before.

        `published` are its publications that may be of a burst (`evidence.bursts`). Returns the
        other packages of which some version is of a burst only now; `since` is as in `of`.
        """
        key = (upstream, name)
        if self._read_since is not None:
            self._read_since.add(key)
        kept = tuple(sorted(published, key=_moment)[-MOST_OF_PACKAGE:])
        if kept and kept == self._packages.get(key):
            self._packages.move_to_end(key)
            return ()
        self._drop(key)
        if not kept:
            return ()
        self._packages[key] = kept
        for one in kept:
            for publisher in _publishers(one):
                insort(self._by_publisher.setdefault((upstream, publisher), []), one, key=_moment)
        while len(self._packages) > self._most_packages:
            self._drop(next(iter(self._packages)))
        self._note(key, (), since)
        # Of a burst that is known all are told of already, and of others there are few around.
        around: dict[str, set[str]] = {}
        for one in kept:
            for group in self._groups(upstream, one, since):
                for other in group:
                    around.setdefault(other.name, set()).add(other.version)
        around.pop(name, None)
        return tuple(
            other
            for other, versions in around.items()
            if self._note((upstream, other), versions, since)
        )

    @contextmanager
    def recalling(self) -> Iterator[None]:
        """Note what is read meanwhile: older documents do not take its place by `recall`."""
        self._read_since = set()
        try:
            yield
        finally:
            self._read_since = None

    def recall(
        self, upstream: str, name: str, published: Iterable[Published], *, since: float
    ) -> tuple[str, ...]:
        """Take what an older document shows, unless one of the package was read since.

        As `read`; only while `recalling`. Where there is no room left, it is passed over: what
        was read since, or recalled before, was used later.
        """
        key = (upstream, name)
        if self._read_since is None or key in self._read_since:
            return ()
        if len(self._packages) >= self._most_packages:
            return ()
        return self.read(upstream, name, published, since=since)

    def of(self, upstream: str, name: str, *, since: float) -> Mapping[str, tuple[str, ...]]:
        """Return the versions that are of a burst, each with its siblings.

        What was published before `since`, Unix seconds, is left out: a burst matters while it is
        young.
        """
        found: dict[str, tuple[str, ...]] = {}
        for one in self._packages.get((upstream, name), ()):
            siblings = self._siblings(upstream, one, since) if one.at >= since else ()
            if siblings:
                found[one.version] = tuple(sorted(siblings))
        if not found:
            self._in_burst.pop((upstream, name), None)
        return found

    def _siblings(self, upstream: str, one: Published, since: float) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for group in self._groups(upstream, one, since):
            found |= siblings_of(one, group)
        return found

    def _groups(self, upstream: str, one: Published, since: float) -> Iterator[list[Published]]:
        """Yield the publications around one, for each of its publishers."""
        for publisher in _publishers(one):
            group = self._by_publisher.get((upstream, publisher), [])
            start = bisect_left(group, max(one.at - BURST_SECONDS, since), key=_moment)
            end = bisect_right(group, one.at + BURST_SECONDS, key=_moment)
            if end - start > MOST_AROUND:
                place = bisect_left(group, one.at, key=_moment)
                while group[place] is not one:
                    place += 1
                start, end = max(start, place - MOST_AROUND), min(end, place + MOST_AROUND + 1)
            yield group[start:end]

    def _note(self, key: Key, versions: Collection[str], since: float) -> bool:
        """Return whether some version of a package is of a burst that nobody was told of.

        `versions` are those that may be; none: any.
        """
        told = self._in_burst.get(key, frozenset())
        if versions and told.issuperset(versions):
            return False
        found = frozenset(self.of(*key, since=since))
        if found:
            self._in_burst[key] = found
        return not found <= told

    def _drop(self, key: Key) -> None:
        self._in_burst.pop(key, None)
        dropped = self._packages.pop(key, ())
        for publisher in {each for one in dropped for each in _publishers(one)}:
            place = (key[0], publisher)
            left = [each for each in self._by_publisher[place] if each.name != key[1]]
            if left:
                self._by_publisher[place] = left
            else:
                del self._by_publisher[place]


def _moment(one: Published) -> float:
    return one.at


def _publishers(one: Published) -> Iterator[str]:
    """Yield by what it has siblings; whoever publishes writes some of these texts."""
    return (text for text in one.publishers if len(text) <= MOST_PUBLISHER_CHARACTERS)
