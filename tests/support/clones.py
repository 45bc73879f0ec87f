"""Real git repositories, made in a folder: commits, tags and branches as a story has them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_700_000_000
"""When the first commit was made, Unix seconds; each further one is an hour later."""
_ALONE = {
    "GIT_AUTHOR_EMAIL": "wile@example.test",
    "GIT_AUTHOR_NAME": "Wile",
    "GIT_COMMITTER_EMAIL": "wile@example.test",
    "GIT_COMMITTER_NAME": "Wile",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass
class MadeRepository:
    """A repository with a working tree."""

    folder: Path
    made: int = 0

    def git(self, *words: str, at: int | None = None) -> str:
        """Run git in it, and return what it says."""
        moment = f"{AT + 3600 * self.made if at is None else at} +0000"
        dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        ran = subprocess.run(
            ["git", "-C", str(self.folder), *words],
            env={"PATH": os.environ["PATH"], **_ALONE, **dates},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return ran.stdout.strip()

    def commit(self, *, at: int | None = None) -> str:
        """Make an empty commit, and return its name."""
        self.git("commit", "--allow-empty", "-qm", f"commit {self.made}", at=at)
        self.made += 1
        return self.git("rev-parse", "HEAD")

    def tag(self, name: str, commit: str = "HEAD", *, annotated: bool = False) -> None:
        """Make a tag."""
        self.git("tag", *(["-a", "-m", name] if annotated else []), name, commit)

    def clone(self, folder: Path, *words: str) -> MadeRepository:
        """Return a clone of it."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.git("clone", "-q", *words, self.folder.as_uri(), str(folder))
        return MadeRepository(folder)


def made_repository(folder: Path, *, origin: str | None = None) -> MadeRepository:
    """Make a repository with one commit on `main`."""
    folder.mkdir(parents=True)
    made = MadeRepository(folder)
    made.git("init", "-q", "--initial-branch=main")
    made.commit()
    if origin is not None:
        made.git("remote", "add", "origin", origin)
    return made
