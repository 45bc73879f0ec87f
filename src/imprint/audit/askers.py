"""Who asks for what a lockfile takes from no registry, and what they ask for. Pure.

A lockfile repeats what packages depend on, as far as its format does: whoever writes one may write
there, too, that somebody asked for an address. What a package says in its registry goes before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.npm.lockfiles.model import SourceKind
from imprint.npm.lockfiles.specifiers import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imprint.history.publications import Publication
    from imprint.npm.lockfiles.model import Edge, LockedPackage, Lockfile

RowOf: TypeAlias = "Callable[[str, str], Publication | None]"
"""What the registry says of a name and version, where that could be had."""
_ANY = "*"
"""Stands for the range that a lockfile does not repeat, or says otherwise."""
_NEAR = frozenset({SourceKind.REGISTRY, SourceKind.WORKSPACE})


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """One edge to a place."""

    edge: Edge
    parent: LockedPackage | None
    """The package that it is of; None: a project's."""

    @property
    def is_published(self) -> bool:
        """Whether a registry tells what the parent depends on, which needs no lockfile's word."""
        parent = self.parent
        return (
            parent is not None
            and parent.source is SourceKind.REGISTRY
            and parent.bundled_in is None
            and parent.version is not None
        )


def askers_of(lockfile: Lockfile) -> Mapping[str, list[Asker]]:
    """Return who asks for each place that comes from no registry, by its key."""
    packages = lockfile.packages
    far = {key for key, one in packages.items() if one.source not in _NEAR}
    found: dict[str, list[Asker]] = {}
    if not far:
        return found
    edges: list[tuple[LockedPackage | None, tuple[Edge, ...]]]
    edges = [(None, project.edges) for project in lockfile.projects]
    edges += [(package, package.edges) for package in packages.values()]
    for parent, own in edges:
        for edge in own:
            if edge.target in far:
                found.setdefault(edge.target, []).append(Asker(edge=edge, parent=parent))
    return found


def asked_texts(askers: Iterable[Asker], row_of: RowOf) -> Iterator[str]:
    """Yield what is asked for: by what the registry has of a package, else as the lockfile says."""
    for one in askers:
        row = None
        if one.is_published and one.parent is not None:
            row = row_of(one.parent.name, one.parent.version or "")
        text = one.edge.range if row is None else _published(one.edge, row)
        if text is not None:
            yield text


def _published(edge: Edge, row: Publication) -> str:
    """Return what the published package asks for by that name; registries' ranges are not kept."""
    own = f"{edge.name}@"
    exotic = next((one for one in row.exotic_dependencies if one.startswith(own)), None)
    if exotic is not None:
        return exotic.removeprefix(own)
    is_plain = edge.range is not None and source_of(edge.range) is SourceKind.REGISTRY
    return edge.range if is_plain and edge.range is not None else _ANY
