"""Lockfile: what an install would install, as one graph for every format."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class LockfileFormat(StrEnum):
    """Whose lockfile it is."""

    NPM = "npm"
    """package-lock.json and npm-shrinkwrap.json, lockfileVersion 1, 2 and 3."""
    PNPM = "pnpm"
    YARN = "yarn"
    """yarn 1."""
    YARN_BERRY = "yarn-berry"
    BUN = "bun"
    LIST = "list"
    """No lockfile: names and versions that somebody else resolved."""


class SourceKind(StrEnum):
    """Where a package's bytes come from."""

    REGISTRY = "registry"
    TARBALL = "tarball"
    """An address outside any registry (http dependency)."""
    GIT = "git"
    FILE = "file"
    """A folder or tarball of this machine."""
    WORKSPACE = "workspace"
    """A project of the lockfile itself, or a link to one."""


class EdgeKind(StrEnum):
    """In which of a package.json's tables a dependency stands."""

    PROD = "prod"
    DEV = "dev"
    OPTIONAL = "optional"
    PEER = "peer"


class Edge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One package or project needs another.

    A Struct, as LockedPackage is: there are thousands, and dataclasses take ten times as long to
    make. For one with other values there is `msgspec.structs.replace`.
    """

    name: str
    """As package.json names it: an alias where it is one."""
    kind: EdgeKind
    target: str | None
    """The key of the package; None: not installed (optional, peer), or not in the lockfile."""
    range: str | None = None
    """As package.json has it, where the lockfile repeats it."""
    may_miss: bool = False
    """An optional peer (`peerDependenciesMeta`): nothing installs it for this edge's sake."""


class LockedPackage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One place of a package in the graph. The same name@version may have several places."""

    key: str
    """Unique in its lockfile, in the format's own spelling: `node_modules/a/node_modules/b` (npm),
    `a@1.0.0(peer@2.0.0)` (pnpm), the descriptors (yarn), `a/b` (bun)."""
    name: str
    """The package's own name, as its registry has it."""
    alias: str | None = None
    """The name that it is installed by, where that is another."""
    version: str | None
    """None: the lockfile does not say (git, folders)."""
    source: SourceKind
    resolved: str | None = None
    """The address, as the lockfile has it."""
    integrity: str | None = None
    """SRI text of the tarball; None where the lockfile has none, or one of something else (yarn
    berry's checksum is of its own zip)."""
    archive_checksum: str | None = None
    """What yarn berry's lockfile says of that zip: `10c0/` and a sha512 in hex, as it stands."""
    line: int
    """Where it stands in the lockfile, from 1."""
    is_dev: bool = False
    """Only development needs it: no project reaches it but by a `dev` edge."""
    is_optional: bool = False
    """No project reaches it but by an `optional` edge."""
    bundled_in: str | None = None
    """The key of the package in whose tarball its bytes come (`inBundle`, bundleDependencies)."""
    has_install_script: bool | None = None
    """None: the lockfile does not say."""
    commands: tuple[str, ...] = ()
    """What it can be run by (`bin`), as far as the lockfile says (npm 7 and later, berry, bun)."""
    is_patched: bool = False
    """The project changes it after it is unpacked (yarn's `patch:`, pnpm, bun)."""
    edges: tuple[Edge, ...] = ()


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The root, or a workspace: what the lockfile is for."""

    path: str
    """Below the lockfile's folder, `/` between segments; empty: the root."""
    name: str | None
    edges: tuple[Edge, ...]


class Lockfile(msgspec.Struct, frozen=True, kw_only=True):
    """A lockfile, read. Iteration is in the file's order."""

    format: LockfileFormat
    version: str
    """As the file says: `3`, `9.0`, `1`, `10`, `2`."""
    packages: Mapping[str, LockedPackage]
    """By key. Workspaces are projects, not packages; what leads to one (a link in `node_modules`,
    `link:`) is a package of source `workspace`, with the project's own edges but the dev ones."""
    projects: tuple[Project, ...]
    """The root first."""
    overrides: Mapping[str, str] = msgspec.field(default_factory=dict)
    """As the lockfile tells them (pnpm, bun): selector to version."""
    notes: tuple[str, ...] = ()
    """What of the file could not be taken in, one line each: told, and counted as unchecked."""

    def registry_packages(self) -> Iterator[LockedPackage]:
        """Yield the places whose bytes a registry's tarball of their own brings."""
        for package in self.packages.values():
            if package.source is SourceKind.REGISTRY and package.bundled_in is None:
                yield package
