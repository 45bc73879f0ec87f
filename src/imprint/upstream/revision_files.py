"""Single files of a git revision, by where they lie in the checkout. Nothing is checked out.

Whatever cannot be read is an error, never a file that is not there: what is looked up here decides.
Not here: all files of a revision (`revisions`).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.refusals import Malformed, Unavailable, quoted
from imprint.upstream.git import run_git

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LINK: Final = "120000"
_FILE: Final = "100"
"""How the modes of files begin, whoever may run them."""
_MOST_LINKS: Final = 8
_SHOWN_DIGITS: Final = 10


class _Entry(msgspec.Struct, frozen=True):
    """A file or a link."""

    mode: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFiles:
    """The files of one commit of the repository at `root`."""

    root: Path
    """Of the checkout, without links."""
    name: str
    """As it was asked for."""
    commit: str
    _seen: dict[Path, _Entry | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def words(self) -> str:
        """The name for people: of a whole commit the first digits."""
        return self.name[:_SHOWN_DIGITS] if _COMMIT.fullmatch(self.name) else self.name

    def covers(self, path: Path) -> bool:
        """Tell whether a path lies in the checkout, and so could be of a revision."""
        return path.is_relative_to(self.root)

    def above(self, folder: Path) -> tuple[Path, ...]:
        """Return `folder` and those above it up to the root, the nearest first, by `place_of`."""
        whole = self.place_of(folder)
        return tuple(each for each in (whole, *whole.parents) if self.covers(each))

    def place_of(self, folder: Path) -> Path:
        """Return where a folder is in the revision, through links as that has them.

        Those of the checkout lead nowhere here: who makes a folder a link to another would choose
        whose rules are asked. Raises Unavailable (`base-unreadable`).
        """
        whole = Path(os.path.abspath(folder))  # noqa: PTH100 - links must stay what they are
        for each in (*reversed(whole.parents), whole):
            if self.covers(place := each.resolve()):
                return self._through_links(place, whole.relative_to(each).parts)
        return whole.resolve()

    def look(self, paths: Iterable[Path]) -> None:
        """Look for several files at once, as git alone can. Raises Unavailable."""
        unseen = [path for path in dict.fromkeys(paths) if path not in self._seen]
        if not unseen:
            return
        below = [path.relative_to(self.root).as_posix() for path in unseen]
        listed = self._git("ls-tree", "-z", "--full-tree", self.commit, "--", *below)
        self._seen.update(dict.fromkeys(unseen))
        for line in listed.split(b"\0"):
            what, _, path = os.fsdecode(line).partition("\t")
            words = what.split()
            if path and (words[0].startswith(_FILE) or words[0] == _LINK):
                self._seen[self.root / path] = _Entry(words[0], words[2])

    def has(self, path: Path) -> bool:
        """Tell whether there is such a file. Raises Unavailable (`base-unreadable`)."""
        return self._file(path) is not None

    def read(self, path: Path, *, most_bytes: int) -> bytes | None:
        """Return a file; None: there is none. One that is larger comes cut, one byte too long.

        Raises Unavailable (`base-unreadable`).
        """
        entry = self._file(path)
        if entry is None:
            return None
        size = self._git("cat-file", "-s", entry.object_id)
        if int(size) > most_bytes:
            return b"\0" * (most_bytes + 1)
        return self._git("cat-file", "blob", entry.object_id)

    def _through_links(self, place: Path, names: tuple[str, ...]) -> Path:
        self.look(place.joinpath(*names[: at + 1]) for at in range(len(names)))
        for name in names:
            self.look([place / name])
            entry = self._seen[place / name]
            place = place / name
            if entry is not None and entry.mode == _LINK:
                place = self._linked(place)
        return place

    def _linked(self, path: Path) -> Path:
        """Return where the links lead whose first is at `path`: to a folder, or to nothing."""
        for _ in range(_MOST_LINKS):
            self.look([path])
            entry = self._seen[path]
            if entry is None or entry.mode != _LINK:
                return path
            target = os.fsdecode(self._git("cat-file", "blob", entry.object_id))
            path = Path(os.path.normpath(path.parent / target))
            if not self.covers(path):
                break
        raise self._leading_out(path)

    def _file(self, path: Path) -> _Entry | None:
        """Return a file's entry, through links, as the checkout would."""
        for _ in range(_MOST_LINKS):
            if not self.covers(path):
                break
            self.look([path])
            entry = self._seen[path]
            if entry is None or entry.mode != _LINK:
                return entry
            target = os.fsdecode(self._git("cat-file", "blob", entry.object_id))
            path = Path(os.path.normpath(path.parent / target))
        raise self._leading_out(path)

    def _leading_out(self, path: Path) -> Unavailable:
        return Unavailable(
            "base-unreadable",
            f"revision {quoted(self.words)} has a link in the place of {quoted(path.name)}"
            " that leads out of the repository, or nowhere",
        )

    def _git(self, *words: str) -> bytes:
        try:
            return run_git(self.root, *words)
        except Malformed as err:
            raise Unavailable(
                "base-unreadable",
                f"revision {quoted(self.words)} cannot be read: {err.message}",
                hint="is the clone whole? `git fetch` brings what a shallow or partial one lacks",
            ) from err


def revision_files(folder: Path, name: str) -> RevisionFiles:
    """Return the files of a revision of the repository that `folder` lies in.

    Raises Malformed (`unknown-revision`) for one that git does not know here, Unavailable
    (`git-failed`) where git does not answer.
    """
    try:
        said = run_git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        root = run_git(folder, "rev-parse", "--show-toplevel")
    except Malformed as err:
        raise Malformed(
            "unknown-revision",
            f"revision {quoted(name)} is not known here",
            "in CI, fetch it first: a shallow checkout has one commit alone",
        ) from err
    commit = said.decode("ascii", "replace").strip()
    return RevisionFiles(
        root=Path(os.fsdecode(root.rstrip(b"\n"))).resolve(), name=name, commit=commit
    )
