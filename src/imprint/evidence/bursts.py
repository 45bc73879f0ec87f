"""Which versions are of a burst, among the packages whose histories were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.repositories import normalise_address
from imprint.history.bursts import Published, bursts_of, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.history.publications import PackageHistory, Publication


def bursts_among(
    histories: Iterable[PackageHistory], *, since: float
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the siblings of each version that is of a burst, by name and version.

    What was published before `since` (Unix seconds) is left out: a burst matters while it is young,
    and only rows of versions that were published twice within minutes are decoded.
    """
    return bursts_of(one for history in histories for one in quick_releases(history, since=since))


def quick_releases(history: PackageHistory, *, since: float) -> Iterator[Published]:
    """Yield the publications of one package, since then, that may be of a burst."""
    for version, at in repeated(history.moments, since=since):
        row = history.publication(version)
        if row is not None:
            publishers = frozenset(_publishers(history.name, row))
            yield Published(name=history.name, version=version, at=at, publishers=publishers)


def _publishers(name: str, row: Publication) -> Iterator[str]:
    """Yield by what a package has siblings: its scope, its repository's owner, its user.

    Not the user of a trusted publisher: it is the same for everybody who has one.
    """
    if name.startswith("@"):
        yield f"scope:{name.partition('/')[0]}"
    address = None if row.repository is None else normalise_address(row.repository)
    if address is not None:
        yield f"owner:{address.host}/{address.path.partition('/')[0]}"
    if row.user is not None and row.trusted_publisher is None:
        yield f"user:{row.user}"
