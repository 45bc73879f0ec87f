"""Collect the files that decide what a repository publishes, from a folder or a git revision.

What is wanted and cannot be had is told, never left out. Not here: what the files mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from imprint.doctor.folders import Skipped
from imprint.doctor.locks import not_as_locked
from imprint.doctor.selection import is_lock, is_wanted, named_in, names_others, stems_of
from imprint.workflows.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_BYTES = 5 * 1024 * 1024
"""Of one file."""
MOST_FILES = 20_000
LOCK_BYTES = 4096
"""How much of a package manager's lock is read: it says by its first lines what it is."""
_DEEPEST = 3
"""Scripts that scripts name: as deep as `workflows` follows them (facts/workflows.md §7.2)."""


class Source(Protocol):
    """Where files come from: a folder, or a revision of git."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Each file's size in bytes, by its path."""

    def read(self, path: str, *, most_bytes: int) -> bytes:
        """Return the first bytes of a file; raises Skipped."""


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one state of a repository."""

    files: Mapping[str, bytes]
    skipped: tuple[Unreadable, ...]
    """What is wanted, and was not read."""


def collect(source: Source) -> Tree:
    """Return the files that matter: those wanted by name, and the scripts that they name."""
    known = source.sizes.keys()
    files: dict[str, bytes] = {}
    skipped: list[Unreadable] = []
    wanted = sorted(path for path in known if is_wanted(path) or is_lock(path))
    for _ in range(_DEEPEST + 1):
        for path in wanted[: MOST_FILES - len(files)]:
            content = _content(source, path)
            if isinstance(content, Unreadable):
                skipped.append(content)
            else:
                files[path] = content
        read = [path for path in wanted if path in files]
        done = files.keys() | {each.path for each in skipped}
        wanted = sorted(set(_named(read, files, known - done)))
    for problem in list(not_as_locked(files)):
        del files[problem.path]
        skipped.append(problem)
    return Tree(files=files, skipped=tuple(skipped))


def _named(read: list[str], files: Mapping[str, bytes], known: set[str]) -> Iterator[str]:
    stems = stems_of(known)
    for path in read:
        if names_others(path):
            yield from named_in(path, files[path].decode(errors="ignore"), known, stems)


def _content(source: Source, path: str) -> bytes | Unreadable:
    if is_lock(path):
        most = LOCK_BYTES
    elif source.sizes[path] > MOST_BYTES:
        return _skipped(path, f"file is larger than {MOST_BYTES} bytes: it is not read")
    else:
        most = MOST_BYTES
    try:
        return source.read(path, most_bytes=most)
    except Skipped as err:
        return _skipped(path, str(err))


def _skipped(path: str, message: str) -> Unreadable:
    return Unreadable(path=path, line=1, column=1, message=message)
