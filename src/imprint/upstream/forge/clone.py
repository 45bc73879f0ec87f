"""A local clone asked as its forge would be: tags, branches, how commits stand. Runs it has none.

What a clone lacks may have come to be after it was last fetched, so it is only as good as
`seen_until` says; a shallow one cannot tell that something is not there.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from imprint.history.refs import RefClass, ref_class_of
from imprint.refusals import Malformed, Unavailable
from imprint.upstream.forge.model import Relation, Run
from imprint.upstream.git import run_git

if TYPE_CHECKING:
    from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Clone:
    """One repository on this machine; see `Forge`. Whatever `repository` is asked about: this."""

    folder: Path

    async def default_branch(self, repository: str) -> str | None:
        """Return the default branch, as far as the clone knows one; empty: it does not."""
        del repository
        return await asyncio.to_thread(lambda: self._default or "")

    async def tagged(self, repository: str, tag: str) -> str | None:
        """Return the commit that a tag stands for."""
        del repository
        return (await self.tags()).get(tag)

    async def tags(self) -> dict[str, str]:
        """Return every tag with its commit."""
        return await asyncio.to_thread(lambda: self._tags)

    async def relation(self, repository: str, commit: str, other: str) -> Relation | None:
        """Return how `commit` stands to `other`; None: one of them is not there."""
        del repository
        return await asyncio.to_thread(self._relation, commit, other)

    async def is_protected(self, repository: str, commit: str) -> bool | None:
        """Return whether the default branch or one that releases come from has the commit.

        None: another branch has it, and a clone does not know whether that is protected.
        """
        del repository
        return await asyncio.to_thread(self._is_protected, commit)

    async def run(self, repository: str, run: str) -> Run | None:
        """Raise Unavailable: a clone knows nothing of runs."""
        del repository, run
        raise Unavailable("forge-unanswered", "a clone knows nothing of runs")

    async def seen_until(self) -> float:
        """Return until when the clone has seen what happened, Unix seconds; 0: nobody knows."""
        return await asyncio.to_thread(lambda: self._seen_until)

    @cached_property
    def is_shallow(self) -> bool:
        """Whether a part of the history is missing."""
        return _line(self.folder, "rev-parse", "--is-shallow-repository") != "false"

    @cached_property
    def _default(self) -> str | None:
        head = _line(self.folder, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        if head is not None:
            return head.removeprefix("origin/")
        if self._remote_branches:
            return None
        return _line(self.folder, "symbolic-ref", "--quiet", "--short", "HEAD")

    @cached_property
    def _remote_branches(self) -> bool:
        found = _line(self.folder, "for-each-ref", "--count=1", "refs/remotes/origin")
        return found is not None

    @cached_property
    def _tags(self) -> dict[str, str]:
        form = "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)"
        found: dict[str, str] = {}
        for line in _asked(self.folder, "for-each-ref", form, "refs/tags").splitlines():
            parts = line.decode(errors="replace").split("\0")
            if len(parts) == 3:  # noqa: PLR2004  (as the form has them)
                name, own, peeled = parts
                found[name] = peeled or own
        return found

    @cached_property
    def _seen_until(self) -> float:
        """Return the later of the last fetch and the newest commit of any ref."""
        form = ("--sort=-committerdate", "--count=1", "--format=%(committerdate:unix)")
        newest = _line(self.folder, "for-each-ref", *form) or ""
        moments = [float(newest)] if newest.isdigit() else []
        place = _line(self.folder, "rev-parse", "--absolute-git-dir")
        if place is not None:
            # There is none where it was cloned, and never fetched into again.
            with contextlib.suppress(OSError):
                moments.append((self.folder / place / "FETCH_HEAD").stat().st_mtime)
        return max(moments, default=0.0)

    def _relation(self, commit: str, other: str) -> Relation | None:
        first, second = self._resolved(commit), self._resolved(other)
        if first is None or second is None:
            return None
        if first == second:
            return Relation.SAME
        shared = _line(self.folder, "merge-base", first, second)
        if shared == first:
            return Relation.BEFORE
        if shared == second:
            return Relation.AFTER
        self._need_whole_history()
        return Relation.APART

    def _is_protected(self, commit: str) -> bool | None:
        found = self._resolved(commit)
        if found is None:
            self._need_whole_history()
            return False
        root = "refs/remotes/origin" if self._remote_branches else "refs/heads"
        form = ("--format=%(refname)", f"--contains={found}", root)
        refs = _asked(self.folder, "for-each-ref", *form).decode(errors="replace").split()
        branches = {ref.removeprefix(f"{root}/") for ref in refs} - {"HEAD"}
        if self._default in branches or any(map(_is_released_from, branches)):
            return True
        self._need_whole_history()
        return None if branches else False

    def _resolved(self, commit: str) -> str | None:
        if not _COMMIT.fullmatch(commit):
            return None
        return _line(self.folder, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")

    def _need_whole_history(self) -> None:
        if self.is_shallow:
            raise Unavailable(
                "git-shallow",
                "the clone is shallow: it cannot tell what is not there",
                hint="fetch the rest with `git fetch --unshallow --tags`",
            )


def _is_released_from(branch: str) -> bool:
    """Whether projects release from branches of this name, and commonly protect them."""
    known = ref_class_of(f"refs/heads/{branch}")
    return known is not None and known >= RefClass.RELEASE_BRANCH


def _line(folder: Path, *words: str) -> str | None:
    """Return one line of git's answer; None where it says no. Raises Unavailable."""
    try:
        return _asked(folder, *words).decode(errors="replace").strip() or None
    except Malformed:
        return None


def _asked(folder: Path, *words: str) -> bytes:
    return run_git(folder, *words, may_be_bare=True)  # clones of servers are bare
