"""Loading: from the project's files through installed packages, file by file, each once.

What is walked is the graph of files; what comes out is the packages that it touches, each with the
first way there. What a file asks for is read from a cache where its tarball was seen before.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.graph import MOST_STEPS
from imprint.reachability.files import package_folder
from imprint.reachability.imports import PATTERNS, ImportKind
from imprint.reachability.resolution import Miss, Resolved, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imprint.reachability.imports import Import, Imports
    from imprint.reachability.locked import Proof

MOST_FILES = 200_000
"""That are loaded, the project's own too."""
MOST_UNRESOLVED = 1_000
"""That are kept, to be told."""


class LoadedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """An installed package of which a file is loaded."""

    folder: str
    proof: Proof
    """`src/a.ts:3`, then the names of packages, this one last."""
    may_load_anything: bool
    """It, or one on the way to it, loads what it computes."""


class Unresolved(msgspec.Struct, frozen=True, kw_only=True):
    """A name that leads to no file."""

    importer: str
    specifier: str
    line: int
    why: Miss


class Loading(msgspec.Struct, kw_only=True):
    """What a walk came to."""

    packages: dict[str, LoadedPackage] = msgspec.field(default_factory=dict)
    """By their folder."""
    files: set[str] = msgspec.field(default_factory=set)
    unresolved: list[Unresolved] = msgspec.field(default_factory=list)
    """Of the project's own files: what packages try and do without is no matter."""
    unresolved_count: int = 0
    """In packages, too."""
    computes: bool = False
    """Something that is loaded loads what it computes."""
    is_whole: bool = True
    """False: there was more than MOST_FILES."""


def load(
    entries: Iterable[str], resolver: Resolver, imports_at: Callable[[str], Imports | None]
) -> Loading:
    """Return what is loaded from `entries` (paths without links) on.

    `imports_at` returns what a file asks for; None for what is no code (JSON, addons, styles).
    """
    walk = _Walk(resolver, imports_at)
    for entry in dict.fromkeys(entries):
        walk.add(entry)
    walk.run()
    return walk.finished()


class _Walk:
    """One walk. Packages are kept in the order of their distance from the project."""

    def __init__(self, resolver: Resolver, imports_at: Callable[[str], Imports | None]) -> None:
        self.resolver = resolver
        self.imports_at = imports_at
        self.loading = Loading()
        self.proofs: dict[str, Proof] = {}
        self.parents: dict[str, str | None] = {}
        """The package that first loads another; None: the project itself."""
        self.computing: set[str | None] = set()
        self.waiting: deque[str] = deque()

    def add(self, path: str) -> None:
        """Load a file, if it is not loaded yet."""
        loading = self.loading
        if path in loading.files:
            return
        if len(loading.files) >= MOST_FILES:
            loading.is_whole = False
            return
        loading.files.add(path)
        self.waiting.append(path)

    def run(self) -> None:
        """Load what files ask for, until there is nothing new."""
        while self.waiting:
            path = self.waiting.popleft()
            imports = self.imports_at(path)
            if imports is None:
                continue
            owner = package_folder(path)
            if imports.may_load_anything:
                self.computing.add(owner)
            for each in imports.specifiers:
                self._follow(each, path, owner)

    def _follow(self, each: Import, path: str, owner: str | None) -> None:
        origin = f"{path}:{each.line}"
        if each.kind in PATTERNS:
            expanded = self.resolver.expand(each.specifier, path)
            if expanded is None:
                self.computing.add(owner)
            for target in expanded or ():
                self._load(target, owner, origin=origin)
            return
        if each.kind is ImportKind.PLUGIN:
            return  # run where styles are made, by a tool
        found = self.resolver.resolve(each.specifier, path, each.kind)
        if isinstance(found, Resolved):
            self._load(found.path, owner, origin=origin)
        elif found.why in _LACKING and each.kind is not ImportKind.STYLE_URL:
            self.loading.unresolved_count += 1
            if owner is None and len(self.loading.unresolved) < MOST_UNRESOLVED:
                self.loading.unresolved.append(
                    Unresolved(
                        importer=path, specifier=each.specifier, line=each.line, why=found.why
                    )
                )

    def _load(self, path: str, owner: str | None, *, origin: str) -> None:
        folder = package_folder(path)
        if folder is not None and folder not in self.proofs:
            before = (origin,) if owner is None else self.proofs[owner]
            self.proofs[folder] = (*before[: MOST_STEPS - 1], self._name(folder))
            self.parents[folder] = owner
        self.add(path)

    def _name(self, folder: str) -> str:
        manifest = self.resolver.manifest(folder)
        named = manifest.name if manifest is not None else None
        return named or folder.rpartition("node_modules/")[2]

    def finished(self) -> Loading:
        """Return the walk's outcome."""
        anything: dict[str | None, bool] = {None: None in self.computing}
        for folder, proof in self.proofs.items():
            # A parent stands before its children.
            computes = folder in self.computing or anything[self.parents[folder]]
            anything[folder] = computes
            self.loading.packages[folder] = LoadedPackage(
                folder=folder, proof=proof, may_load_anything=computes
            )
        self.loading.computes = bool(self.computing)
        return self.loading


_LACKING = frozenset({Miss.NOT_FOUND, Miss.NOT_EXPORTED})
