"""Finding the clone of a repository below a folder: by its place `owner/name`, or by its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from imprint.attestations.repositories import RepositoryAddress, normalise_address
from imprint.refusals import Malformed, quoted
from imprint.upstream.forge.clone import Clone
from imprint.upstream.git import run_git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_CLONES: Final = 5_000
DEEPEST: Final = 3
"""Folders below the one that was named: `host/owner/name`."""


@dataclass(slots=True)
class Clones:
    """The clones below a folder. A remote decides where there is one, else the place."""

    folder: Path
    _by_address: dict[RepositoryAddress, Clone] | None = field(default=None, init=False)
    _by_place: dict[str, Clone] = field(default_factory=dict, init=False)
    _looking: Lock = field(default_factory=Lock, init=False, repr=False)

    def find(self, address: RepositoryAddress) -> Clone | None:
        """Return the clone of a repository; raises Malformed (`not-a-folder`), Unavailable."""
        with self._looking:  # Many ask at once, from several threads: one looks.
            if self._by_address is None:
                self._by_address = self._looked_through()
        found = self._by_address.get(address)
        return found or self._by_place.get(address.path.lower())

    def _looked_through(self) -> dict[RepositoryAddress, Clone]:
        if not self.folder.is_dir():
            raise Malformed(
                "not-a-folder",
                f"folder {quoted(str(self.folder))} is none, expected one with clones in it",
            )
        found: dict[RepositoryAddress, Clone] = {}
        for count, place in enumerate(_repositories(self.folder, DEEPEST)):
            if count == MOST_CLONES:
                break
            address = _origin_of(place)
            if address is not None:
                found.setdefault(address, Clone(place))
                continue
            name = "/".join(place.relative_to(self.folder).parts).lower().removesuffix(".git")
            self._by_place.setdefault(name, Clone(place))
        return found


def _repositories(folder: Path, deepest: int) -> Iterator[Path]:
    """Yield the repositories below `folder`, itself among them, in the order of their names."""
    if _is_repository(folder):
        yield folder
        return
    if deepest == 0:
        return
    try:
        below = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except OSError:
        return
    for each in below:
        if each.is_dir() and not each.is_symlink():
            yield from _repositories(each, deepest - 1)


def _is_repository(folder: Path) -> bool:
    return (folder / ".git").exists() or (
        (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    )


def _origin_of(place: Path) -> RepositoryAddress | None:
    """Return the repository that the remote `origin` names; None: there is none, or no forge's."""
    try:
        url = run_git(place, "config", "--local", "--get", "remote.origin.url", may_be_bare=True)
    except Malformed:
        return None
    return normalise_address(url.decode(errors="replace").strip())
