"""Graph: how a package comes into a project. Not here: who published it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.flags import flags_of
from imprint.npm.lockfiles.model import EdgeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import Edge, Lockfile

_ALL = frozenset(EdgeKind)
MOST_STEPS = 100
"""Of a way that is told: whoever chains all packages of a lockfile gets no way for each of them
that is as long as the lockfile. Nobody has a third of it."""


class Graph:
    """The edges of a lockfile, both ways. Everything is computed when it is first asked for."""

    def __init__(self, lockfile: Lockfile) -> None:
        """Take a lockfile."""
        self._lockfile = lockfile
        self._edges: Mapping[str, tuple[Edge, ...]] = {
            key: package.edges for key, package in lockfile.packages.items()
        }
        self._flags = flags_of(lockfile.projects, self._edges)
        self._above: dict[str, str | None] | None = None
        self._origins: dict[str, str] = {}
        self._firsts: dict[str, str] = {}
        self._dependents: dict[str, tuple[str, ...]] | None = None

    @property
    def dev_only(self) -> frozenset[str]:
        """The packages that no project reaches but by a `dev` edge."""
        return self._flags.dev_only

    @property
    def optional_only(self) -> frozenset[str]:
        """The packages that no project reaches but by an optional edge."""
        return self._flags.optional_only

    def path_to(self, key: str) -> tuple[str, ...]:
        """Return the keys of a shortest way from a project to the package, it included.

        A way without `dev` edges goes before a shorter one with them. The first key is one of the
        project's own dependencies; empty where no project reaches the package. Of a way of more
        than `MOST_STEPS` the first key is there, and the last ones.
        """
        if self._above is None:
            self._above = self._walked()
        if key not in self._above:
            return ()
        path = [key]
        while (above := self._above[path[-1]]) is not None:
            if len(path) >= MOST_STEPS - 1:
                above = self._firsts[key]
            path.append(above)
        return tuple(reversed(path))

    def project_of(self, key: str) -> str | None:
        """Return the path of the project that `path_to` starts from; None: there is none."""
        path = self.path_to(key)
        return self._origins.get(path[0]) if path else None

    def dependents(self, key: str) -> tuple[str, ...]:
        """Return the keys of the packages with an edge to this one; projects are not among them."""
        if self._dependents is None:
            found: dict[str, dict[str, None]] = {}
            for source, edges in self._edges.items():
                for edge in edges:
                    if edge.target is not None:
                        found.setdefault(edge.target, {})[source] = None
            self._dependents = {target: tuple(sources) for target, sources in found.items()}
        return self._dependents.get(key, ())

    def closure(self, keys: Iterable[str], kinds: Iterable[EdgeKind] = _ALL) -> set[str]:
        """Return these packages and all that they reach over edges of these kinds."""
        wanted = frozenset(kinds)
        seen: set[str] = set()
        todo = [key for key in keys if key in self._edges]
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(
                    e.target
                    for e in self._edges.get(at, ())
                    if e.target is not None and e.kind in wanted and e.target not in seen
                )
        return seen

    def _walked(self) -> dict[str, str | None]:
        """Go breadth-first from the projects; the package above each, None: the project itself."""
        above: dict[str, str | None] = {}
        roots = [(p.path, edge) for p in self._lockfile.projects for edge in p.edges]
        for with_dev in (False, True):
            level: list[str] = list(above) if with_dev else []
            for path, edge in roots:
                target = edge.target
                is_wanted = with_dev or edge.kind is not EdgeKind.DEV
                if target is not None and is_wanted and target not in above:
                    above[target] = None
                    self._firsts[target] = target
                    self._origins[target] = path
                    level.append(target)
            while level:
                following: list[str] = []
                for key in level:
                    for edge in self._edges.get(key, ()):
                        target = edge.target
                        if target is None or target in above:
                            continue
                        if with_dev or edge.kind is not EdgeKind.DEV:
                            above[target] = key
                            self._firsts[target] = self._firsts[key]
                            following.append(target)
                level = following
        return above
