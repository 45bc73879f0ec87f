"""Which package manager a repository's root package names, as setup actions look for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.workflows.repository import PackageFile, Repository

_NAMED = re.compile(r"\^?(?P<name>[a-z]+)(?:@(?P<version>[^+\s]+).*)?")


def root_package(repository: Repository) -> PackageFile | None:
    """Return the package at the repository's root, if there is one."""
    return next((found for found in repository.packages if found.path == "package.json"), None)


def named_package_manager(repository: Repository, *, dev_engines: bool) -> str | None:
    """Return the name in `packageManager`, or where asked for first in `devEngines`."""
    package = root_package(repository)
    if package is None:
        return None
    if dev_engines:
        for name, _ in dev_engine(package, "packageManager"):
            return name
    match = None if package.package_manager is None else _NAMED.match(package.package_manager)
    return None if match is None else match["name"]


def named_package_manager_version(package: PackageFile, manager: str) -> str | None:
    """Return the version of `manager` that a package names, exact or a range."""
    match = None if package.package_manager is None else _NAMED.match(package.package_manager)
    if match is not None and match["name"] == manager and match["version"]:
        version: str = match["version"]
        return version
    for name, wanted in dev_engine(package, "packageManager"):
        if name == manager and wanted is not None:
            return wanted
    return None


def dev_engine(package: PackageFile, kind: str) -> tuple[tuple[str, str | None], ...]:
    """Return name and version of each `devEngines.KIND`, which may be one or a list."""
    entry = package.dev_engines.get(kind)
    entries = entry if isinstance(entry, (list, tuple)) else (entry,)
    found = []
    for each in entries:
        if isinstance(each, Mapping) and isinstance(name := each.get("name"), str):
            version = each.get("version")
            found.append((name, version if isinstance(version, str) else None))
    return tuple(found)
