"""Files that say which tool runs: `.nvmrc`, `.tool-versions`, mise.toml, package.json.

Source: `getNodeVersionFromFile` of actions/setup-node; the tools' own references
(facts/workflows.md §2.3).
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from imprint.workflows.effects.package_managers import (
    dev_engine,
    named_package_manager_version,
    root_package,
)
from imprint.workflows.sources import Span

if TYPE_CHECKING:
    from imprint.workflows.repository import PackageFile, Repository

_MISE_FILES = (
    "mise.toml",
    ".mise.toml",
    "mise/config.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
)
_NODE_LINE = re.compile(r"^(?:node(?:js)?\s+)?v?(?P<version>[^\s#]+)", re.MULTILINE)
_LARGEST_FILE = 256 * 1024
Named = tuple[str, Span]
"""A version as written, and where."""


def node_in_file(repository: Repository, path: str) -> Named | None:
    """Return the Node version that a `node-version-file` names; None where it cannot be told."""
    inside = posixpath.normpath(path.removeprefix("./").strip())
    text = repository.texts.get(inside)
    if text is None or len(text) > _LARGEST_FILE:
        return None
    name = posixpath.basename(inside)
    if name == "package.json" or name.endswith(".json"):
        found = node_in_package(repository, inside)
    elif name.endswith(".toml"):
        found = _mise_version(text, "node")
    elif name == ".tool-versions":
        found = _tool_version(text, "nodejs") or _tool_version(text, "node")
    else:
        match = _NODE_LINE.search(text)
        found = None if match is None else match["version"]
    return None if found is None else (found, _whole(inside, text))


def node_in_package(repository: Repository, path: str, *, seen: int = 0) -> str | None:
    """Return the Node version of a package.json, in setup-node's order."""
    package = next((found for found in repository.packages if found.path == path), None)
    if package is None:
        return None
    if "node" in package.volta:
        return package.volta["node"]
    for name, version in dev_engine(package, "runtime"):
        if name == "node" and version is not None:
            return version
    if "node" in package.engines:
        return package.engines["node"]
    extends = package.volta.get("extends")
    deepest = 5
    if extends is None or seen == deepest:
        return None
    other = posixpath.normpath(posixpath.join(posixpath.dirname(path), extends))
    return node_in_package(repository, other, seen=seen + 1)


def tool_of_mise(repository: Repository, tool: str, *, folder: str = "") -> Named | None:
    """Return what mise or asdf would install: mise.toml first, then `.tool-versions`."""
    for name in _MISE_FILES:
        path = posixpath.join(folder, name)
        text = repository.texts.get(path)
        if text is not None and (version := _mise_version(text, tool)) is not None:
            return version, _whole(path, text)
    path = posixpath.join(folder, ".tool-versions")
    text = repository.texts.get(path)
    names = ("nodejs", "node") if tool == "node" else (tool,)
    for name in names:
        version = None if text is None else _tool_version(text, name)
        if text is not None and version is not None:
            return version, _whole(path, text)
    return None


def manager_in_package(repository: Repository, manager: str) -> Named | None:
    """Return the version of a package manager that the root package names."""
    package = root_package(repository)
    version = None if package is None else named_package_manager_version(package, manager)
    return None if package is None or version is None else (version, package.span)


def volta_tool(package: PackageFile, tool: str) -> Named | None:
    """Return the version of a tool that a package pins for Volta."""
    version = package.volta.get(tool)
    return None if version is None else (version, package.span)


def _mise_version(text: str, tool: str) -> str | None:
    if len(text) > _LARGEST_FILE:
        return None
    try:
        tools: object = tomllib.loads(text).get("tools")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    if not isinstance(tools, Mapping):
        return None
    wanted: object = tools.get(tool, tools.get("nodejs") if tool == "node" else None)
    if isinstance(wanted, list) and wanted:
        wanted = wanted[0]
    if isinstance(wanted, Mapping):
        wanted = wanted.get("version")
    return wanted if isinstance(wanted, str) else None


def _tool_version(text: str, tool: str) -> str | None:
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) > 1 and words[0] == tool:
            return words[1]
    return None


def _whole(path: str, text: str) -> Span:
    return Span(path=path, start=0, end=len(text), line=1, column=1)
