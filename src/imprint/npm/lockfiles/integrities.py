"""Whether two integrity texts can be of the same bytes. Not here: any bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import LockedPackage

_STRONGEST_FIRST = ("sha512", "sha384", "sha256", "sha1")


def digests_of(places: Iterable[LockedPackage]) -> dict[str, set[str]]:
    """Return the digests that the places of one version say, by algorithm."""
    found: dict[str, set[str]] = {}
    for place in places:
        for text in (place.integrity or "").split():
            algorithm, _, digest = text.partition("-")
            found.setdefault(algorithm, set()).add(digest.partition("?")[0])
    return found


def is_another(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> bool:
    """Say whether the bytes are surely others: by the strongest algorithm that both sides have.

    A lockfile of another format may have another algorithm, or none: that says nothing.
    """
    for algorithm in _STRONGEST_FIRST:
        if algorithm in before and algorithm in after:
            return not after[algorithm] <= before[algorithm]
    return False
