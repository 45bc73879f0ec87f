"""A folder of this machine as a source of files: inside it alone, within bounds."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.doctor.selection import PRUNED
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_ENTRIES = 400_000
"""How many files a folder may have."""


class Skipped(Exception):
    """A file that is not read, and why: one line for people."""


@dataclass(frozen=True)
class Folder:
    """The files below `root`. Links that lead out of it are no files of it."""

    root: Path

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Each file's size in bytes, by its path from the root, with slashes."""
        return dict(self._walked())

    @cached_property
    def _place(self) -> str:
        """The root without links, as a text: paths of files are put together thousands of times."""
        return os.path.realpath(self.root)

    def read(self, path: str, *, most_bytes: int) -> bytes:
        """Return the first `most_bytes` of a file; raises Skipped.

        Folders that are links were not listed, so that the file alone can be one.
        """
        whole = f"{self._place}/{path}"
        try:
            if stat.S_ISLNK(os.lstat(whole).st_mode) and not self._is_inside(whole):
                raise Skipped("file is a link out of the repository: it is not followed")
            # What is no plain file could block for ever, or never end.
            descriptor = os.open(whole, os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise Skipped("file is no plain file")
                return file.read(most_bytes)
        except (OSError, RuntimeError) as err:
            raise Skipped(f"file cannot be read: {_reason(err)}") from err

    def _is_inside(self, whole: str) -> bool:
        return os.path.realpath(whole).startswith(f"{self._place}{os.sep}")

    def _walked(self) -> Iterator[tuple[str, int]]:
        folders = [""]
        entries = 0
        while folders:
            folder = folders.pop()
            for entry in _entries(self.root / folder):
                entries += 1
                if entries > MOST_ENTRIES:
                    raise Malformed(
                        "too-many-files",
                        f"folder {quoted(str(self.root))} has more than {MOST_ENTRIES} files",
                        hint="name the repository itself, not a folder of many",
                    )
                path = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in PRUNED:
                            folders.append(path)
                    elif entry.is_symlink():
                        # Read, or told that it leads out, only where it is wanted.
                        yield path, 0
                    else:
                        yield path, entry.stat(follow_symlinks=False).st_size
                except OSError:
                    continue  # gone since it was listed


def open_folder(path: Path) -> Folder:
    """Return the folder at `path`; raises Malformed (`not-a-folder`)."""
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise Malformed(
            "not-a-folder",
            f"path {quoted(str(path))} {what}, expected a repository's folder",
        )
    return Folder(root=path)


def write_inside(folder: Folder, path: str, content: bytes) -> None:
    """Write a file of the folder, by a new one in its place; raises Malformed (`link-out`).

    The repository may be somebody else's: no link of it leads to what is written.
    """
    target = folder.root / path
    if not target.resolve().is_relative_to(folder.root.resolve()):
        raise Malformed(
            "link-out", f"file {quoted(path)} is a link out of the repository: nothing is written"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as new:
        new.write(content)
    # As any file that this user makes would be, or as the one in its place was.
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
    Path(new.name).chmod(mode)
    Path(new.name).replace(target.resolve())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []  # not ours to read: a repository's own files are


def _reason(err: Exception) -> str:
    return (getattr(err, "strerror", None) or "it is a circle of links").lower()
