"""The dependencies of a place in npm's lockfile, and the places that they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.folders import Folders
from imprint.npm.lockfiles.model import Edge, EdgeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.npm_place import Place


class EdgeReader:
    """Reads the edges of places."""

    __slots__ = ("_entries", "_folders")

    def __init__(self, entries: Mapping[str, Place]) -> None:
        """Take all places of a lockfile."""
        self._entries = entries
        self._folders = Folders(entries)

    def edges(self, key: str, *, with_dev: bool = True) -> tuple[Edge, ...]:
        """Return the edges of a place; none where there is no such."""
        place = self._entries.get(key)
        if place is None:
            return ()
        folders = self._folders.of(key)
        if place.peer_dependencies or place.optional_dependencies or place.dev_dependencies:
            return self._of_several(place, folders, with_dev=with_dev)
        resolve = self._folders.resolve
        return tuple(
            [
                Edge(name=name, kind=EdgeKind.PROD, target=resolve(folders, name), range=text)
                for name, text in place.dependencies.items()
            ]
        )

    def _of_several(
        self, place: Place, folders: tuple[str, ...], *, with_dev: bool
    ) -> tuple[Edge, ...]:
        # Of one name in several tables npm keeps the last (arborist, Node._loadDeps).
        tables = [
            (EdgeKind.PEER, place.peer_dependencies),
            (EdgeKind.PROD, place.dependencies),
            (EdgeKind.OPTIONAL, place.optional_dependencies),
        ]
        if with_dev:
            tables.append((EdgeKind.DEV, place.dev_dependencies))
        may_miss = place.optional_peers()
        resolve = self._folders.resolve
        edges = {
            name: Edge(
                name=name,
                kind=kind,
                target=resolve(folders, name),
                range=text,
                may_miss=kind is EdgeKind.PEER and name in may_miss,
            )
            for kind, table in tables
            for name, text in table.items()
        }
        return tuple(edges.values())
