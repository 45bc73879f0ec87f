"""Folders as lockfiles write them: from another folder, `/` between segments."""

from __future__ import annotations


def joined(folder: str, path: str) -> str:
    """Return where `path` leads from `folder`, both below the lockfile's; empty: that one itself.

    What leads above it begins with `..`.
    """
    if path.startswith("/") or path[1:3] in {":/", ":\\"}:
        return path
    segments: list[str] = []
    for segment in f"{folder}/{path}".replace("\\", "/").split("/"):
        if segment == ".." and segments and segments[-1] != "..":
            segments.pop()
        elif segment not in {"", "."}:
            segments.append(segment)
    return "/".join(segments)
