"""What the gate has in memory of its folder, kept in step with it, beside requests.

After a start, what was read of late of bursts is found again; and what somebody else puts into the
folder while the gate runs (`imprint gate import`) is taken up. Not here: what is kept (`storage`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.gate.gate import Gate
    from imprint.server.gate_stores import GateStores

log = logging.getLogger("imprint.gate")

LOOK_SECONDS = 2.0
"""How often it is asked whether somebody else wrote to the folder: some microseconds."""


class GateFolder:
    """The folder of one gate. Used from its event loop alone."""

    def __init__(self, gate: Gate, stores: GateStores) -> None:
        """Keep `gate` in step with what is on disk."""
        self._gate = gate
        self._stores = stores
        self._is_to_recall = True

    def begin(self) -> None:
        """Take what is on disk for what is known: of it, nothing is in memory yet. Blocks."""
        self._stores.index.was_changed()
        self._stores.proofs.was_changed()

    async def watch(self, *, every_seconds: float = LOOK_SECONDS) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:  # the next round may succeed; what is in memory is served meanwhile
                log.exception("gate-folder-failed")
            await asyncio.sleep(every_seconds)

    async def look(self) -> tuple[str, ...]:
        """Take up what somebody else has written since the last look; returns the packages."""
        gate, stores = self._gate, self._stores
        if await stores.pool.run(stores.proofs.was_changed):
            gate.judging.look_again()
        if not await stores.pool.run(stores.index.was_changed):
            # While an archive is being taken, every look finds more: once, when it is all there.
            await self._recall()
            return ()
        self._is_to_recall = True
        names = await gate.documents.take_up()
        for name in names:
            gate.packuments.forget(name)
            gate.advisories.forget(name)
        if names:
            log.info("gate-folder-taken-up", extra={"packages": len(names)})
        return names

    async def _recall(self) -> None:
        if not self._is_to_recall:
            return
        self._is_to_recall = False
        gate, stores = self._gate, self._stores
        found = await gate.judging.recall(stores.index, gate.upstreams.all, stores.pool)
        log.debug("gate-bursts-recalled", extra={"packages": found})
