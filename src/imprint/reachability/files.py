"""Files: what resolution may ask of a file system. Paths are below one folder, `/` between."""

from __future__ import annotations

from typing import Protocol


class Files(Protocol):
    """The files below a folder. Its own path is the empty text; no path starts with `/`."""

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None where there is none, or it may not be read."""

    def size(self, path: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""

    def is_file(self, path: str) -> bool:
        """Whether there is a plain file, links followed."""

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder, links followed."""

    def real(self, path: str) -> str | None:
        """Return the path without links; None where they lead out of the folder."""

    def names(self, path: str) -> tuple[str, ...]:
        """Return what is in a folder; nothing where there is none."""


MOST_FOLDERS = 100
"""Folders in one another: a path with more is none."""


def joined(folder: str, relative: str) -> str | None:
    """Return `relative` (`./a`, `../b`) seen from `folder`; None where it leads out."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) if len(parts) <= MOST_FOLDERS else None


def parent_of(path: str) -> str:
    """Return the folder that a path is in; of the empty path, itself."""
    return path.rpartition("/")[0]


def package_folder(path: str) -> str | None:
    """Return the folder of the installed package that a file is of; None for the project's own."""
    before, found, rest = f"/{path}".rpartition("/node_modules/")
    if not found:
        return None
    parts = rest.split("/")
    name = "/".join(parts[: 2 if parts[0].startswith("@") else 1])
    return f"{before}/node_modules/{name}".lstrip("/")
