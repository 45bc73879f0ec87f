"""Which files of a project there are to look at: its own, without what git ignores."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.files import MOST_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ENTRIES = 400_000
"""Files and folders that are gone through."""
TIMEOUT_SECONDS = 20.0
PRUNED = frozenset(
    {
        ".angular",
        ".cache",
        ".git",
        ".next",
        ".nuxt",
        ".output",
        ".parcel-cache",
        ".pnpm-store",
        ".svelte-kit",
        ".turbo",
        ".venv",
        ".yarn",
        "bower_components",
        "coverage",
        "node_modules",
        "storybook-static",
        "venv",
    }
)
"""Folders that hold nothing that people of the project wrote."""
_MADE = frozenset({"dist", "out", "target"})
"""Folders that are made, where no git says whether they are."""
_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    # Files of the project that look like a repository tell nothing of its files.
    *("-c", "safe.bareRepository=explicit"),
    "--no-pager",
)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a project."""

    paths: tuple[str, ...]
    """Below its folder, `/` between segments, sorted."""
    notes: tuple[str, ...] = ()


def list_files(folder: Path) -> Listing:
    """Return the project's own files: by git where it is there, else by going through folders."""
    by_git = _listed_by_git(folder)
    if by_git is not None:
        return _capped(sorted(filter(_is_own, by_git)))
    return _capped(sorted(_walked(folder)))


def _is_own(path: str) -> bool:
    folders = path.split("/")[:-1]
    return len(folders) < MOST_FOLDERS and PRUNED.isdisjoint(folders)


def _capped(paths: list[str]) -> Listing:
    if len(paths) < MOST_ENTRIES:
        return Listing(paths=tuple(paths))
    note = f"only the first {MOST_ENTRIES} files of the project were looked at"
    return Listing(paths=tuple(paths[:MOST_ENTRIES]), notes=(note,))


def _listed_by_git(folder: Path) -> list[str] | None:
    """Ask git, which runs nothing of the repository's for this; None where it is none of git's."""
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        ran = subprocess.run(
            ["git", *_SAFE, "-C", str(folder), *words],  # noqa: S607  (the git of whoever runs it)
            env=environment,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    if ran.returncode != 0:
        return None
    # A folder that git ignores as a whole has files, and none of them is listed.
    return [os.fsdecode(path) for path in ran.stdout.split(b"\0") if path] or None


def _walked(folder: Path) -> Iterator[str]:
    waiting = [""]
    entries = 0
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as found:
                listed = list(found)
        except OSError:
            continue  # not ours to read
        for entry in listed:
            entries += 1
            if entries > MOST_ENTRIES:
                return
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                if _is_own(f"{path}/") and entry.name not in _MADE:
                    waiting.append(path)
            else:
                yield path
