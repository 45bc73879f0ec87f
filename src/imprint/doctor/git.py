"""What git knows of a folder: the forge's name for it, branches, and files of another revision.

How git is asked, so that nothing of the repository's is run: `upstream.git`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.folders import Skipped
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.upstream.git import run_git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_REMOTE = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?[/:]+(?P<name>[^?#]+?)(?:\.git)?/*"
)
_PLAIN_FILES = ("100644", "100755", "100664")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a folder came from, as far as git says."""

    name: str | None = None
    """`owner/name` at the forge."""
    host: str | None = None
    default_branch: str | None = None


@dataclass(frozen=True)
class Revision:
    """The files of one revision, below the folder that was asked about."""

    root: Path
    name: str
    blobs: Mapping[str, str] = field(repr=False)
    """Each file's object, by its path."""
    sizes: Mapping[str, int] = field(repr=False)

    def read(self, path: str, *, most_bytes: int) -> bytes:
        """Return the first `most_bytes` of a file; raises Skipped."""
        try:
            return run_git(self.root, "cat-file", "blob", self.blobs[path])[:most_bytes]
        except (KeyError, Unavailable, Malformed) as err:
            raise Skipped("file cannot be read from git") from err


def is_repository(folder: Path) -> bool:
    """Whether a folder is in a git repository, by its files."""
    return any((each / ".git").exists() for each in (folder, *folder.resolve().parents))


def top_folder(folder: Path) -> Path:
    """Return the repository's root that a folder is in, or the folder itself."""
    whole = folder.resolve()
    return next((each for each in (whole, *whole.parents) if (each / ".git").exists()), folder)


def origin_of(folder: Path) -> Origin:
    """Return what git says of a folder's origin; nothing where it is no repository's root."""
    if not (folder / ".git").exists():
        return Origin()
    url = _asked(folder, "config", "--get", "remote.origin.url")
    head = _asked(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    found = _REMOTE.fullmatch(url or "")
    name = found["name"].strip("/") if found else ""
    return Origin(
        name=name if name.count("/") == 1 else None,
        host=found["host"].lower() if found else None,
        default_branch=head.partition("/")[2] or None if head else None,
    )


def open_revision(folder: Path, revision: str) -> Revision:
    """Return the files of `revision` below `folder`; raises Malformed (`unknown-revision`)."""
    if not is_repository(folder):
        raise Malformed(
            "not-a-repository",
            f"folder {quoted(str(folder))} is in no git repository: `--compare` needs one",
        )
    try:
        tree = run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", revision)
    except Malformed as err:
        raise Malformed(
            "unknown-revision",
            f"revision {quoted(revision)} is not known here",
            hint="in CI, fetch it first: a shallow checkout has one commit alone",
        ) from err
    blobs: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for line in run_git(folder, "ls-tree", "-r", "-z", "--long", tree.decode().strip()).split(
        b"\0"
    ):
        what, _, path = line.decode(errors="surrogateescape").partition("\t")
        words = what.split()
        if path and words[0] in _PLAIN_FILES and words[3].isdigit():
            blobs[path] = words[2]
            sizes[path] = int(words[3])
    return Revision(root=folder, name=revision, blobs=blobs, sizes=sizes)


def _asked(folder: Path, *words: str) -> str | None:
    """Return one line of git's answer; None where it has none."""
    try:
        return run_git(folder, *words).decode(errors="replace").strip() or None
    except (Malformed, Unavailable):
        return None
