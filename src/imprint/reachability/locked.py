"""The lockfile's graph as reach asks of it: whom a name means, and what a package needs."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.graph import MOST_STEPS
from imprint.npm.lockfiles.model import EdgeKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.npm.lockfiles.model import Edge, LockedPackage, Lockfile, Project

_MODULES = "node_modules/"
_NEEDED = frozenset({EdgeKind.PROD, EdgeKind.OPTIONAL, EdgeKind.PEER})

Proof = tuple[str, ...]


class Locked:
    """A lockfile, indexed once."""

    def __init__(self, lockfile: Lockfile) -> None:
        self.packages: Mapping[str, LockedPackage] = lockfile.packages
        self._projects: dict[str, Project] = {each.path: each for each in lockfile.projects}
        self._targets = {
            path: {edge.name: edge.target for edge in _prod_last(project)}
            for path, project in self._projects.items()
        }
        self._by_name: dict[str, list[str]] = {}
        self._by_release: dict[tuple[str, str | None], list[str]] = {}
        for key, package in lockfile.packages.items():
            self._by_name.setdefault(package.alias or package.name, []).append(key)
            self._by_release.setdefault((package.name, package.version), []).append(key)

    def project_of(self, path: str) -> str:
        """Return the path of the project that a file is of; empty: the root."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self._projects:
                return folder
        return ""

    def direct_names(self, project: str) -> tuple[str, ...]:
        """Return the names that a project's package.json has."""
        return tuple(self._targets.get(project, ()))

    def direct_keys(self) -> tuple[str, ...]:
        """Return the packages that the projects need themselves, but for development alone."""
        edges = [edge for project in self._projects.values() for edge in project.edges]
        needed = (edge.target for edge in edges if edge.kind in _NEEDED)
        return tuple(key for key in needed if key is not None and key in self.packages)

    def target_of(self, project: str, name: str) -> str | None:
        """Return the package that a project means by a name; None where the lockfile has none.

        A name that its package.json lacks is looked for at the root, as hoisting gives it, and then
        anywhere: the place nearest to the root.
        """
        for path in (project, ""):
            targets = self._targets.get(path, {})
            if name in targets:
                # A workspace's: its files are the project's own.
                return targets[name]
        places = self._by_name.get(name)
        return min(places, key=lambda key: (key.count("/"), len(key), key)) if places else None

    def hoisted_commands(self) -> Iterator[tuple[str, str]]:
        """Yield the names and commands of what npm puts where every script finds it."""
        for key, package in self.packages.items():
            if package.commands and key.startswith(_MODULES) and key.count(_MODULES) == 1:
                for command in package.commands:
                    yield key.removeprefix(_MODULES), command

    def places_of(self, name: str, version: str | None) -> tuple[str, ...]:
        """Return the keys of all places of a release."""
        return tuple(self._by_release.get((name, version), ()))

    def closure(self, seeds: Mapping[str, Proof]) -> dict[str, Proof]:
        """Return all that the seeds need, themselves too, each with a shortest proof."""
        proofs = dict(seeds)
        waiting = deque(seeds)
        while waiting:
            key = waiting.popleft()
            package = self.packages[key]
            for edge in package.edges:
                target = edge.target
                if edge.kind not in _NEEDED or target is None or target in proofs:
                    continue
                if (needed := self.packages.get(target)) is not None:
                    # Of a way without an end the last step stands for all that are too many.
                    proofs[target] = (*proofs[key][: MOST_STEPS - 1], needed.name)
                    waiting.append(target)
        return proofs


def _prod_last(project: Project) -> list[Edge]:
    """Return a project's edges with the one that is installed last: it wins in a mapping."""
    return sorted(
        project.edges, key=lambda edge: (edge.target is not None, edge.kind is EdgeKind.PROD)
    )
