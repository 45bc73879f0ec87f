"""The versions of a lockfile that are audited: each name@version once for each origin of its bytes.

A bundled copy is another thing than the registry's tarball of the same name and version: its bytes
come in the tarball of the package that carries it, whose evidence it has (facts: consumers §6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.model import SourceKind

if TYPE_CHECKING:
    from imprint.npm.lockfiles.model import LockedPackage, Lockfile

UNVERSIONED = "unversioned"
"""Stands for the version of what has none in the lockfile: git, folders."""


class LockedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One name@version, by where its bytes come from."""

    name: str
    version: str
    source: SourceKind
    places: tuple[LockedPackage, ...]
    """In the file's order."""
    carrier: LockedPackage | None = None
    """The package in whose tarball it comes; it is not bundled itself."""

    @property
    def first(self) -> LockedPackage:
        """Its first place."""
        return self.places[0]

    @property
    def integrity(self) -> str | None:
        """SRI text; of several places the first that has one."""
        return next((one.integrity for one in self.places if one.integrity), None)

    @property
    def comes_from_registry(self) -> bool:
        """Whether a registry's tarball brings it: its own, or that of what carries it."""
        return (self.carrier or self.first).source is SourceKind.REGISTRY


def versions_of(lockfile: Lockfile) -> tuple[LockedVersion, ...]:
    """Return the versions of a lockfile, in the file's order; workspaces are none of it.

    Two places of one name@version with another integrity are two versions: one of them is not what
    the registry has.
    """
    groups: dict[tuple[str, ...], list[LockedPackage]] = {}
    carriers: dict[tuple[str, ...], LockedPackage | None] = {}
    for package in lockfile.packages.values():
        if package.source is SourceKind.WORKSPACE:
            continue
        carrier = _carrier_of(package, lockfile)
        key = (
            package.name,
            _version_of(package),
            package.source,
            package.integrity or "" if carrier is None else carrier.key,
        )
        groups.setdefault(key, []).append(package)
        carriers[key] = carrier
    return tuple(
        LockedVersion(
            name=places[0].name,
            version=_version_of(places[0]),
            source=places[0].source,
            places=tuple(places),
            carrier=carriers[key],
        )
        for key, places in groups.items()
    )


def _version_of(package: LockedPackage) -> str:
    return package.version or UNVERSIONED


def _carrier_of(package: LockedPackage, lockfile: Lockfile) -> LockedPackage | None:
    """Return the package whose tarball brings `package`: the first above it that is not bundled."""
    seen: set[str] = set()
    found = package
    while found.bundled_in is not None:
        parent = lockfile.packages.get(found.bundled_in)
        if parent is None or parent.key in seen:
            return None if found is package else found
        seen.add(parent.key)
        found = parent
    return None if found is package else found
