"""What a lockfile has installed by another's evidence, or by none: bundles, no versions. Pure.

npm takes what is missing in a bundle from the address in the lockfile, or from the registry by its
name (arborist, `bundleMissing`): who writes `inBundle` into a lockfile would have it installed by
the evidence of a package that has nothing to do with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.npm.lockfiles.model import SourceKind
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.selection import LockedVersion
    from imprint.history.publications import Publication
    from imprint.npm.lockfiles.model import LockedPackage, Lockfile

_BETWEEN = ("/node_modules/", "/")
"""What stands before a package's own name in a place: npm's, bun's."""
_ANEW = "a lockfile that is written anew"


def brought_along(lockfile: Lockfile) -> frozenset[str]:
    """Return the places that what is bundled needs: it comes in the same tarball."""
    edges = [
        e for one in lockfile.packages.values() if one.bundled_in is not None for e in one.edges
    ]
    return frozenset(edge.target for edge in edges if edge.target is not None)


def planted_events(
    locked: LockedVersion, said: Publication | None, brought: frozenset[str]
) -> Iterator[DriftEvent]:
    """Yield that a copy is none of its carrier's, by what the registry says that one bundles.

    `brought`: `brought_along` of the lockfile.
    """
    carrier = locked.carrier
    if carrier is None:
        return
    elsewhere = [one for one in locked.places if one.source is not SourceKind.REGISTRY]
    if elsewhere:
        address = elsewhere[0].resolved or elsewhere[0].source.value
        yield DriftEvent(
            id=EventId.LOCK_FOREIGN_HOST,
            severity=EventSeverity.ERROR,
            message=f"the lockfile takes it from {quoted(address)}, and says that it is bundled",
            after=address,
            release=_ANEW,
        )
    if said is not None and not all(
        _may_come_in(one, carrier, said, brought) for one in locked.places
    ):
        by = quoted(f"{carrier.name}@{carrier.version}")
        yield DriftEvent(
            id=EventId.LOCK_NO_INTEGRITY,
            severity=EventSeverity.ERROR,
            message=f"the lockfile says that it comes in {by}, which does not bundle it:"
            " any bytes would do",
            after=f"{carrier.name}@{carrier.version}",
            release=_ANEW,
        )


def unversioned_events(locked: LockedVersion) -> Iterator[DriftEvent]:
    """Yield that a tarball of a registry is locked by its address alone, of no version.

    npm installs what is there. Without an address it installs nothing.
    """
    for place in locked.places:
        if place.source is SourceKind.REGISTRY and place.version is None and place.resolved:
            event = DriftEvent(
                id=EventId.LOCK_NO_INTEGRITY,
                severity=EventSeverity.ERROR,
                message="the lockfile does not say which version it is: nothing can be held"
                f" against it, and it is taken from {quoted(place.resolved)}",
                after=place.resolved,
                release=_ANEW,
            )
            yield event
            return


def _may_come_in(
    place: LockedPackage, carrier: LockedPackage, said: Publication, brought: frozenset[str]
) -> bool:
    """Tell whether the carrier bundles it, or bundles what needs it."""
    own = place.alias or place.name
    is_below_another = all(place.key != f"{carrier.key}{between}{own}" for between in _BETWEEN)
    # Where nothing is brought, the lockfile may be of before npm 6: it tells who needs what.
    is_needed = not brought or place.key in brought or is_below_another
    return bool(said.bundles) and (own in said.bundles or is_needed)
