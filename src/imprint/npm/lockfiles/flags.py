"""What only development, or only an optional dependency, brings: by walking the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.model import EdgeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import Edge, Project

_PLAIN = 0
_OPTIONAL = 1
_DEV = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The keys that no project reaches without such an edge. What none reaches at all is in neither."""

    dev_only: frozenset[str]
    optional_only: frozenset[str]


def flags_of(projects: Iterable[Project], edges: Mapping[str, tuple[Edge, ...]]) -> Flags:
    """Return the flags of every package; `edges` by package key.

    As npm's own (arborist's calc-dep-flags): a dependency that may be missing is optional, a peer's
    too; a package that is reached over a `dev` edge and over another over an optional one is
    neither.
    """
    roots = tuple(edge for project in projects for edge in project.edges)
    neither = _spread(set(), _targets(roots, {_PLAIN}), edges, {_PLAIN})
    without_dev = _widened(neither, roots, edges, {_PLAIN, _OPTIONAL})
    without_optional = _widened(neither, roots, edges, {_PLAIN, _DEV})
    every = _widened(without_dev | without_optional, roots, edges, {_PLAIN, _OPTIONAL, _DEV})
    return Flags(
        dev_only=frozenset(every - without_dev), optional_only=frozenset(every - without_optional)
    )


def _class_of(edge: Edge) -> int:
    if edge.kind is EdgeKind.DEV:
        return _DEV
    return _OPTIONAL if edge.kind is EdgeKind.OPTIONAL or edge.may_miss else _PLAIN


def _targets(edges: Iterable[Edge], classes: set[int]) -> list[str]:
    return [e.target for e in edges if e.target is not None and _class_of(e) in classes]


def _widened(
    reached: set[str],
    roots: tuple[Edge, ...],
    edges: Mapping[str, tuple[Edge, ...]],
    classes: set[int],
) -> set[str]:
    """Return what these classes of edges reach, `reached` being reached already."""
    start = _targets(roots, classes)
    for key in reached:
        start.extend(_targets(edges.get(key, ()), classes))
    return _spread(set(reached), start, edges, classes)


def _spread(
    seen: set[str], todo: list[str], edges: Mapping[str, tuple[Edge, ...]], classes: set[int]
) -> set[str]:
    while todo:
        key = todo.pop()
        if key not in seen:
            seen.add(key)
            todo.extend(_targets(edges.get(key, ()), classes))
    return seen
