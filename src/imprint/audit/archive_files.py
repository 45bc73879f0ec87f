"""The files in a zip archive, as yarn keeps packages in its cache. Nothing is unpacked on the disk.

An archive is somebody else's: how long the list of its entries is, how many there are and how large
they say they are is checked before, and how large they are while they are read. One that is refused
is empty, and is told.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_ENTRIES = 100_000
MOST_ENTRIES_TOGETHER = 2_000_000
"""Of all archives of a run, as often as they are opened: a million takes some ten seconds."""
MOST_DIRECTORY_BYTES = 32 * 1024 * 1024
"""Of the list of its entries, which the library reads as a whole."""
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
_ENTRY = b"PK\x01\x02"
"""What each entry of the list begins with."""


class OpenArchives:
    """The archives that are open: as many as a process may well have, the latest ones."""

    def __init__(self, *, most_entries: int = MOST_ENTRIES_TOGETHER) -> None:
        """Open archives with `most_entries` together, as often as they are opened."""
        self._open: dict[Path, tuple[zipfile.ZipFile, _Bounded]] = {}
        self._entries_left = most_entries
        self.refused: dict[str, None] = {}
        """The names of those that are broken, or larger than anything that is looked at."""

    def get(self, path: Path) -> zipfile.ZipFile:
        """Return an archive, opened. Raises what the library does of one that is broken."""
        if path in self._open:
            self._open[path] = self._open.pop(path)
            return self._open[path][0]
        opened = self._opened(path)
        self._open[path] = opened
        while len(self._open) > MOST_OPEN:
            for each in self._open.pop(next(iter(self._open))):
                each.close()
        return opened[0]

    def refuse(self, path: Path) -> None:
        """Note that nothing of an archive is looked at."""
        self.refused[path.name] = None

    def _opened(self, path: Path) -> tuple[zipfile.ZipFile, _Bounded]:
        if self._entries_left <= 0:
            raise zipfile.BadZipFile("the archives of the project have too many entries together")
        file = _Bounded(io.FileIO(path))
        try:
            archive = zipfile.ZipFile(file)
        except BaseException:
            file.close()
            raise
        file.is_listed = True
        self._entries_left -= len(archive.filelist)
        return archive, file


class _Bounded(io.BufferedReader):
    """A file of which no list of entries is read that is too long.

    The library reads the list at once, by a length that stands in the file, before it tells how
    many there are: so that is looked at here. Inherits, for the library wants a whole file.
    """

    is_listed = False
    """Whether the list has been read: from then on it is files that are."""

    def __del__(self) -> None:
        """Close it, as the library closes what it opened itself."""
        self.close()

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file does; raises BadZipFile for a list that is too long."""
        if self.is_listed:
            return super().read(size)
        most = MOST_DIRECTORY_BYTES + 1
        data = super().read(most if size is None or size < 0 else min(size, most))
        if len(data) > MOST_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the list of entries is too long")
        if data.count(_ENTRY) > MOST_ENTRIES:
            raise zipfile.BadZipFile("there are too many entries")
        return data


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
            self._archives.refuse(self._path)
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
                self._archives.refuse(self._path)
                return {}
            listed = self._archives.get(self._path).infolist()
        except _BROKEN:
            self._archives.refuse(self._path)
            return {}
        names = [info.filename for info in listed]
        folder_characters = sum(len(name) * name.count("/") for name in names)
        if len(names) > MOST_ENTRIES or folder_characters > MOST_FOLDER_CHARACTERS:
            self._archives.refuse(self._path)
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
