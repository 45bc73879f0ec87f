"""The packages that are installed beside a lockfile: what of them the project's files load."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.model import LockfileFormat
from imprint.reachability.by_files import places_of_folders, reach_by_files, tarball_of
from imprint.reachability.edges import imports_by_content
from imprint.reachability.files import package_folder
from imprint.reachability.installed_edges import InstalledEdges, is_code
from imprint.reachability.loading import MOST_FILES, load
from imprint.reachability.resolution import Resolver
from imprint.reachability.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imprint.audit.project_uses import ProjectUses
    from imprint.npm.lockfiles.model import Lockfile
    from imprint.reachability.edges import EdgeCache
    from imprint.reachability.exposure import Reach
    from imprint.reachability.files import Files
    from imprint.reachability.imports import Imports
    from imprint.reachability.loading import Loading
    from imprint.reachability.locked import Locked
    from imprint.reachability.resolution import ResolutionSettings
    from imprint.reachability.uses import InstallScripts

_STORES = ("node_modules/.pnpm", "node_modules/.bun", "node_modules/.store")
"""Folders that hold packages apart, one folder each, with links between them."""
_STORED = re.compile(r"(?P<name>@?[^@]+)@(?:npm@)?(?P<version>[^_(+]+)")
_SHOWN = 3
"""Names that a note tells."""


class ReachedByFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What the files of installed packages came to."""

    reaches: Mapping[str, Reach]
    loading: Loading
    notes: tuple[str, ...]


class Installed:
    """A project's `node_modules`, looked at as far as it is asked for."""

    def __init__(
        self,
        files: Files,
        lockfile: Lockfile,
        locked: Locked,
        *,
        settings: ResolutionSettings,
        identity_of: Callable[[str], str | None] | None = None,
    ) -> None:
        """`identity_of` says what changes with a folder's files, where no integrity is locked."""
        self._identity_of = identity_of
        self._files = files
        self._format = lockfile.format
        self._locked = locked
        self._resolver = Resolver(files, settings=settings)

    @cached_property
    def is_there(self) -> bool:
        """Whether packages are installed: one that a project asks for is enough."""
        if not self._files.is_dir("node_modules"):
            return False
        packages = [self._locked.packages[key] for key in self._locked.direct_keys()]
        names = {each.alias or each.name for each in packages} or {
            each.alias or each.name for each in self._locked.packages.values()
        }
        return any(self._resolver.manifest(f"node_modules/{name}") for name in names)

    def has_install_script(self, key: str) -> bool | None:
        """Whether the package at a key has one, by its package.json; None: it is not there."""
        package = self._locked.packages[key]
        for folder in self._folders_of(key):
            manifest = self._resolver.manifest(folder)
            if manifest is not None and manifest.version == package.version:
                return manifest.has_install_script or self._files.is_file(f"{folder}/binding.gyp")
        return None

    def reach(
        self,
        used: ProjectUses,
        *,
        entries: Sequence[str],
        scripts: InstallScripts,
        cache: EdgeCache | None,
    ) -> ReachedByFiles:
        """Return how each package is reached from the project's files."""
        edges = InstalledEdges(self._files, integrity_of=self._tarball_of, cache=cache)
        started = entries or [path for path, role in used.roles.items() if role is Role.APPLICATION]
        loading = load(started, self._resolver, self._asker(used.imports, edges, cache))
        edges.keep()
        places = places_of_folders(
            loading.packages, self._locked, self._resolver, format_=self._format
        )
        reaches = reach_by_files(
            self._locked,
            loading,
            used.uses,
            places=places,
            scripts=scripts,
            missing=self._missing(),
        )
        return ReachedByFiles(
            reaches=reaches, loading=loading, notes=tuple(self._notes(loading, places))
        )

    def _asker(
        self, own: Mapping[str, Imports], edges: InstalledEdges, cache: EdgeCache | None
    ) -> Callable[[str], Imports | None]:
        def imports_at(path: str) -> Imports | None:
            folder = package_folder(path)
            if folder is not None:
                return edges.imports_at(path, folder)
            if path in own or not is_code(path):
                return own.get(path)
            # What git ignores is not listed, and loaded all the same: a workspace's output.
            source = self._files.read(path)
            return None if source is None else imports_by_content({path: source}, cache=cache)[path]

        return imports_at

    def _tarball_of(self, folder: str) -> str | None:
        if self._identity_of is not None:
            return self._identity_of(folder)
        return tarball_of(folder, self._locked, self._resolver, format_=self._format)

    def _missing(self) -> frozenset[str]:
        """Return the optional packages that are not there: of other platforms, or left out."""
        if self._format is not LockfileFormat.NPM:
            return frozenset()
        return frozenset(
            key
            for key, package in self._locked.packages.items()
            if package.is_optional and not self._files.is_dir(key)
        )

    def _notes(self, loading: Loading, places: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        if not loading.is_whole:
            yield f"more than {MOST_FILES} files are loaded: the rest was not looked at"
        strange = [folder for folder in loading.packages if not places.get(folder)]
        if strange:
            what = "package is" if len(strange) == 1 else "packages are"
            yield (
                f"{len(strange)} loaded {what} installed as the lockfile does not have it: "
                f"{_some(strange)}"
            )
        if loading.unresolved:
            names = [each.specifier for each in loading.unresolved]
            what = "import leads" if len(names) == 1 else "imports lead"
            yield f"{len(names)} {what} to no file: {_some(names)}"

    def _folders_of(self, key: str) -> Iterator[str]:
        package = self._locked.packages[key]
        if self._format is LockfileFormat.NPM:
            yield key
            return
        yield f"node_modules/{package.alias or package.name}"
        yield from self._stored.get((package.name, package.version or ""), ())

    @cached_property
    def _stored(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The folders in a store, by name and version as the store's own folders are called."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for store in _STORES:
            for entry in self._files.names(store):
                named = _STORED.match(entry)
                if named is not None:
                    name = named["name"].replace("+", "/")
                    folder = f"{store}/{entry}/node_modules/{name}"
                    found.setdefault((name, named["version"]), (folder,))
        return found


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name[:80]}`" for name in dict.fromkeys(names[:_SHOWN]))
    return shown if len(names) <= _SHOWN else f"{shown}, …"
