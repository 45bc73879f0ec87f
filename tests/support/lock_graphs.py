"""Small lockfiles as the graph that reachability walks, with whole valid defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from collections.abc import Iterable, Mapping


def edge(name: str, target: str | None = "", kind: EdgeKind = EdgeKind.PROD) -> Edge:
    """An edge to `node_modules/NAME`, unless another key is given."""
    key = f"node_modules/{name}" if target == "" else target
    return Edge(name=name, kind=kind, target=key)


def package(name: str, *needs: str | Edge, **more: Any) -> LockedPackage:
    """A package of the registry at `node_modules/NAME`, that needs others there."""
    whole: dict[str, Any] = {
        "key": f"node_modules/{name}",
        "name": name,
        "version": "1.0.0",
        "source": SourceKind.REGISTRY,
        "integrity": f"sha512-{name}",
        "line": 1,
        "edges": tuple(edge(each) if isinstance(each, str) else each for each in needs),
    }
    return LockedPackage(**{**whole, **more})


def lockfile(
    packages: Iterable[LockedPackage] = (),
    *,
    prod: Iterable[str] = (),
    dev: Iterable[str] = (),
    workspaces: Mapping[str, Iterable[str | Edge]] | None = None,
    format: LockfileFormat = LockfileFormat.NPM,  # noqa: A002 - as the type has it
) -> Lockfile:
    """A lockfile of packages, with the root's dependencies."""
    root = (*(edge(name) for name in prod), *(edge(name, kind=EdgeKind.DEV) for name in dev))
    others = tuple(
        Project(
            path=path,
            name=path.rpartition("/")[2],
            edges=tuple(edge(each) if isinstance(each, str) else each for each in needs),
        )
        for path, needs in (workspaces or {}).items()
    )
    return Lockfile(
        format=format,
        version="3",
        packages={each.key: each for each in packages},
        projects=(Project(path="", name="app", edges=root), *others),
    )
