"""The files in a zip archive, as yarn keeps packages in its cache. Nothing is unpacked on the disk.

An archive is somebody else's: how many entries it has and how large they say they are is checked
before, and how large they are while they are read.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_ENTRIES = 100_000
MOST_FOLDER_CHARACTERS = 100_000_000
"""Of all folders' paths, at most: a name of 64 KiB may have 32,000 folders of 32 KiB."""
LARGEST_ARCHIVE = 512 * 1024 * 1024
MOST_OPEN = 64
MOST_BYTES = 32 * 1024 * 1024
"""Of one file, unpacked."""
_BROKEN = (
    *(OSError, ValueError, EOFError),
    RuntimeError,  # of a password, and, as its child, of a compression that it does not know
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error),
)
"""What the library raises of odd archives."""


class OpenArchives:
    """The archives that are open: as many as a process may well have, the latest ones."""

    def __init__(self) -> None:
        self._open: dict[Path, zipfile.ZipFile] = {}

    def get(self, path: Path) -> zipfile.ZipFile:
        """Return an archive, opened. Raises what the library does of one that is broken."""
        archive = self._open.pop(path, None) or zipfile.ZipFile(path)
        self._open[path] = archive
        while len(self._open) > MOST_OPEN:
            self._open.pop(next(iter(self._open))).close()
        return archive


class ArchiveFiles:
    """One archive, opened when something of it is asked for. One that is broken is empty."""

    def __init__(self, path: Path, archives: OpenArchives) -> None:
        self._path = path
        self._archives = archives

    @property
    def identity(self) -> str:
        """A text that changes with the files: of their names, sizes and checksums."""
        digest = hashlib.sha256()
        for name, info in sorted(self._entries.items()):
            digest.update(
                f"{len(name)}:{name}:{info.file_size}:{info.CRC};".encode(errors="replace")
            )
        return f"zip:{digest.hexdigest()}"

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None where there is none, or it is too large or broken."""
        info = self._entries.get(path)
        if info is None or info.file_size > MOST_BYTES:
            return None
        try:
            with self._archives.get(self._path).open(info) as file:
                found = file.read(MOST_BYTES + 1)
        except _BROKEN:
            return None
        return found if len(found) <= MOST_BYTES else None

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes."""
        info = self._entries.get(path)
        return None if info is None else info.file_size

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""
        return path in self._entries

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder."""
        return path in self._folders

    def names(self, path: str) -> tuple[str, ...]:
        """Return what is in a folder."""
        return tuple(self._folders.get(path, ()))

    @cached_property
    def _entries(self) -> Mapping[str, zipfile.ZipInfo]:
        try:
            if self._path.stat().st_size > LARGEST_ARCHIVE:
                return {}
            listed = self._archives.get(self._path).infolist()
        except _BROKEN:
            return {}
        names = [info.filename for info in listed]
        folder_characters = sum(len(name) * name.count("/") for name in names)
        if len(names) > MOST_ENTRIES or folder_characters > MOST_FOLDER_CHARACTERS:
            return {}
        return {info.filename: info for info in listed if not info.is_dir()}

    @cached_property
    def _folders(self) -> Mapping[str, Mapping[str, None]]:
        folders: dict[str, dict[str, None]] = {}
        for path in self._entries:
            below = path
            while True:
                folder, _, name = below.rpartition("/")
                known = folders.setdefault(folder, {})
                if name in known or not folder:
                    known[name] = None
                    break
                known[name] = None
                below = folder
        return folders
