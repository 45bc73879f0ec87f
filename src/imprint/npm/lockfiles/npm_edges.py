"""The dependencies of a place in npm's lockfile, and the places that they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.faults import malformed
from imprint.npm.lockfiles.model import Edge, EdgeKind
from imprint.npm.lockfiles.json_document import object_member
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.places import Places
    from imprint.npm.strict_json import JsonObject

_PEERS = "peerDependencies"
_TABLES = ("dependencies", "optionalDependencies", "devDependencies", _PEERS)
_KINDS = {
    "dependencies": EdgeKind.PROD,
    "optionalDependencies": EdgeKind.OPTIONAL,
    "devDependencies": EdgeKind.DEV,
    _PEERS: EdgeKind.PEER,
}
# Of one name in several tables npm keeps the last of these (arborist, Node._loadDeps).
_ORDER = (_PEERS, "dependencies", "optionalDependencies", "devDependencies")


class EdgeReader:
    """Reads the edges of places; edges that are alike are one object."""

    __slots__ = ("_entries", "_lines", "_places", "_seen")

    def __init__(
        self, entries: Mapping[str, JsonObject], lines: Mapping[str, int], places: Places
    ) -> None:
        """Take all places of a lockfile, and their lines."""
        self._entries = entries
        self._lines = lines
        self._places = places
        self._seen: dict[tuple[str, str | None, str, str, bool], Edge] = {}

    def edges(self, key: str, *, with_dev: bool = True) -> tuple[Edge, ...]:
        """Return the edges of a place. Raises Malformed (`malformed-lockfile`)."""
        entry = self._entries.get(key)
        if entry is None:
            return ()
        line = self._lines[key]
        tables = [table for table in _ORDER if table in entry]
        if not tables:
            return ()
        wanted: dict[str, tuple[str, object]] = {}
        for table in tables:
            if with_dev or table != "devDependencies":
                found = object_member(entry, table, line)
                wanted.update({name: (table, text) for name, text in found.items()})
        optional_peers = self._optional_peers(entry, line) if _PEERS in entry else frozenset()
        folders = self._places.folders(key)
        resolve, edge = self._places.resolve, self._edge
        found_edges: list[Edge] = []
        for name, (table, text) in wanted.items():
            if not isinstance(text, str):
                raise malformed(line, f"has no text for {quoted(name)} in {quoted(table)}")
            may_miss = table == _PEERS and name in optional_peers
            found_edges.append(edge(name, resolve(folders, name), table, text, may_miss))
        return tuple(found_edges)

    def _edge(self, name: str, target: str | None, table: str, text: str, may_miss: bool) -> Edge:  # noqa: FBT001 - hot
        known = (name, target, table, text, may_miss)
        edge = self._seen.get(known)
        if edge is None:
            edge = Edge(
                name=name, kind=_KINDS[table], target=target, range=text, may_miss=may_miss
            )
            self._seen[known] = edge
        return edge

    @staticmethod
    def _optional_peers(entry: JsonObject, line: int) -> frozenset[str]:
        meta = object_member(entry, "peerDependenciesMeta", line)
        return frozenset(
            name
            for name, said in meta.items()
            if isinstance(said, dict) and said.get("optional") is True
        )
