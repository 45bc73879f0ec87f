"""Folders of `node_modules`: which package a name leads to, by Node's rule.

Keys are paths below the lockfile's folder, as package-lock.json has them: `node_modules/a`,
`packages/b`, `../c`; the project itself is the empty one. Not here: what stands in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

_FOLDER = "node_modules/"


def name_of(key: str) -> str:
    """Return the name that a place is installed by; of `packages/b` that is `b`."""
    at = key.rfind(_FOLDER)
    return key[at + len(_FOLDER) :] if at != -1 else key.rpartition("/")[2]


def parent_of(key: str) -> str | None:
    """Return the place above; None: nothing of the lockfile is above it."""
    at = key.rfind(_FOLDER)
    if at != -1:
        return key[:at].removesuffix("/")
    above = key.rpartition("/")[0]
    # The folder beside the project's is not inside of it.
    return None if not key or key.endswith("..") else above


class Folders:
    """The `node_modules/` folders of a lockfile's places."""

    __slots__ = ("_chains", "_inhabited", "_keys")

    def __init__(self, keys: Iterable[str]) -> None:
        """Take the places of a lockfile."""
        self._keys = frozenset(keys)
        top = len(_FOLDER) - 1
        self._inhabited = {parent_of(key) for key in self._keys if key.rfind(_FOLDER) > top}
        self._inhabited.add("")
        self._chains: dict[str, tuple[str, ...]] = {"": (_FOLDER,)}

    def of(self, key: str) -> tuple[str, ...]:
        """Return the `node_modules/` folders that a package looks into, its own first."""
        if key not in self._inhabited and key.rfind(_FOLDER) == 0:
            return self._chains[""]  # nearly all
        todo: list[str] = []
        at: str | None = key
        while at is not None and at not in self._chains:
            todo.append(at)
            at = parent_of(at)
        chain = () if at is None else self._chains[at]
        for place in reversed(todo):
            if place in self._inhabited:
                chain = (f"{place}/{_FOLDER}" if place else _FOLDER, *chain)
                # Of those alone: the folders between are many, and lead nowhere.
                self._chains[place] = chain
        return chain

    def resolve(self, folders: tuple[str, ...], name: str) -> str | None:
        """Return the place that `name` leads to from a package with these folders."""
        for folder in folders:
            if (key := folder + name) in self._keys:
                return key
        return None


def bundler_of(key: str, bundled: AbstractSet[str]) -> str | None:
    """Return the package in whose tarball a bundled one comes; None: the project's own."""
    at: str | None = key
    while at and at in bundled:
        at = parent_of(at)
    return at or None
