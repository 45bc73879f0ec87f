"""Lockfiles and locked packages out of a few words, with whole valid defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.npm.lockfiles.model import (
    Edge,
    EdgeKind,
    LockedPackage,
    Lockfile,
    LockfileFormat,
    Project,
    SourceKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

INTEGRITY = "sha512-" + "A" * 86 + "=="


def package(key: str, edges: Iterable[Edge] = (), **more: object) -> LockedPackage:
    """A package of a registry; the key is its name, or `name@version`."""
    name, _, version = key[1:].partition("@")
    whole = LockedPackage(
        key=key,
        name=key[0] + name,
        version=version or "1.0.0",
        source=SourceKind.REGISTRY,
        integrity=INTEGRITY,
        line=1,
        edges=tuple(edges),
    )
    return replace(whole, **more)


def edge(text: str, keys: Iterable[str]) -> Edge:
    """An edge: `name`, `dev:name`, `optional:name`, `peer:name`, `peer?:name` (may miss)."""
    kind, _, name = text.rpartition(":")
    return Edge(
        name=name.partition("@")[0] if name[0] != "@" else name,
        kind=EdgeKind(kind.rstrip("?") or "prod"),
        target=name if name in set(keys) else None,
        may_miss=kind.endswith("?"),
    )


def lockfile(
    projects: Mapping[str, Sequence[str]],
    packages: Mapping[str, Sequence[str]],
    *,
    kept: Iterable[LockedPackage] = (),
) -> Lockfile:
    """A lockfile of npm's: edges of projects by their path, and of packages by their key."""
    by_key = {one.key: one for one in kept}
    keys = {*packages, *by_key}
    return Lockfile(
        format=LockfileFormat.NPM,
        version="3",
        packages={
            **{
                key: package(key, [edge(e, keys) for e in edges]) for key, edges in packages.items()
            },
            **by_key,
        },
        projects=tuple(
            Project(path=path, name=None, edges=tuple(edge(e, keys) for e in edges))
            for path, edges in projects.items()
        ),
    )
