"""Whether a version is the fix of an advisory: what a cooldown lets pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.advisories.flaws import version_of
from imprint.npm.ranges import VersionRange
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.npm.advisories.model import Advisory


def first_fixed(advisories: Iterable[Advisory], old: str, new: str) -> Advisory | None:
    """Return an advisory of `old` that names `new` as the first version without it.

    That `new` merely lies outside of what is affected is not enough: whoever takes a package over
    while an advisory is open would publish such a version, and it would pass every cooldown. A
    version that the advisory itself names was looked at by whoever wrote it. Total.
    """
    for advisory in advisories:
        if new != old and new in advisory.fixed and _affects(advisory, old):
            return advisory
    return None


def _affects(advisory: Advisory, version: str) -> bool:
    if advisory.affected is None:
        return True  # They are advisories of `old`; the range is too long to be told.
    try:
        affected = VersionRange.parse(advisory.affected, include_prerelease=True)
        return affected.admits(version_of(version))
    except Malformed:
        return False
