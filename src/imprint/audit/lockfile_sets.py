"""The lockfiles that several paths name, and those of the folders below: each read by itself.

One that cannot be read hides no other. Not here: where they are looked for (`lockfile_places`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.audit.lockfile_places import NOT_ABOUT, lockfiles_listed
from imprint.audit.lockfiles import FoundLockfile, find_lockfile
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lockfile is: a file, or a folder that has one."""

    path: Path
    is_named: bool = True
    """False: it was found below a folder that is named."""
    may_lack: bool = False
    """A folder without a lockfile of its own that has others below."""
    listed: Path | None = None
    """The file that was found, in the folder `path`."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is to be read."""

    places: tuple[Place, ...]
    notes: tuple[str, ...] = ()
    """One line each: where there may be more that nobody looked for."""


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A lockfile that cannot be read, and why."""

    path: Path
    error: Malformed | Unavailable
    is_named: bool


def places_of(paths: Sequence[Path], *, is_recursive: bool) -> Places:
    """Return what `paths` name, each once; of a folder with those below it where that is asked."""
    found: dict[Path, Place] = {}
    notes: list[str] = []
    for path in paths:
        below: tuple[Path, ...] = ()
        if is_recursive and path.is_dir():
            below, told = lockfiles_listed(path)
            notes += (f"{path}: {note}" for note in told)
        found.setdefault(path.resolve(), Place(path=path, may_lack=bool(below)))
        # By their folders: of two names of one manager only one is read.
        for each in below:
            one = Place(path=each.parent, is_named=False, listed=each)
            found.setdefault(each.parent.resolve(), one)
    return Places(places=tuple(found.values()), notes=tuple(notes))


def read_places(places: Iterable[Place]) -> tuple[FoundLockfile | Unread, ...]:
    """Return the lockfile of each place, the same one once. Raises nothing."""
    found: dict[Path, FoundLockfile | Unread] = {}
    for place in places:
        try:
            one = find_lockfile(place.path)
        except (Malformed, Unavailable) as err:
            # git lists what is deleted, and not committed yet.
            is_gone = not place.is_named and err.code == "no-lockfile"
            if not is_gone and not (place.may_lack and err.code == "no-lockfile"):
                path = place.listed or place.path
                unread = Unread(path=path, error=err, is_named=place.is_named)
                found.setdefault(place.path.resolve(), unread)
        else:
            found.setdefault(one.path.resolve(), one)
    return tuple(found.values())


def without_those_below(notes: Iterable[str]) -> tuple[str, ...]:
    """Return notes of a run that were true of it alone: others were looked at beside it."""
    return tuple(note for note in notes if NOT_ABOUT not in note)
