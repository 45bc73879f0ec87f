"""What only development, or only an optional dependency, brings: by walking the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.model import EdgeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import Edge, Project


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that no project reaches without such an edge; what none reaches is in neither."""

    dev_only: frozenset[str]
    optional_only: frozenset[str]


def flags_of(
    projects: Iterable[Project],
    edges: Mapping[str, tuple[Edge, ...]],
    *,
    follows_peers: bool = True,
) -> Flags:
    """Return the flags of every package; `edges` by package key.

    As npm's own (arborist's calc-dep-flags): a dependency that may be missing is optional, a peer's
    too; a package that is reached over a `dev` edge and over another over an optional one is
    neither. `follows_peers`: False for npm's `legacy-peer-deps`, which takes no peer for an edge.
    """
    skipped = None if follows_peers else EdgeKind.PEER
    ways = _Ways(edges, skipped)
    roots = _sorted((edge for project in projects for edge in project.edges), skipped)
    plain, optional, dev = ways.plain, ways.optional, ways.dev
    neither = _spread(set(), roots.plain, (plain,))
    without_dev = _spread(
        set(neither), [*roots.optional, *_targets(optional, neither)], (plain, optional)
    )
    without_optional = _spread(set(neither), [*roots.dev, *_targets(dev, neither)], (plain, dev))
    both = without_dev | without_optional
    rest = [*_targets(optional, both), *_targets(dev, both)]
    every = _spread(both, rest, (plain, optional, dev))
    return Flags(
        dev_only=frozenset(every - without_dev), optional_only=frozenset(every - without_optional)
    )


class _Targets(msgspec.Struct):
    """Where edges lead, by how much they bind."""

    plain: list[str]
    optional: list[str]
    dev: list[str]


def _sorted(edges: Iterable[Edge], skipped: EdgeKind | None) -> _Targets:
    found = _Targets([], [], [])
    for edge in edges:
        if edge.target is None or edge.kind is skipped:
            continue
        if edge.kind is EdgeKind.DEV:
            found.dev.append(edge.target)
        elif edge.kind is EdgeKind.OPTIONAL or edge.may_miss:
            found.optional.append(edge.target)
        else:
            found.plain.append(edge.target)
    return found


class _Ways:
    """The edges between packages; few are optional, and next to none is a `dev` one."""

    def __init__(self, edges: Mapping[str, tuple[Edge, ...]], skipped: EdgeKind | None) -> None:
        self.plain: dict[str, list[str]] = {}
        self.optional: dict[str, list[str]] = {}
        self.dev: dict[str, list[str]] = {}
        for key, of in edges.items():
            if not of:
                continue
            found = _sorted(of, skipped)
            self.plain[key] = found.plain
            if found.optional:
                self.optional[key] = found.optional
            if found.dev:
                self.dev[key] = found.dev


def _targets(table: Mapping[str, list[str]], keys: set[str]) -> list[str]:
    return [target for key, targets in table.items() if key in keys for target in targets]


def _spread(
    reached: set[str], todo: list[str], tables: tuple[Mapping[str, list[str]], ...]
) -> set[str]:
    """Add to `reached` what `todo` leads to over the edges of these tables."""
    while todo:
        key = todo.pop()
        if key not in reached:
            reached.add(key)
            for table in tables:
                todo += table.get(key, ())
    return reached
