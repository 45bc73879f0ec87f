"""A folder of this machine as Files: what reachability's resolution asks, each thing once.

Folders are listed once, and answers come from the listing: resolution asks mostly for what is not
there. Links are followed inside the folder alone.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_BYTES = 32 * 1024 * 1024
"""Of one file."""


class DiskFiles:
    """The files below a folder, as they were when each was first asked for."""

    def __init__(self, folder: Path) -> None:
        self._root = os.path.realpath(folder)
        self._listings: dict[str, Mapping[str, bool | None]] = {}
        self._real: dict[str, str | None] = {"": ""}

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None where there is none, or it is too large to be read."""
        if self.real(path) is None:
            return None
        try:
            descriptor = os.open(self._whole(path), os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                    return None
                return file.read(MOST_BYTES)
        except (OSError, ValueError):
            return None

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes."""
        try:
            return os.stat(self._whole(path)).st_size  # noqa: PTH116 - asked for thousands of files
        except (OSError, ValueError):
            return None

    def is_file(self, path: str) -> bool:
        """Whether there is a plain file."""
        return self._is_folder(path) is False

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder."""
        return not path or self._is_folder(path) is True

    def names(self, path: str) -> tuple[str, ...]:
        """Return what is in a folder."""
        return tuple(self._listing(path))

    def real(self, path: str) -> str | None:
        """Return the path without links; None where they lead out of the folder."""
        if path not in self._real:
            folder, _, name = path.rpartition("/")
            above = self.real(folder)
            self._real[path] = None if above is None else self._followed(above, name)
        return self._real[path]

    def _followed(self, above: str, name: str) -> str | None:
        whole = self._whole(f"{above}/{name}" if above else name)
        try:
            if not os.path.islink(whole):  # noqa: PTH114 - asked for thousands of files
                return f"{above}/{name}" if above else name
            target = os.path.realpath(whole, strict=True)
        except (OSError, ValueError):
            return None
        if target == self._root:
            return ""
        inside = target.startswith(f"{self._root}{os.sep}")
        return target[len(self._root) + 1 :].replace(os.sep, "/") if inside else None

    def _is_folder(self, path: str) -> bool | None:
        folder, _, name = path.rpartition("/")
        return self._listing(folder).get(name)

    def _listing(self, path: str) -> Mapping[str, bool | None]:
        """Return what is in a folder: True a folder, False a file, None neither."""
        listed = self._listings.get(path)
        if listed is None:
            listed = self._listings[path] = self._scanned(path)
        return listed

    def _scanned(self, path: str) -> Mapping[str, bool | None]:
        # What is not in its folder's listing is not asked of the system at all.
        if path and not self.is_dir(path):
            return {}
        try:
            with os.scandir(self._whole(path)) as entries:
                return {entry.name: _kind(entry) for entry in entries}
        except (OSError, ValueError):
            return {}

    def _whole(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root


def _kind(entry: os.DirEntry[str]) -> bool | None:
    try:
        return True if entry.is_dir() else False if entry.is_file() else None
    except OSError:
        return None
