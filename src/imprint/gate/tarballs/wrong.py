"""Tarballs that came with wrong bytes: remembered for a while, and told to an administrator."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from imprint.storage.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.gate.model import UpstreamDocument
    from imprint.gate.tarballs.downloads import WantedTarball, WrongTarball
    from imprint.http.pool import Pool
    from imprint.storage.gate_tarballs import TarballDigest

log = logging.getLogger("imprint.gate")

WRONG_SECONDS: Final = 60.0
"""How long it is remembered that an upstream sent wrong bytes, before it is asked again."""
_MOST_WRONG: Final = 1024
_MOST_ADDRESS_CHARACTERS: Final = 1000


class WrongTarballs:
    """Those of one process. Used from the event loop alone."""

    def __init__(
        self, *, happened: Callable[[Event], None], pool: Pool, clock: Callable[[], float]
    ) -> None:
        """Give an event to `happened`, in a thread of `pool`, once for each flight."""
        self._happened = happened
        self._pool = pool
        self._clock = clock
        self._wrong: OrderedDict[tuple[TarballDigest, str], tuple[float, WrongTarball]] = (
            OrderedDict()
        )

    def before(self, wanted: WantedTarball) -> WrongTarball | None:
        """Return what came when this was last fetched, if that was wrong, and a moment ago."""
        found = self._wrong.get((wanted.digest, wanted.url))
        if found is None or not 0 <= self._clock() - found[0] < WRONG_SECONDS:
            return None
        return found[1]

    async def note(self, found: WrongTarball, document: UpstreamDocument, version: str) -> None:
        """Remember it, and raise the event, if nobody has done so for this flight."""
        wanted = found.wanted
        key = (wanted.digest, wanted.url)
        before = self._wrong.get(key)
        if before is not None and before[1] is found:
            return
        now = self._clock()
        self._wrong[key] = (now, found)
        if len(self._wrong) > _MOST_WRONG:
            self._wrong.popitem(last=False)
        data: dict[str, object] = {
            "version": version,
            "upstream": document.upstream.label,
            "address": wanted.url[:_MOST_ADDRESS_CHARACTERS],
            "algorithm": wanted.digest.algorithm,
            "expected": wanted.digest.hexadecimal,
            "actual": found.actual,
            "size_bytes": found.size_bytes,
        }
        log.error("tarball-mismatch", extra={"package.name": document.name, **data})
        event = Event(
            kind="tarball-mismatch",
            package=document.name,
            actor="gate",
            address="",
            at=now,
            data=data,
        )
        await self._pool.run(self._happened, event)
