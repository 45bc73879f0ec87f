"""Records: what clients were told and what they asked for, noted at once and written in batches.

Told in the event loop, written in a thread: no request waits for it. Who installs what is the
client's claim, and is kept only where the settings say so (`gate_inventory`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from imprint.gate.model import Recorded
from imprint.gate.withholding import codes_of
from imprint.policy.decisions import Admitted, verdict_of
from imprint.storage import gate_records
from imprint.storage.gate_records import DecisionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imprint.gate.metrics import Metrics
    from imprint.gate.model import JudgedDocument
    from imprint.http.pool import Pool
    from imprint.http.requests import Request
    from imprint.storage.gate_index import GateIndex

WRITE_SECONDS: Final = 1.0
"""How long something waits until it is written, with all that came meanwhile."""
MOST_OF_PACKUMENT: Final = 20
MOST_STANDINGS: Final = 4096
MOST_WAITING: Final = 50_000
"""Decisions, and versions asked for: more are counted as lost."""


def client_of(request: Request) -> str:
    """Return how a client is named in records: its address and what it says of itself."""
    agent = request.user_agent
    if not agent.isprintable():
        agent = "".join(c if c.isprintable() else "?" for c in agent)
    return f"{request.address} {agent}".rstrip()


class Records:
    """The records of one process and event loop."""

    def __init__(
        self,
        index: GateIndex,
        pool: Pool,
        metrics: Metrics,
        *,
        clock: Callable[[], float],
        keeps_inventory: bool = True,
    ) -> None:
        """Write to `index` in threads of `pool`; count in `metrics` what was told."""
        self.index = index
        self._pool = pool
        self._metrics = metrics
        self._clock = clock
        self._keeps_inventory = keeps_inventory
        self._standings: OrderedDict[tuple[str, str, int], None] = OrderedDict()
        self._told: list[DecisionRow] = []
        self._asked: dict[str, set[tuple[str, str]]] = {}
        self._waiting = 0
        self._writing: asyncio.Task[None] | None = None

    def told(self, recorded: Recorded) -> None:
        """Note that a client was told a decision."""
        self._metrics.decided(recorded.channel, recorded.effect, recorded.codes)
        if not self._has_room(1):
            return
        self._told.append(
            DecisionRow(
                at=recorded.at,
                name=recorded.name,
                version=recorded.version,
                integrity=recorded.integrity,
                verdict=recorded.verdict,
                effect=recorded.effect.value,
                codes=recorded.codes,
                sentence=recorded.sentence,
                client=recorded.client,
                channel=recorded.channel,
                policy_digest=recorded.policy_digest,
            )
        )
        self._write_soon()

    def judged(self, judged: JudgedDocument, *, upstream: str, doubt: str | None = None) -> None:
        """Note what a packument does not have, or has with a warning; nobody in particular asked.

        Of a package with many such versions the last are enough. `doubt` is of the document.
        """
        if judged.doubt or doubt:
            self._metrics.doubted(upstream)
        # Not the versions themselves: a strict policy withholds thousands of each package.
        standing = (judged.document_digest, judged.policy_digest, hash(judged.withheld))
        if standing in self._standings:
            return
        self._standings[standing] = None
        if len(self._standings) > MOST_STANDINGS:
            self._standings.popitem(last=False)
        found = [one for one in judged.verdicts.values() if not isinstance(one.decision, Admitted)]
        for verdict in found[-MOST_OF_PACKUMENT:]:
            self.told(
                Recorded(
                    at=self._clock(),
                    name=judged.name,
                    version=verdict.version,
                    integrity=None,
                    verdict=verdict_of(verdict.decision),
                    effect=verdict.effect,
                    codes=codes_of(verdict),
                    sentence=verdict.sentence,
                    client="",
                    channel="packument",
                    policy_digest=judged.policy_digest,
                )
            )

    def asked(self, client: str, versions: Iterable[tuple[str, str]]) -> None:
        """Note that a client asked for these names and versions."""
        if not self._keeps_inventory:
            return
        new = set(versions) - self._asked.get(client, set())
        if not new or not self._has_room(len(new)):
            return
        self._asked.setdefault(client, set()).update(new)
        self._write_soon()

    async def flush(self) -> None:
        """Write what waits."""
        told, self._told = self._told, []
        asked, self._asked = self._asked, {}
        self._waiting = 0
        if told or asked:
            await self._pool.run(_write, self.index, told, asked, now=self._clock())

    async def close(self) -> None:
        """Write what waits, and close the file."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.flush()
        self.index.close()

    def _has_room(self, count: int) -> bool:
        if self._waiting + count > MOST_WAITING:
            self._metrics.lost(count)
            return False
        self._waiting += count
        return True

    def _write_soon(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_later(), name="gate-records")

    async def _write_later(self) -> None:
        while self._told or self._asked:
            await asyncio.sleep(WRITE_SECONDS)
            await self.flush()


def _write(
    index: GateIndex,
    told: list[DecisionRow],
    asked: dict[str, set[tuple[str, str]]],
    *,
    now: float,
) -> None:
    if told:
        gate_records.tell(index, told)
    for client, versions in asked.items():
        gate_records.ask(index, client, sorted(versions), now=now)
