"""On which line of which package.json a dependency stands: each file is read once, when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.manifest_lines import dependency_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def manifest_places(manifests: Mapping[str, bytes]) -> Callable[[str, str], int | None]:
    """Return what tells the line of a dependency, by the manifest's path and the name in it."""
    read: dict[str, Mapping[str, int]] = {}

    def line_of(path: str, name: str) -> int | None:
        if path not in read:
            read[path] = dependency_lines(manifests.get(path, b""))
        return read[path].get(name)

    return line_of
