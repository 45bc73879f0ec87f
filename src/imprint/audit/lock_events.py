"""What speaks against a version in the lockfile itself: where its bytes come from, and which.

Pure. pnpm 11 has the same rule (facts: consumers §3.1): an address in a lockfile that is not the
registry's can bring anything.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.npm.integrity import parse_sri
from imprint.npm.lockfiles.model import LockfileFormat, SourceKind
from imprint.npm.lockfiles.specifiers import source_of
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from imprint.audit.selection import LockedVersion
    from imprint.history.publications import Publication
    from imprint.npm.lockfiles.model import LockedPackage, Lockfile

_WITHOUT_INTEGRITY = frozenset({LockfileFormat.YARN_BERRY, LockfileFormat.LIST})
"""Berry keeps checksums of archives that it makes itself: told once for all, not here."""
_STRENGTH = ("md5", "sha1", "sha256", "sha384", "sha512")
"""The weakest first; clients go by the strongest of those that are there."""
_STRONGEST = _STRENGTH[-1]
_WEB = ("https://", "http://")


def lock_events(
    locked: LockedVersion,
    publication: Publication | None,
    *,
    lockfile_format: LockfileFormat,
    registry: str,
    default_host: str,
    usual: str | None = None,
) -> Iterator[DriftEvent]:
    """Yield the events of one version.

    npm puts the configured registry in the place of the public default's host, so that host is
    none of another; neither is the one that the packument itself names. `usual`, `usual_host` of
    the lockfile, is none where a digest binds the bytes to those that the registry has.
    """
    known = {default_host}
    unbound = []
    if lockfile_format not in _WITHOUT_INTEGRITY:
        unbound = list(_unbound(locked, publication))
    if publication is not None and publication.tarball is not None:
        known.add(_host(publication.tarball) or "")
    if usual is not None and publication is not None and not unbound:
        known.add(usual)
    if (event := foreign_host(locked, registry=registry, known=known)) is not None:
        yield event
    yield from unbound


def usual_host(lockfile: Lockfile) -> str | None:
    """Return the host that yarn 1 took most of a lockfile from; None: of another manager's.

    That manager has a registry of its own where nothing else is configured: another name of the
    public default. Its lockfiles all name it, and an alarm for each package would hide the one.
    """
    if lockfile.format is not LockfileFormat.YARN:
        return None
    places = [one.resolved for one in lockfile.registry_packages() if one.resolved is not None]
    hosts = Counter(_host(address) for address in places)
    host, count = next(iter(hosts.most_common(1)), (None, 0))
    return host if count * 2 > len(places) else None


def foreign_host(
    locked: LockedVersion, *, registry: str, known: AbstractSet[str]
) -> DriftEvent | None:
    """Return that a place of a version is at a host that is neither its registry's nor `known`."""
    for place in locked.places:
        host = None if place.resolved is None else _host(place.resolved)
        if host is not None and host != _host(registry) and host not in known:
            return DriftEvent(
                id=EventId.LOCK_FOREIGN_HOST,
                severity=EventSeverity.ERROR,
                message=f"the lockfile takes it from {quoted(host)}, expected {quoted(registry)}",
                before=_host(registry),
                after=host,
                release="a lockfile that takes it from its registry",
            )
    return None


def asked_elsewhere(locked: LockedVersion, ranges: Sequence[str]) -> DriftEvent | None:
    """Return that what comes from no registry was asked of one, by every range that leads to it.

    Package managers compare names and versions with what was asked for, and take the address.
    """
    if not ranges or any(_may_be_elsewhere(text) for text in ranges):
        return None
    address = locked.first.resolved or locked.source.value
    return DriftEvent(
        id=EventId.LOCK_FOREIGN_HOST,
        severity=EventSeverity.ERROR,
        message=f"the lockfile takes it from {quoted(address)}, and a registry was asked for it:"
        f" {quoted(ranges[0])}",
        after=address,
        release="a lockfile that takes it from its registry",
    )


def _may_be_elsewhere(text: str) -> bool:
    """Tell whether a range is of no registry; what a catalog says is not in it."""
    return source_of(text) is not SourceKind.REGISTRY or text.startswith("catalog:")


def _unbound(locked: LockedVersion, publication: Publication | None) -> Iterator[DriftEvent]:
    """Yield that other bytes than those that were looked at would do."""
    text = locked.integrity
    if text is None:
        place = next((one for one in locked.places if not _is_own_place(one, publication)), None)
        message = "the lockfile has no integrity for it: any bytes would do"
        if place is not None:
            message += f", and it takes them from {quoted(place.resolved or '')}"
        yield _without(message, EventSeverity.WARN if place is None else EventSeverity.ERROR)
        return
    algorithms = _algorithms(text)
    said = _said(publication)
    # Clients go by the strongest alone, and by nothing where they understand none.
    if not algorithms or (said and max(algorithms, key=_STRENGTH.index) not in said):
        is_strange = not algorithms or _STRONGEST in said
        yield _without(
            f"the lockfile's integrity {quoted(text)} cannot be held against the registry's",
            EventSeverity.ERROR if is_strange else EventSeverity.WARN,
        )


def _without(message: str, severity: EventSeverity) -> DriftEvent:
    return DriftEvent(
        id=EventId.LOCK_NO_INTEGRITY,
        severity=severity,
        message=message,
        release="a lockfile that is written anew",
    )


def _is_own_place(place: LockedPackage, publication: Publication | None) -> bool:
    """Tell whether an address is that of the version's own tarball, by npm's way or as it said."""
    if place.resolved is None:
        return True
    path = _path(place.resolved)
    if publication is not None and publication.tarball and path == _path(publication.tarball):
        return True
    last = place.name.rpartition("/")[2]
    return path is not None and path.endswith(f"/{place.name}/-/{last}-{place.version}.tgz")


def _path(url: str) -> str | None:
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return None


def _algorithms(text: str) -> frozenset[str]:
    try:
        return frozenset(name for name, _ in parse_sri(text))
    except Malformed:
        return frozenset()


def _said(publication: Publication | None) -> frozenset[str]:
    """Return the algorithms of the registry's own digests."""
    if publication is None:
        return frozenset()
    own = _algorithms(publication.integrity or "")
    return own | {"sha1"} if publication.shasum else own


def _host(url: str) -> str | None:
    """Return `host` or `host:port` of an address of the web; None for the name of a file."""
    if url.startswith(_WEB) and "\\" not in url:
        # A lockfile names a few hosts thousands of times: what is behind one is not looked at.
        return _host_of("/".join(url.split("/", 3)[:3]))
    return _host_of(url)


@lru_cache(maxsize=256)
def _host_of(url: str) -> str | None:
    if "\\" in url:
        return url  # Clients end the host there, and Python goes on to an `@` behind it.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in {"http", "https"}:
        # A bare file name is of a mirror on the disk; anything else is no registry's.
        return url if parts.scheme else None
    host = (parts.hostname or "").lower()
    return f"{host}:{port}" if port is not None else host
