"""Files of another git revision. Nothing is checked out, and nothing of the repository's is run."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imprint.refusals import Malformed, Unavailable, quoted
from imprint.upstream.git import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIMEOUT_SECONDS = 30.0
_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    # Files of the project that look like a repository are none: git would take their `config` for
    # its own, with commands in it, and their refs for the base.
    *("-c", "safe.bareRepository=explicit"),
    "--no-pager",
)
_PLAIN_FILES = ("100644", "100755", "100664")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The files of one revision, below a folder."""

    folder: Path
    name: str
    blobs: Mapping[str, str] = field(repr=False)
    """Each file's object, by its path below the folder."""
    sizes: Mapping[str, int] = field(repr=False)

    def read(self, path: str) -> bytes:
        """Return a file of it. Raises KeyError for none, Unavailable (`git-failed`)."""
        return _git(self.folder, "cat-file", "blob", self.blobs[path])


def open_revision(folder: Path, name: str) -> Revision:
    """Return the files of a revision below `folder`.

    Raises Malformed (`unknown-revision`) for one that git does not know here, Unavailable
    (`git-failed`) where git does not answer.
    """
    try:
        commit = _git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
    except Malformed as err:
        raise Malformed(
            "unknown-revision",
            f"revision {quoted(name)} is not known here",
            "in CI, fetch it first: a shallow checkout has one commit alone",
        ) from err
    # A tree is listed below the folder that git is in.
    listing = _git(folder, "ls-tree", "-r", "-z", "--long", commit.decode().strip())
    blobs: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for line in listing.split(b"\0"):
        what, _, path = os.fsdecode(line).partition("\t")
        words = what.split()
        if path and words[0] in _PLAIN_FILES and words[3].isdigit():
            blobs[path] = words[2]
            sizes[path] = int(words[3])
    return Revision(folder=folder, name=name, blobs=blobs, sizes=sizes)


def _git(folder: Path, *words: str) -> bytes:
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        ran = subprocess.run(
            ["git", *_SAFE, "-C", str(folder), *words],  # noqa: S607  (the git of whoever runs it)
            env=environment,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired, ValueError) as err:
        raise Unavailable(
            "git-failed", "git cannot be run, or does not answer", "is git installed?"
        ) from err
    if ran.returncode != 0:
        raise Malformed("git-refused", f"git says no to {quoted(words[0])}")
    return ran.stdout
