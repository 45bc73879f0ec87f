"""What speaks against a version in the lockfile itself: where its bytes come from, and which.

Pure. pnpm 11 has the same rule (facts: consumers §3.1): an address in a lockfile that is not the
registry's can bring anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.npm.lockfiles.model import LockfileFormat
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.selection import LockedVersion
    from imprint.history.publications import Publication

_WITHOUT_INTEGRITY = frozenset({LockfileFormat.YARN_BERRY, LockfileFormat.LIST})
"""Berry keeps checksums of archives that it makes itself: told once for all, not here."""


def lock_events(
    locked: LockedVersion,
    publication: Publication | None,
    *,
    lockfile_format: LockfileFormat,
    registry: str,
    default_host: str,
) -> Iterator[DriftEvent]:
    """Yield the events of one version.

    npm puts the configured registry in the place of the public default's host, so that host is
    none of another; neither is the one that the packument itself names.
    """
    known = {_host(registry), default_host}
    if publication is not None and publication.tarball is not None:
        known.add(_host(publication.tarball))
    for place in locked.places:
        host = None if place.resolved is None else _host(place.resolved)
        if host is not None and host not in known:
            yield DriftEvent(
                id=EventId.LOCK_FOREIGN_HOST,
                severity=EventSeverity.ERROR,
                message=f"the lockfile takes it from {quoted(host)}, expected {quoted(registry)}",
                before=_host(registry),
                after=host,
                release="a lockfile that takes it from its registry",
            )
            break
    if locked.integrity is None and lockfile_format not in _WITHOUT_INTEGRITY:
        yield DriftEvent(
            id=EventId.LOCK_NO_INTEGRITY,
            severity=EventSeverity.WARN,
            message="the lockfile has no integrity for it: any bytes would do",
            release="a lockfile that is written anew",
        )


def _host(url: str) -> str | None:
    """Return `host` or `host:port` of an address of the web; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in {"http", "https"}:
        return None
    host = (parts.hostname or "").lower()
    return f"{host}:{port}" if port is not None else host
