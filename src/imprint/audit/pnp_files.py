"""A project of yarn's Plug'n'Play as Files: packages in archives, seen as if they were installed.

Each package has a folder of its own below `node_modules/.store`, with what it needs linked beside
it, as the lockfile says: `.pnp.cjs`, which is code, is not asked. Archives are looked for in the
project's `.yarn/cache`, and folders in `.yarn/unplugged`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.audit.archive_files import ArchiveFiles, OpenArchives
from imprint.npm.lockfiles.model import LockfileFormat, SourceKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imprint.audit.disk_files import DiskFiles
    from imprint.npm.lockfiles.model import Edge, LockedPackage, Lockfile

MARKS = (".pnp.cjs", ".pnp.js")
CACHE, _UNPLUGGED = ".yarn/cache", ".yarn/unplugged"
_STORE = "node_modules/.store"
_MODULES = "node_modules"
_ARCHIVE = re.compile(r"(?P<slug>.+-npm-.+|.+-patch)-[0-9a-z]+-[0-9a-z]+\.zip")
"""Behind the name stand a hash of where it is from, and one of what is in it."""
_FOLDER = re.compile(r"(?P<slug>.+-npm-.+|.+-patch)-[0-9a-z]+")


def is_plug_and_play(files: DiskFiles, lockfile: Lockfile) -> bool:
    """Whether a project's packages stay in archives."""
    return lockfile.format is LockfileFormat.YARN_BERRY and any(map(files.is_file, MARKS))


class PnpFiles:
    """The project's own files from the disk, its packages from archives."""

    def __init__(self, disk: DiskFiles, folder: Path, lockfile: Lockfile) -> None:
        self._disk = disk
        self._stores: dict[str, tuple[ArchiveFiles | None, str]] = {}
        """By a package's entry in the store: its archive, or none; and where it is in there."""
        places, opened = _places(lockfile), OpenArchives()
        self._opened = opened
        archives = _by_slug(disk.names(CACHE), _ARCHIVE)
        folders = _by_slug(disk.names(_UNPLUGGED), _FOLDER)
        self._own: dict[str, str] = {}
        for key, entry in places.items():
            package = lockfile.packages[key]
            inside = f"{_MODULES}/{package.name}"
            slugs = _slugs(package)
            if slug := next((each for each in slugs if each in folders), None):
                self._stores[entry] = (None, f"{_UNPLUGGED}/{folders[slug]}/{inside}")
            elif slug := next((each for each in slugs if each in archives), None):
                archive = ArchiveFiles(folder / CACHE / archives[slug], opened)
                self._stores[entry] = (archive, inside)
            self._own[entry] = package.name
        roots = {
            **{k: f"{_STORE}/{each}/{_MODULES}/{self._own[each]}" for k, each in places.items()},
            **_workspaces(lockfile),
        }
        self._links = {
            places[key]: _linked(package.edges, roots)
            for key, package in lockfile.packages.items()
            if key in places
        }
        self._projects = {each.path: _linked(each.edges, roots) for each in lockfile.projects}

    @property
    def is_there(self) -> bool:
        """Whether any package's archive is in the project."""
        return bool(self._stores)

    @property
    def refused(self) -> tuple[str, ...]:
        """The archives that were asked for and are broken, or too large to be looked at."""
        return tuple(self._opened.refused)

    def identity(self, folder: str) -> str | None:
        """Return what changes with the files of a package's folder; None: not known."""
        found = self._inside(folder)
        return found[0].identity if found is not None and found[0] is not None else None

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        real = self.real(path)
        found = None if real is None else self._inside(real)
        if found is None:
            return None if real is None else self._disk.read(real)
        archive, inside = found
        return self._disk.read(inside) if archive is None else archive.read(inside)

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes."""
        real = self.real(path)
        found = None if real is None else self._inside(real)
        if found is None:
            return None if real is None else self._disk.size(real)
        archive, inside = found
        return self._disk.size(inside) if archive is None else archive.size(inside)

    def is_file(self, path: str) -> bool:
        """Whether there is a plain file."""
        real = self.real(path)
        found = None if real is None else self._inside(real)
        if found is None:
            return real is not None and self._disk.is_file(real)
        archive, inside = found
        return self._disk.is_file(inside) if archive is None else archive.is_file(inside)

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder. Those that hold packages' links are."""
        if path == _MODULES or self._modules_of(path) is not None:
            return True
        real = self.real(path)
        found = None if real is None else self._inside(real)
        if found is None:
            return real is not None and self._disk.is_dir(real)
        archive, inside = found
        return self._disk.is_dir(inside) if archive is None else archive.is_dir(inside)

    def names(self, path: str) -> tuple[str, ...]:
        """Return what is in a folder."""
        if path == _STORE:
            return tuple(self._stores)
        real = self.real(path)
        found = None if real is None else self._inside(real)
        if found is None:
            return () if real is None else self._disk.names(real)
        archive, inside = found
        return self._disk.names(inside) if archive is None else archive.names(inside)

    def real(self, path: str) -> str | None:
        """Return the path without links; None where they lead nowhere."""
        folder, found, rest = _first_modules(path)
        if not found:
            return self._disk.real(path)
        name, below = _name_and_below(rest)
        if folder.startswith(f"{_STORE}/"):
            entry = folder.removeprefix(f"{_STORE}/")
            if self._own.get(entry) == name:
                return path
            target = self._links.get(entry, {}).get(name)
        else:
            target = self._projects.get(folder, {}).get(name)
        if target is None:
            return None
        return f"{target}/{below}" if below else target

    def _inside(self, real: str) -> tuple[ArchiveFiles | None, str] | None:
        """Return the archive and the path in it of a path in the store; None: it is in none."""
        if not real.startswith(f"{_STORE}/"):
            return None
        folder, found, rest = _first_modules(real)
        name, below = _name_and_below(rest)
        entry = folder.removeprefix(f"{_STORE}/")
        store = self._stores.get(entry)
        if not found or store is None or self._own.get(entry) != name:
            return None
        archive, inside = store
        return archive, f"{inside}/{below}" if below else inside

    def _modules_of(self, path: str) -> Mapping[str, str] | None:
        folder, slash, last = path.rpartition("/")
        if last != _MODULES or not slash:
            return None
        if folder.startswith(f"{_STORE}/"):
            return self._links.get(folder.removeprefix(f"{_STORE}/"))
        return self._projects.get(folder)


def _places(lockfile: Lockfile) -> dict[str, str]:
    """Return each package's entry in the store, as stores of others are called."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for key, package in lockfile.packages.items():
        if package.source is not SourceKind.WORKSPACE and package.version is not None:
            entry = f"{package.name.replace('/', '+')}@{package.version.replace('/', '+')}"
            counts[entry] = counts.get(entry, 0) + 1
            found[key] = entry if counts[entry] == 1 else f"{entry}_{counts[entry]}"
    return found


def _workspaces(lockfile: Lockfile) -> dict[str, str]:
    by_name = {each.name: each.path for each in lockfile.projects if each.name and each.path}
    return {
        key: by_name[package.name]
        for key, package in lockfile.packages.items()
        if package.source is SourceKind.WORKSPACE and package.name in by_name
    }


def _linked(edges: tuple[Edge, ...], roots: Mapping[str, str]) -> Mapping[str, str]:
    return {
        edge.name: roots[edge.target]
        for edge in edges
        if edge.target is not None and edge.target in roots
    }


def _slugs(package: LockedPackage) -> tuple[str, ...]:
    """Return how yarn calls a package in its cache: `@scope-name-npm-1.0.0`, the likelier first."""
    name = package.name.replace("/", "-")
    published = f"{name}-npm-{package.version}"
    return (f"{name}-patch", published) if package.is_patched else (published,)


def _by_slug(names: tuple[str, ...], grammar: re.Pattern[str]) -> Mapping[str, str]:
    matched = ((grammar.fullmatch(name), name) for name in names)
    return {match["slug"]: name for match, name in matched if match is not None}


def _first_modules(path: str) -> tuple[str, bool, str]:
    """Split a path at the `node_modules` that decides: in the store, the one within an entry."""
    start = len(_STORE) + 1 if path.startswith(f"{_STORE}/") else 0
    at = f"/{path}".find(f"/{_MODULES}/", start)
    if at < 0:
        return "", False, ""
    return path[: max(at - 1, 0)], True, path[at + len(_MODULES) + 1 :]


def _name_and_below(rest: str) -> tuple[str, str]:
    parts = rest.split("/")
    count = 2 if parts[0].startswith("@") else 1
    return "/".join(parts[:count]), "/".join(parts[count:])
