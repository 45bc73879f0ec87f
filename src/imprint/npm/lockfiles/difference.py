"""What a change of lockfile changes: over names and versions, whatever the formats.

Not here: what it means in trust (`audit/`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.npm.lockfiles.integrities import digests_of, is_another
from imprint.npm.lockfiles.model import SourceKind
from imprint.npm.lockfiles.pairing import paired

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.npm.lockfiles.model import LockedPackage, Lockfile

_Versions: TypeAlias = "dict[str | None, list[LockedPackage]]"


class ChangedWhat(StrEnum):
    """What of a package is another."""

    VERSION = "version"
    INTEGRITY = "integrity"
    """The same version with other bytes."""
    SOURCE = "source"
    """The same version from elsewhere: another registry, git, another commit, a bundle."""


class ChangedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package before and after: the first places of either."""

    before: LockedPackage
    after: LockedPackage
    what: ChangedWhat


class LockfileDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The packages (name and version, the first place of each) that a change touches.

    In the order of their names. One with several changes is told once: by its integrity before its
    source.
    """

    added: tuple[LockedPackage, ...] = ()
    removed: tuple[LockedPackage, ...] = ()
    changed: tuple[ChangedPackage, ...] = ()


def difference(old: Lockfile, new: Lockfile) -> LockfileDifference:
    """Return what is added, removed and changed; workspaces are no packages of either.

    A version that goes and one of the same name that comes are one change where they stand in the
    same place, or are the only ones, or the nearest.
    """
    before, after = _by_name(old), _by_name(new)
    added: list[LockedPackage] = []
    removed: list[LockedPackage] = []
    changed: list[ChangedPackage] = []
    nothing: _Versions = {}
    touched = {
        name: (
            _gone(before.get(name, nothing), after.get(name, nothing)),
            _gone(after.get(name, nothing), before.get(name, nothing)),
        )
        for name in sorted(before.keys() | after.keys())
    }
    pairs = paired(old, new, {name: both for name, both in touched.items() if all(both)})
    for name, (gone, come) in touched.items():
        of_name = pairs.get(name, ())
        changed.extend(
            ChangedPackage(
                before=before[name][from_version][0],
                after=after[name][to_version][0],
                what=ChangedWhat.VERSION,
            )
            for from_version, to_version in of_name
        )
        left = {version for version, _ in of_name}
        right = {version for _, version in of_name}
        removed.extend(before[name][version][0] for version in gone if version not in left)
        added.extend(after[name][version][0] for version in come if version not in right)
        for version, places in before.get(name, {}).items():
            others = after.get(name, {}).get(version)
            if others is not None and (
                what := _what_changed(places, others, by_format=old.format is new.format)
            ):
                changed.append(ChangedPackage(before=places[0], after=others[0], what=what))
    return LockfileDifference(added=tuple(added), removed=tuple(removed), changed=tuple(changed))


def _by_name(lockfile: Lockfile) -> dict[str, _Versions]:
    found: dict[str, _Versions] = {}
    for package in lockfile.packages.values():
        if package.source is not SourceKind.WORKSPACE:
            found.setdefault(package.name, {}).setdefault(package.version, []).append(package)
    return found


def _gone(these: _Versions, those: _Versions) -> tuple[str | None, ...]:
    return tuple(version for version in these if version not in those)


def _what_changed(
    before: list[LockedPackage], after: list[LockedPackage], *, by_format: bool
) -> ChangedWhat | None:
    if _bindings(before) == _bindings(after):
        return None
    if is_another(digests_of(before), digests_of(after)):
        return ChangedWhat.INTEGRITY
    if by_format and any(_is_less_bound(place, before) for place in after):
        return ChangedWhat.INTEGRITY
    known, found = _sources(before, by_format=by_format), _sources(after, by_format=by_format)
    if {kind for kind, _ in found} - {kind for kind, _ in known}:
        return ChangedWhat.SOURCE
    addresses = {address for _, address in known}
    is_elsewhere = any(
        address is not None and address not in addresses and None not in addresses
        for _, address in found
    )
    return ChangedWhat.SOURCE if is_elsewhere else None


def _bindings(places: list[LockedPackage]) -> set[tuple[bool, str | None, str, str | None]]:
    """Return all that says which bytes each place brings."""
    return {(one.bundled_in is not None, one.integrity, one.source, one.resolved) for one in places}


def _is_less_bound(place: LockedPackage, before: list[LockedPackage]) -> bool:
    """Say whether a place may bring other bytes: it lost the digest that clients go by.

    Or it never had one, and has another address.
    """
    if place.bundled_in is not None:
        return False
    if place.integrity is None:
        texts = {one.integrity for one in before}
        return None not in texts or place.resolved not in {one.resolved for one in before}
    known = digests_of(before).keys()
    return bool(known) and not known & digests_of([place]).keys()


def _sources(places: Iterable[LockedPackage], *, by_format: bool) -> set[tuple[str, str | None]]:
    """Return kind and address of each place; of a registry's tarball the address is the host."""
    found: set[tuple[str, str | None]] = set()
    for place in places:
        if place.bundled_in is not None:
            # Not every format tells of bundles.
            found.add(("bundled" if by_format else SourceKind.REGISTRY, None))
        elif place.source is SourceKind.REGISTRY:
            parts = (place.resolved or "").split("/")
            found.add((place.source, "/".join(parts[:3]) if len(parts) > 3 else None))  # noqa: PLR2004 - scheme, nothing, host
        else:
            found.add((place.source, place.resolved))
    return found
