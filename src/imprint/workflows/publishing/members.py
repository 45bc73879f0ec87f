"""Packages of a repository by folder, name and workspace. Not here: what a command publishes."""

from __future__ import annotations

import fnmatch
import posixpath
from typing import TYPE_CHECKING

from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.publications import Tools
from imprint.workflows.shell.state import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.repository import PackageFile, Repository

_MANAGERS = {
    "npm": Client.NPM,
    "pnpm": Client.PNPM,
    "yarn": Client.YARN,
    "bun": Client.BUN,
    "deno": Client.DENO,
}
_LOCKS = {
    "pnpm-lock.yaml": Client.PNPM,
    "pnpm-workspace.yaml": Client.PNPM,
    "yarn.lock": Client.YARN,
    ".yarnrc.yml": Client.YARN,
    "bun.lock": Client.BUN,
    "bun.lockb": Client.BUN,
}


def folder_of(path: str) -> str:
    """Return the folder of a file; empty for the repository's root."""
    return path.rpartition("/")[0]


def package_at(repository: Repository, folder: str | None) -> PackageFile | None:
    """Return the package whose `package.json` is in `folder`."""
    if folder is None:
        return None
    path = f"{folder}/package.json" if folder else "package.json"
    return next((package for package in repository.packages if package.path == path), None)


def nearest_package(repository: Repository, folder: str | None) -> PackageFile | None:
    """Return the package that a folder belongs to: of itself, or of the closest one above."""
    while folder is not None:
        found = package_at(repository, folder)
        if found is not None:
            return found
        folder = folder_of(folder) if folder else None
    return None


def members_of(repository: Repository) -> tuple[PackageFile, ...]:
    """Return the packages of all workspaces; where none is declared all but the root's."""
    patterns = list(_workspace_patterns(repository))
    if not patterns:
        return tuple(package for package in repository.packages if package.path != "package.json")
    return tuple(
        package for package in repository.packages if _is_member(folder_of(package.path), patterns)
    )


def public_packages(repository: Repository) -> tuple[PackageFile, ...]:
    """Return what tools that publish everything publish: packages with a name, not private."""
    root = package_at(repository, "")
    candidates = ([] if root is None else [root]) + [
        member for member in members_of(repository) if member is not root
    ]
    return tuple(each for each in candidates if each.name is not None and not each.private)


def selected_packages(
    repository: Repository, selectors: Iterable[str], folder: str = ""
) -> tuple[PackageFile, ...]:
    """Return the packages that `--filter`, `-w`, `--scope` or `yarn workspace` name.

    Names with `*`, folders with `./`, pnpm's `...name`, `name...`, `{folder}` and `!name`.
    """
    wanted = [selector for selector in selectors if not selector.startswith("!")]
    excluded = [selector[1:] for selector in selectors if selector.startswith("!")]
    return tuple(
        package
        for package in repository.packages
        if (not wanted or any(_is_selected(package, each, folder) for each in wanted))
        and not any(_is_selected(package, each, folder) for each in excluded)
        and (wanted or package.path != "package.json")
    )


def tools_of(repository: Repository, folder: str | None = "") -> Tools:
    """Return which package manager a repository uses, as its files say."""
    for package in (nearest_package(repository, folder), package_at(repository, "")):
        named = _named_manager(package)
        if named is not None:
            name, _, version = named.partition("@")
            manager = _MANAGERS.get(name, Client.NPM)
            is_classic = manager is Client.YARN and version.startswith(("0.", "1."))
            return Tools(manager=manager, yarn_is_classic=is_classic)
    for file, manager in _LOCKS.items():
        if file in repository.files:
            is_classic = manager is Client.YARN and ".yarnrc.yml" not in repository.files
            return Tools(manager=manager, yarn_is_classic=is_classic)
    return Tools(yarn_is_classic=".yarnrc.yml" not in repository.files)


def repository_folder(start: str | None, directory: str | None) -> str | None:
    """Return where a command runs, from the repository's root; None where not known.

    `start` is the folder its script starts in, `directory` where the script has gone from there.
    """
    if directory is None:
        return None
    if directory.startswith(WORKSPACE):
        return normal_folder(directory[len(WORKSPACE) :].lstrip("/"))
    if start is None or directory.startswith(("/", "~")):
        return None
    return normal_folder(posixpath.join(start, directory))


def normal_folder(folder: str) -> str | None:
    """Return a folder without `.` and `..`; None where it is outside or not known."""
    if "${{" in folder or "$" in folder:
        return None
    normal = posixpath.normpath(folder or ".").lstrip("/")
    if normal.startswith(".."):
        return None
    return "" if normal == "." else normal


def _named_manager(package: PackageFile | None) -> str | None:
    if package is None:
        return None
    if package.package_manager is not None:
        return package.package_manager
    entry = package.dev_engines.get("packageManager")
    entries = entry if isinstance(entry, (list, tuple)) else (entry,)
    for each in entries:
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            return f"{each['name']}@{str(each.get('version') or '').lstrip('^~>=v')}"
    return None


def _workspace_patterns(repository: Repository) -> Iterable[str]:
    for package in repository.packages:
        folder = folder_of(package.path)
        for pattern in package.workspaces:
            yield _placed(folder, pattern)
    for folder, patterns in repository.pnpm_workspaces.items():
        for pattern in patterns:
            yield _placed(folder, pattern)
    lerna = repository.texts.get("lerna.json")
    if lerna is not None and '"packages"' in lerna:
        yield "packages/*"


def _placed(folder: str, pattern: str) -> str:
    negative = pattern.startswith("!")
    whole = posixpath.normpath(posixpath.join(folder, pattern.lstrip("!").rstrip("/")))
    return f"!{whole}" if negative else whole


def _is_member(folder: str, patterns: list[str]) -> bool:
    positive = [pattern for pattern in patterns if not pattern.startswith("!")]
    negative = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return any(_matches(folder, each) for each in positive) and not any(
        _matches(folder, each) for each in negative
    )


def _matches(folder: str, pattern: str) -> bool:
    """Whether a folder is one of a glob's, `**` being any number of folders."""
    if pattern.endswith("/**"):
        return folder == pattern[:-3] or folder.startswith(pattern[:-3] + "/")
    if "**" in pattern:
        return fnmatch.fnmatchcase(folder, pattern.replace("**/", "*"))
    parts, wanted = folder.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(
        fnmatch.fnmatchcase(part, each) for part, each in zip(parts, wanted, strict=True)
    )


def _is_selected(package: PackageFile, selector: str, folder: str) -> bool:
    bare = selector.strip("\"'").removeprefix("...").removesuffix("...").strip("^")
    bare = bare.partition("[")[0] or bare
    if bare.startswith("{") and bare.endswith("}"):
        bare = "./" + bare[1:-1].removeprefix("./")
    own = folder_of(package.path)
    if bare.startswith(("./", "../", "/")) or ("/" in bare and not bare.startswith("@")):
        whole = normal_folder(posixpath.join(folder, bare))
        return whole is not None and (own == whole or _matches(own, whole))
    name = package.name or ""
    return fnmatch.fnmatchcase(name, bare) or name.rpartition("/")[2] == bare or own == bare
