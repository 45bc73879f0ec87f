"""The projects of npm's lockfile: its root and the workspaces. Not here: linked folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.model import Project
from imprint.npm.lockfiles.json_document import text_member
from imprint.npm.lockfiles.workspaces import WorkspacePatterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.npm_edges import EdgeReader
    from imprint.npm.strict_json import JsonObject


def projects_of(
    entries: Mapping[str, JsonObject],
    lines: Mapping[str, int],
    links: Mapping[str, str],
    reader: EdgeReader,
) -> tuple[Project, ...]:
    """Return the projects, the root first. Raises Malformed (`malformed-lockfile`).

    A folder that the root does not name as a workspace is one too where nothing links to it.
    """
    root = entries.get("", {})
    patterns = WorkspacePatterns.parse(root.get("workspaces"))
    linked = frozenset(links.values())
    paths = [
        key
        for key in entries
        if key and "node_modules/" not in key and (key not in linked or patterns.match(key))
    ]
    return tuple(
        Project(
            path=path,
            name=text_member(entries[path], "name", lines[path]) if path in entries else None,
            edges=reader.edges(path),
        )
        for path in ["", *paths]
    )
