"""Every way by which a package comes into a project. Not here: whether anything loads it."""

from __future__ import annotations

import difflib
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.graph import Graph
from imprint.npm.lockfiles.model import EdgeKind, SourceKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.npm.lockfiles.model import LockedPackage, Lockfile

_KINDS = (EdgeKind.PROD, EdgeKind.OPTIONAL, EdgeKind.PEER, EdgeKind.DEV)
"""In the order in which ways of one length are told."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A shortest way that begins with one dependency of one project."""

    project: str
    """Its folder below the lockfile's; empty: the root."""
    kind: EdgeKind
    """Of the project's dependency: `dev` makes the whole way one of development."""
    range: str | None
    keys: tuple[str, ...]
    """Of the packages on it, in the lockfile's spelling; the last is the one that was asked for."""

    @property
    def manifest(self) -> str:
        """The package.json that asks for it, below the lockfile's folder."""
        return f"{self.project}/package.json" if self.project else "package.json"


class PlaceWays(msgspec.Struct, frozen=True, kw_only=True):
    """One place of the package in the lockfile, and how it comes there."""

    package: LockedPackage
    ways: tuple[Way, ...]
    """The shortest first: one for each dependency of a project that leads there."""
    dependents: tuple[str, ...]
    """Keys of the packages that need it themselves."""


def ways_into(lockfile: Lockfile, name: str, version: str | None = None) -> tuple[PlaceWays, ...]:
    """Return every place of `name` (its own, or an alias), with the ways; empty: it is not there.

    Ways that differ only past the project's own dependency are one: the shortest.
    """
    graph = Graph(lockfile)
    return tuple(
        PlaceWays(
            package=package,
            ways=_ways_to(lockfile, graph, key),
            dependents=tuple(
                one
                for one in graph.dependents(key)
                # A workspace asks by its own package.json, which is a way.
                if lockfile.packages[one].source is not SourceKind.WORKSPACE
            ),
        )
        for key, package in lockfile.packages.items()
        if name in (package.name, package.alias) and version in (None, package.version)
    )


def near_names(lockfile: Lockfile, name: str) -> tuple[str, ...]:
    """Return at most five names of the lockfile that are spelled like `name`."""
    names = sorted({package.name for package in lockfile.packages.values()})
    alike = difflib.get_close_matches(name, names, n=5)
    containing = [one for one in names if name and name in one]
    return tuple(dict.fromkeys([*alike, *containing]))[:5]


def label_of(package: LockedPackage) -> str:
    """Return `name@version`, with the alias where there is one."""
    version = "" if package.version is None else f"@{package.version}"
    if package.alias is None or package.alias == package.name:
        return f"{package.name}{version}"
    return f"{package.alias} ({package.name}{version})"


def _ways_to(lockfile: Lockfile, graph: Graph, key: str) -> tuple[Way, ...]:
    following = _following(graph, key)
    found: dict[tuple[str, str], Way] = {}
    for project in lockfile.projects:
        for edge in sorted(project.edges, key=lambda one: _KINDS.index(one.kind)):
            target = edge.target
            # A dependency in two tables of one package.json is one way in.
            if target is not None and target in following and (project.path, target) not in found:
                keys = _along(following, target)
                found[project.path, target] = Way(
                    project=project.path, kind=edge.kind, range=edge.range, keys=keys
                )
    return tuple(sorted(found.values(), key=_rank))


def _rank(way: Way) -> tuple[object, ...]:
    return (len(way.keys), _KINDS.index(way.kind), way.project, way.keys)


def _following(graph: Graph, key: str) -> Mapping[str, str | None]:
    """Go breadth-first against the edges: of each package the next one on its way to `key`."""
    following: dict[str, str | None] = {key: None}
    todo = deque([key])
    while todo:
        at = todo.popleft()
        for above in graph.dependents(at):
            if above not in following:
                following[above] = at
                todo.append(above)
    return following


def _along(following: Mapping[str, str | None], start: str) -> tuple[str, ...]:
    keys: list[str] = [start]
    while (after := following[keys[-1]]) is not None:
        keys.append(after)
    return tuple(keys)


def labels_of(lockfile: Lockfile, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the packages of these keys, for people."""
    return tuple(label_of(lockfile.packages[key]) for key in keys)
