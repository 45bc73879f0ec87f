"""What a change of lockfile does to each version. Pure; `npm.lockfiles` tells the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from imprint.audit.model import Change
from imprint.audit.selection import UNVERSIONED
from imprint.npm.lockfiles.difference import difference

if TYPE_CHECKING:
    from imprint.audit.lockfiles import FoundLockfile


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a change touches; of a whole lockfile nothing."""

    by_version: Mapping[tuple[str, str], tuple[Change, str | None]] = msgspec.field(
        default_factory=dict
    )
    """By name and version: what became of it, and the version in whose place it is."""
    removed: tuple[str, ...] = ()
    """`name@version`."""


def changes_of(base: FoundLockfile | None, found: FoundLockfile) -> Changes:
    """Return what changed from `base`; None: nothing is compared."""
    if base is None:
        return Changes()
    told = difference(base.lockfile, found.lockfile)
    by_version: dict[tuple[str, str], tuple[Change, str | None]] = {
        (one.name, one.version or UNVERSIONED): (Change.ADDED, None) for one in told.added
    }
    for one in told.changed:
        key = (one.after.name, one.after.version or UNVERSIONED)
        by_version[key] = (Change.CHANGED, one.before.version)
    removed = tuple(f"{one.name}@{one.version or UNVERSIONED}" for one in told.removed)
    return Changes(by_version=by_version, removed=removed)
