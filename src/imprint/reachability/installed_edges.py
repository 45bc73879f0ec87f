"""What files of installed packages ask for, kept by the tarball that they came in.

A published file never changes, so that a second run reads no package's file at all: it compares
sizes, which a file that was edited in place rarely keeps, and walks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.edges import MOST_BYTES, _Row, edge_key, imports_of_row, row_of
from imprint.reachability.imports import READ_EXTENSIONS, Imports, imports_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.reachability.edges import EdgeCache
    from imprint.reachability.files import Files

_Kept = dict[str, tuple[int, _Row]]
_DECODER = msgspec.msgpack.Decoder(_Kept)


class InstalledEdges:
    """Edges of installed packages' files, through a cache."""

    def __init__(
        self, files: Files, *, integrity_of: Callable[[str], str | None], cache: EdgeCache | None
    ) -> None:
        """`integrity_of` says which tarball a package's folder was unpacked from; None: unknown."""
        self._files = files
        self._integrity_of = integrity_of
        self._cache = cache
        self._kept: dict[str, _Kept] = {}
        self._keys: dict[str, bytes] = {}
        self._changed: set[str] = set()

    def imports_at(self, path: str, folder: str) -> Imports | None:
        """Return what a file of the package in `folder` asks for; None for what is no code."""
        if not is_code(path):
            return None
        kept = self._package(folder)
        inside = path[len(folder) + 1 :]
        row = kept.get(inside)
        if row is not None and row[0] == self._files.size(path):
            return imports_of_row(row[1])
        source = self._files.read(path)
        if source is None:
            return Imports(may_load_anything=(1,))
        imports = imports_of(source, filename=path, is_published=True)
        kept[inside] = (len(source), row_of(imports))
        self._changed.add(folder)
        return imports

    def keep(self) -> None:
        """Hand what was read anew to the cache."""
        if self._cache is None:
            return
        rows = {
            self._keys[folder]: msgspec.msgpack.encode(self._kept[folder])
            for folder in self._changed
            if folder in self._keys
        }
        self._cache.put({key: row for key, row in rows.items() if len(row) <= MOST_BYTES})

    def _package(self, folder: str) -> _Kept:
        if folder not in self._kept:
            integrity = self._integrity_of(folder)
            kept: _Kept = {}
            if integrity is not None and self._cache is not None:
                key = self._keys[folder] = edge_key("tarball", integrity)
                kept = _decoded(self._cache.get([key]).get(key, b""))
            self._kept[folder] = kept
        return self._kept[folder]


def is_code(path: str) -> bool:
    """Whether a file is read for what it asks for. One without an ending is, as a command is."""
    name = path.rpartition("/")[2]
    return "." not in name or name.rpartition(".")[2].lower() in READ_EXTENSIONS


def _decoded(kept: bytes) -> _Kept:
    try:
        found = _DECODER.decode(kept)
        for _, row in found.values():
            imports_of_row(row)
    except (msgspec.DecodeError, ValueError, IndexError):
        return {}
    return found
