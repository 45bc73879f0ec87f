"""How a project reaches each package of its lockfile: its files read, and the better engine asked.

By files where packages are installed beside the lockfile, by the lock where they are not. Odd
sources are never an error: what was not looked at is said in a note.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.audit.disk_files import DiskFiles
from imprint.audit.install_settings import install_scripts
from imprint.audit.installed import Installed
from imprint.audit.lockfile_places import NOT_ABOUT, lockfiles_among, words_of
from imprint.audit.pnp_files import PnpFiles, is_plug_and_play
from imprint.audit.project_uses import project_uses
from imprint.audit.source_listing import list_files
from imprint.reachability.exposure import Exposure
from imprint.reachability.lock_only import reach_by_lock
from imprint.reachability.locked import Locked
from imprint.reachability.resolution import ResolutionSettings
from imprint.reachability.roles import Role
from imprint.reachability.styles import is_style
from imprint.reachability.unseen import with_unseen
from imprint.reachability.uses import InstallScripts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Protocol

    from imprint.npm.lockfiles.model import Lockfile
    from imprint.reachability.edges import EdgeCache
    from imprint.reachability.exposure import Reach
    from imprint.reachability.files import Files

    class Found(Protocol):
        """What is needed of `audit.lockfiles.FoundLockfile`."""

        @property
        def folder(self) -> Path:
            """Where the lockfile stands, and the project."""

        @property
        def lockfile(self) -> Lockfile:
            """Read."""


_UNSEEN = "no source of the application was found: what it depends on counts as loaded"
_OUTSIDE = (
    "yarn's Plug'n'Play keeps the packages in a cache outside the project: they were judged by the "
    "lockfile alone (`enableGlobalCache: false` keeps them in the project)"
)


class Engine(StrEnum):
    """What the answer rests on."""

    LOCK = "lock"
    """The project's files and the lockfile."""
    FILES = "files"
    """The files of installed packages too."""


class ReachSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How sources are looked at."""

    entries: tuple[str, ...] = ()
    """Files that the application starts with, below the folder; empty: every source that is no
    test and no tool's settings."""
    engine: Engine | None = None
    """None: by files where packages are installed."""
    resolution: ResolutionSettings = msgspec.field(default_factory=ResolutionSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a look at the sources came to."""

    reaches: Mapping[str, Reach]
    """By the key of the package in the lockfile; every package has one."""
    engine: Engine
    sources: int
    """How many files of the project were read."""
    notes: tuple[str, ...] = ()
    """One line each: what was not looked at."""
    scripts: InstallScripts = field(default_factory=InstallScripts, repr=False, compare=False)
    """Which install scripts the project's settings would run."""

    def counts(self) -> Mapping[Exposure, int]:
        """Return how many places each exposure has, the worst first."""
        found = dict.fromkeys(sorted(Exposure, reverse=True), 0)
        for reach in self.reaches.values():
            found[reach.exposure] += 1
        return found


def reach_of(
    found: Found, *, settings: ReachSettings | None = None, cache: EdgeCache | None = None
) -> Reached:
    """Return how each package of a lockfile is reached. Never raises for odd sources.

    `cache` keeps what each file asks for from run to run.
    """
    asked = settings or ReachSettings()
    files, identity_of, pnp_notes = _files_of(found)
    listing = list_files(found.folder)
    locked = Locked(found.lockfile)
    used = project_uses(files, listing.paths, locked, entries=asked.entries, cache=cache)
    installed = Installed(
        files, found.lockfile, locked, settings=asked.resolution, identity_of=identity_of
    )
    scripts = install_scripts(files, found.lockfile.format, has_script=installed.has_install_script)
    notes = (*listing.notes, *used.notes, *pnp_notes, *_elsewhere(listing.paths))
    engine = asked.engine or (Engine.FILES if installed.is_there else Engine.LOCK)
    if engine is Engine.LOCK:
        reaches = reach_by_lock(locked, used.uses, scripts=scripts)
    else:
        looked = installed.reach(used, entries=asked.entries, scripts=scripts, cache=cache)
        reaches, notes = looked.reaches, (*notes, *looked.notes)
        if isinstance(files, PnpFiles) and files.refused:
            # What was not looked at seems to load nothing: the lockfile says what it may load.
            reaches = _worse(reaches, reach_by_lock(locked, used.uses, scripts=scripts))
            notes = (*notes, _refused(files.refused))
    if not any(role is Role.APPLICATION and not is_style(p) for p, role in used.roles.items()):
        reaches = with_unseen(locked, reaches)
        notes = (*notes, _UNSEEN)
    return Reached(
        reaches=reaches, engine=engine, sources=len(used.imports), notes=notes, scripts=scripts
    )


def _files_of(found: Found) -> tuple[Files, Callable[[str], str | None] | None, tuple[str, ...]]:
    """Return the project's files, what tells packages' folders apart, and what was not there."""
    disk = DiskFiles(found.folder)
    if not is_plug_and_play(disk, found.lockfile):
        return disk, None, ()
    archived = PnpFiles(disk, found.folder, found.lockfile)
    if not archived.is_there:
        return disk, None, (_OUTSIDE,)
    return archived, archived.identity, ()


def _worse(one: Mapping[str, Reach], other: Mapping[str, Reach]) -> Mapping[str, Reach]:
    return {
        key: max(reach, other.get(key, reach), key=lambda each: each.exposure)
        for key, reach in one.items()
    }


def _refused(names: Sequence[str]) -> str:
    one = len(names) == 1
    what, loads = ("archive is", "it loads") if one else ("archives are", "they load")
    return (
        f"{len(names)} {what} broken, or too large to be looked at: {words_of(names)};"
        f" what {loads} is told by the lockfile"
    )


def _elsewhere(paths: Sequence[str]) -> Iterator[str]:
    """Yield that other folders have lockfiles of their own, which are not looked at here."""
    found = lockfiles_among(paths)
    if found:
        count = "1 lockfile" if len(found) == 1 else f"{len(found)} lockfiles"
        yield f"{count} {NOT_ABOUT}: {words_of(found)}"
