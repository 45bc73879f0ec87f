"""Where folders of a project have lockfiles of their own: what a run is not about, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.audit.source_listing import list_files
from imprint.npm.lockfiles.read import LOCKFILE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TEST_DATA: Final = frozenset({"__fixtures__", "fixtures", "fixture", "testdata", "test-data"})
"""Folders of what tests read: nobody installs it."""
_SHOWN: Final = 3
NOT_ABOUT: Final = "below that this run is not about"
"""Of a note that lockfiles of other folders were not looked at."""


def lockfiles_among(paths: Iterable[str]) -> tuple[str, ...]:
    """Return which of a project's files are lockfiles of folders below it, sorted."""
    found = []
    for path in paths:
        folder, _, name = path.rpartition("/")
        if folder and name in LOCKFILE_NAMES and _TEST_DATA.isdisjoint(folder.split("/")):
            found.append(path)
    return tuple(sorted(found))


def lockfiles_below(folder: Path) -> tuple[Path, ...]:
    """Return the lockfiles in the folders below `folder`, without what git ignores."""
    found, _ = lockfiles_listed(folder)
    return found


def lockfiles_listed(folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the same, and what was not looked at, one line each."""
    listing = list_files(folder)
    return tuple(folder / path for path in lockfiles_among(listing.paths)), listing.notes


def words_of(paths: Iterable[str]) -> str:
    """Return the first of them, and how many more there are."""
    found = list(paths)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{', '.join(found[:_SHOWN])}{more}"
