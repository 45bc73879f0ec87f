"""Which file a specifier means, by Node's rules: ES modules' and CommonJS's alike.

Where the two differ (endings, folders), what either would find counts: tools and bundlers accept
both in both. Total and bounded: what cannot be found is `Missed`, with the reason.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.browser_map import replacement_of
from imprint.reachability.exports import exported, imported
from imprint.reachability.files import joined, package_folder, parent_of
from imprint.reachability.imports import JSX_RUNTIME, ImportKind
from imprint.reachability.manifests import InstalledManifest, read_installed
from imprint.reachability.patterns import Budget, files_by_pattern, fixed_folder, matches
from imprint.reachability.specifiers import PackageSpecifier, is_builtin, package_of
from imprint.reachability.style_names import style_files
from imprint.reachability.tsconfig import NAMES, PathAliases, aliases_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.reachability.files import Files

LONGEST_PATH = 4_096
_DEEPEST = 8
"""Names that lead to another name: `imports`, `browser`, `main` of a folder."""
_INSTALLED_ENDINGS = (
    ".js",
    ".json",
    ".node",
    ".mjs",
    ".cjs",
    ".jsx",
    ".ts",
    ".tsx",
    ".mts",
    ".cts",
)
_OWN_ENDINGS = (
    *(".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".node"),
    *(".vue", ".svelte", ".astro"),
)
_WRITTEN_AS = {
    ".js": (".ts", ".tsx", ".jsx"),
    ".jsx": (".tsx",),
    ".mjs": (".mts",),
    ".cjs": (".cts",),
}
"""What TypeScript's sources are called that are imported by the name of their output."""
_IMPORTS = frozenset(
    {
        *(ImportKind.IMPORT, ImportKind.DYNAMIC, ImportKind.META_RESOLVE),
        *(ImportKind.IMPORT_PATTERN, ImportKind.JSX),
    }
)
_STYLES = frozenset({ImportKind.STYLE, ImportKind.STYLE_URL})
_NO_ALIASES = PathAliases()
_NO_MANIFEST = InstalledManifest()


class Miss(StrEnum):
    """Why a specifier leads to no file."""

    BUILTIN = "builtin"
    """It is Node's own."""
    ADDRESS = "address"
    """`https:`, `data:`, `virtual:`: of no package."""
    DISABLED = "disabled"
    """`browser` says that it is left out."""
    UNSAID = "unsaid"
    """No settings say what elements are made by."""
    NOT_EXPORTED = "not-exported"
    NOT_FOUND = "not-found"


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """A file, by its path without links."""

    path: str


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """No file."""

    why: Miss


Resolution = Resolved | Missed


class ResolutionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform asks of packages."""

    conditions: frozenset[str] = frozenset({"node", "module-sync"})
    """Besides `default`, and `import` or `require` by the statement."""
    entries: tuple[str, ...] = ("main", "module")
    """Members of package.json that name the first file, where there are no `exports`."""

    @property
    def is_browser(self) -> bool:
        """Whether `browser` maps hold."""
        return "browser" in self.conditions


class Resolver:
    """Resolution in one folder; each package.json and tsconfig.json is read once."""

    def __init__(self, files: Files, *, settings: ResolutionSettings | None = None) -> None:
        self._files = files
        self._settings = settings or ResolutionSettings()
        self._manifests: dict[str, InstalledManifest | None] = {}
        self._aliases: dict[str, PathAliases] = {}
        self._known: dict[tuple[str, str, ImportKind], Resolution] = {}
        self._budget = Budget()
        self._conditions = {
            kind: self._settings.conditions | {"import" if kind in _IMPORTS else "require"}
            for kind in ImportKind
        }

    def resolve(self, specifier: str, importer: str, kind: ImportKind) -> Resolution:
        """Return the file that `specifier` means in the file `importer` (a path without links)."""
        # Files of one folder mean the same by a name, and ask for the same ones again and again.
        asked = (parent_of(importer), specifier, kind)
        found = self._known.get(asked)
        if found is None:
            found = self._known[asked] = self._resolved(specifier, importer, kind)
        return found

    def _resolved(self, specifier: str, importer: str, kind: ImportKind) -> Resolution:
        if kind in _STYLES:
            return self._style(specifier[:LONGEST_PATH], parent_of(importer))
        if kind is ImportKind.JSX:
            source = self.jsx_source(importer)
            if source is None:
                return Missed(why=Miss.UNSAID)
            specifier = f"{source}/{JSX_RUNTIME}"
        if kind is ImportKind.URL and package_of(specifier) is not None:
            specifier = f"./{specifier}"
        return self._resolve(specifier, importer, kind, _DEEPEST)

    def expand(self, patterns: str, importer: str) -> tuple[str, ...] | None:
        """Return the files that patterns, one a line, mean in `importer`; None: nobody can say.

        Those that begin with `!` take files out. None, too, where there are too many to look at.
        """
        folder = parent_of(importer)
        lines = patterns.split("\n")
        wanted = [self._based(each, folder) for each in lines if not each.startswith("!")]
        less = [self._based(each[1:], folder) for each in lines if each.startswith("!")]
        known = [one for each in wanted for one in each]
        unwanted = [one for each in less for one in each]
        found = [
            path
            for pattern in known
            for path in files_by_pattern(self._files, pattern, budget=self._budget)
            if self._budget.takes(len(unwanted)) and not any(matches(n, path) for n in unwanted)
        ]
        if not all(wanted) or self._budget.left <= 0:
            return None
        real = (self._files.real(path) for path in dict.fromkeys(found))
        return tuple(path for path in real if path is not None)

    def jsx_source(self, importer: str) -> str | None:
        """Return the package that makes elements in a file, by the settings of its folder."""
        if package_folder(importer) is not None:
            return None
        return self._aliases_at(parent_of(importer)).jsx_source

    def manifest(self, folder: str) -> InstalledManifest | None:
        """Return the package.json of a folder; None where there is none that can be read."""
        if folder not in self._manifests:
            path = f"{folder}/package.json" if folder else "package.json"
            raw = self._files.read(path) if self._files.is_file(path) else None
            self._manifests[folder] = None if raw is None else read_installed(raw)
        return self._manifests[folder]

    def _resolve(self, specifier: str, importer: str, kind: ImportKind, depth: int) -> Resolution:
        if not specifier or "\0" in specifier or len(specifier) > LONGEST_PATH or not depth:
            return Missed(why=Miss.NOT_FOUND)
        folder = parent_of(importer)
        if self._settings.is_browser and (other := self._replaced(specifier, folder)) is not None:
            if other is False:
                return Missed(why=Miss.DISABLED)
            if other != specifier:
                return self._resolve(str(other), importer, kind, depth - 1)
        if is_builtin(specifier):
            return Missed(why=Miss.BUILTIN)
        if specifier.startswith("#"):
            return self._internal(specifier, importer, kind, depth)
        if specifier in {".", ".."} or specifier.startswith(("./", "../")):
            target = joined(folder, specifier)
            return self._at(target, is_folder=specifier.endswith(("/", "/.", "/..", "..")))
        package = package_of(specifier)
        if package_folder(importer) is None and (found := self._aliased(specifier, folder)):
            return found
        if package is None:
            return Missed(why=Miss.ADDRESS if ":" in specifier else Miss.NOT_FOUND)
        return self._package(package, folder, kind)

    # --- packages ---------------------------------------------------------------------------

    def _package(self, package: PackageSpecifier, folder: str, kind: ImportKind) -> Resolution:
        own = self._scope(folder)
        if own is not None:
            manifest = self.manifest(own) or _NO_MANIFEST
            if manifest.name == package.name and manifest.exports is not None:
                return self._exported(own, manifest, package.subpath, kind)
        missed = Missed(why=Miss.NOT_FOUND)
        for modules in _module_folders(folder):
            if not self._files.is_dir(modules):
                continue
            place = self._files.real(f"{modules}/{package.name}")
            if place is None or not self._files.is_dir(place):
                continue
            found = self._inside(place, package.subpath, kind)
            if isinstance(found, Resolved):
                return found
            missed = found
            if found.why is not Miss.NOT_FOUND:
                break  # what is not exported is looked for nowhere else
        return missed

    def _inside(self, place: str, subpath: str, kind: ImportKind) -> Resolution:
        manifest = self.manifest(place) or _NO_MANIFEST
        if manifest.exports is not None:
            return self._exported(place, manifest, subpath, kind)
        if subpath == ".":
            return self._folder(place, _DEEPEST)
        return self._at(joined(place, subpath), is_folder=subpath.endswith("/"))

    def _exported(
        self, place: str, manifest: InstalledManifest, subpath: str, kind: ImportKind
    ) -> Resolution:
        target = exported(manifest.exports, subpath, self._conditions[kind])
        if target is None:
            return Missed(why=Miss.NOT_EXPORTED)
        return self._at(joined(place, target), is_folder=False)

    def _internal(self, specifier: str, importer: str, kind: ImportKind, depth: int) -> Resolution:
        scope = self._scope(parent_of(importer))
        manifest = (self.manifest(scope) if scope is not None else None) or _NO_MANIFEST
        target = imported(manifest.imports, specifier, self._conditions[kind])
        if target is None or scope is None:
            return self._aliased(specifier, parent_of(importer)) or Missed(why=Miss.NOT_EXPORTED)
        if target.startswith("./"):
            return self._at(joined(scope, target), is_folder=False)
        beside = f"{scope}/package.json" if scope else "package.json"
        return self._resolve(target, beside, kind, depth - 1)

    def _scope(self, folder: str) -> str | None:
        """Return the nearest folder upwards with a package.json, not above `node_modules`."""
        while True:
            if folder.endswith("node_modules"):
                return None
            if self.manifest(folder) is not None:
                return folder
            if not folder:
                return None
            folder = parent_of(folder)

    # --- patterns and styles ----------------------------------------------------------------

    def _based(self, pattern: str, folder: str) -> tuple[str, ...]:
        """Return a pattern as ones from the root; nothing where no folder of it is known."""
        if pattern.startswith("/"):
            scope = self._scope(folder)
            whole = None if scope is None else joined(scope, f".{pattern}")
        elif pattern.startswith(("./", "../")):
            whole = joined(folder, pattern)
        else:
            aliased = self._aliases_at(folder).targets(pattern)
            found = [each for each in aliased if self._files.is_dir(fixed_folder(each))]
            package = package_of(pattern)
            if found or package is None:
                return tuple(found)
            place = self._place(package.name, folder)
            whole = None if place is None else joined(place, package.subpath)
        return () if whole is None else (whole,)

    def _place(self, name: str, folder: str) -> str | None:
        for modules in _module_folders(folder):
            place = self._files.real(f"{modules}/{name}")
            if place is not None and self._files.is_dir(place):
                return place
        return None

    def _style(self, name: str, folder: str) -> Resolution:
        def placed(package: str) -> tuple[str, InstalledManifest] | None:
            place = self._place(package, folder)
            return None if place is None else (place, self.manifest(place) or _NO_MANIFEST)

        aliases = self._aliases_at(folder)
        found = style_files(name, folder, aliased=aliases.targets, placed=placed)
        if found is None:
            return Missed(why=Miss.ADDRESS)
        path = next((each for each in found if self._files.is_file(each)), None)
        return Missed(why=Miss.NOT_FOUND) if path is None else self._real(path)

    # --- files and folders ------------------------------------------------------------------

    def _at(self, path: str | None, *, is_folder: bool) -> Resolution:
        if path is None:
            return Missed(why=Miss.NOT_FOUND)
        found = None if is_folder else self._file(path)
        if found is None and "?" in path and not is_folder:
            # Bundlers' way to say how: `./logo.svg?url`.
            found = self._file(path.partition("?")[0])
        return self._real(found) if found is not None else self._folder(path, _DEEPEST)

    def _file(self, path: str) -> str | None:
        files = self._files
        if files.is_file(path):
            return path
        is_own = package_folder(path) is None
        for ending in _OWN_ENDINGS if is_own else _INSTALLED_ENDINGS:
            if files.is_file(path + ending):
                return path + ending
        stem, dot, last = path.rpartition(".")
        for ending in _WRITTEN_AS.get(dot + last, ()):
            if files.is_file(stem + ending):
                return stem + ending
        return None

    def _folder(self, path: str, depth: int) -> Resolution:
        if not depth or not self._files.is_dir(path):
            return Missed(why=Miss.NOT_FOUND)
        manifest = self.manifest(path) or _NO_MANIFEST
        for name in self._entry_names():
            entry = joined(path, manifest.entries.get(name, ""))
            if entry is None or entry == path:
                continue
            found = self._file(entry) or self._file(f"{entry}/index")
            if found is not None:
                return self._real(found)
        index = self._file(f"{path}/index" if path else "index")
        return Missed(why=Miss.NOT_FOUND) if index is None else self._real(index)

    def _entry_names(self) -> tuple[str, ...]:
        browser = ("browser",) if self._settings.is_browser else ()
        return (*browser, *self._settings.entries)

    def _real(self, path: str) -> Resolution:
        found = self._files.real(path)
        return Missed(why=Miss.NOT_FOUND) if found is None else Resolved(path=found)

    # --- other names ------------------------------------------------------------------------

    def _replaced(self, specifier: str, folder: str) -> str | bool | None:
        """Return what the package's `browser` map has for a name; None: nothing."""
        scope = self._scope(folder)
        replacements = (
            (self.manifest(scope) if scope is not None else None) or _NO_MANIFEST
        ).browser
        if not replacements or scope is None:
            return None
        return replacement_of(specifier, folder, scope=scope, replacements=replacements)

    def _aliased(self, specifier: str, folder: str) -> Resolved | None:
        for target in self._aliases_at(folder).targets(specifier):
            path = joined("", target)
            found = self._at(path, is_folder=False) if path else None
            if isinstance(found, Resolved):
                return found
        return None

    def _aliases_at(self, folder: str) -> PathAliases:
        """Return what the nearest settings upwards say."""
        if folder not in self._aliases:
            paths = (f"{folder}/{name}" if folder else name for name in NAMES)
            path = next((each for each in paths if self._files.is_file(each)), None)
            if path is not None:
                self._aliases[folder] = aliases_of(self._files, path)
            elif folder:
                self._aliases[folder] = self._aliases_at(parent_of(folder))
            else:
                self._aliases[folder] = _NO_ALIASES
        return self._aliases[folder]


def _module_folders(folder: str) -> Iterator[str]:
    """Yield the `node_modules` that are searched from a folder, the nearest first."""
    while True:
        if not folder.endswith("node_modules"):
            yield f"{folder}/node_modules" if folder else "node_modules"
        if not folder:
            return
        folder = parent_of(folder)
