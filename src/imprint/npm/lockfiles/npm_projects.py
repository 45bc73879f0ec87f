"""The projects of npm's lockfile: its root and the workspaces. Not here: linked folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.folders import name_of
from imprint.npm.lockfiles.model import Project
from imprint.npm.lockfiles.workspaces import WorkspacePatterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.npm_edges import EdgeReader
    from imprint.npm.lockfiles.npm_place import Place


def projects_of(
    entries: Mapping[str, Place],
    links: Mapping[str, str],
    reader: EdgeReader,
) -> tuple[Project, ...]:
    """Return the projects, the root first.

    A folder that the root does not name as a workspace is one too where nothing links to it.
    """
    root = entries.get("")
    patterns = WorkspacePatterns.parse(None if root is None else root.workspaces)
    linked = frozenset(links.values())
    paths = [
        key
        for key in entries
        if key and "node_modules/" not in key and (key not in linked or patterns.match(key))
    ]
    names = {target: name_of(key) for key, target in links.items()}
    return tuple(
        Project(
            path=path,
            # npm leaves a name out that is the folder's own.
            name=(entries[path].name if path in entries else None) or names.get(path),
            edges=reader.edges(path),
        )
        for path in ["", *paths]
    )
