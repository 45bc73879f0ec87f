"""The package.json files of a project and its workspaces, on the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.manifest_projects import MANIFEST, manifest_of
from imprint.npm.lockfiles.workspaces import WorkspacePatterns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imprint.npm.lockfiles.model import Lockfile

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_MANIFESTS = 5_000
_MAX_FOLDERS = 50_000
_DEEPEST = 64
_PRUNED = frozenset({"node_modules", ".git", ".yarn", ".pnpm-store"})


def manifests_of_folder(folder: Path) -> dict[str, bytes]:
    """Return the root's and the workspaces' that it names, by path below the folder.

    Raises Malformed (`malformed-manifest`).
    """
    root = _manifest(folder, MANIFEST)
    if root is None:
        return {}
    found = {MANIFEST: root}
    patterns = workspace_patterns(root)
    if patterns.patterns:
        for path in _folders(folder):
            if patterns.match(path) and len(found) < MAX_MANIFESTS:
                raw = _manifest(folder, f"{path}/{MANIFEST}")
                if raw is not None:
                    found[f"{path}/{MANIFEST}"] = raw
    return found


def manifests_of_projects(folder: Path, lockfile: Lockfile) -> dict[str, bytes]:
    """Return those of the projects that a lockfile names, but for what is outside the folder."""
    found: dict[str, bytes] = {}
    for project in lockfile.projects[:MAX_MANIFESTS]:
        segments = project.path.split("/") if project.path else []
        if ".." in segments or project.path.startswith("/") or ":" in project.path:
            continue  # a lockfile may say anything: only what lies below it is read
        path = "/".join([*segments, MANIFEST])
        raw = _manifest(folder, path)
        if raw is not None:
            found[path] = raw
    return found


def workspace_patterns(root: bytes) -> WorkspacePatterns:
    """Return which folders a root's package.json names. Raises Malformed (`malformed-manifest`)."""
    return WorkspacePatterns.parse(manifest_of(root).get("workspaces"))


def _folders(folder: Path) -> Iterator[str]:
    for seen, (at, inside, _) in enumerate(os.walk(folder)):
        inside[:] = sorted(name for name in inside if name not in _PRUNED)
        below = os.path.relpath(at, folder).replace(os.sep, "/")
        if seen > _MAX_FOLDERS:
            return
        if below.count("/") >= _DEEPEST:
            inside.clear()
        if below != ".":
            yield below


def _manifest(folder: Path, path: str) -> bytes | None:
    try:
        if not (folder / path).is_file():
            return None  # a pipe or a device would keep us waiting
        with (folder / path).open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except (OSError, ValueError):
        return None
    return data if len(data) <= MAX_MANIFEST_BYTES else None
