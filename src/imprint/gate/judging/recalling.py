"""Finding again, after a start, what was read of late of releases in quick succession.

What the gate remembers of bursts is in memory (`bursts`); the documents that showed it are on disk.
They are read beside requests, those that were used last first, a few at a time, and with pauses:
nobody waits for it. Not here: what is of a burst.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from imprint.evidence.bursts import quick_releases
from imprint.history.projection import PackumentHistory
from imprint.refusals import Malformed
from imprint.storage import gate_documents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from imprint.gate.judging.bursts import Bursts
    from imprint.history.bursts import Published
    from imprint.http.pool import Pool
    from imprint.storage.gate_index import GateIndex

MOST_DOCUMENTS: Final = 16_384
"""Of one upstream: what was used before that is remembered when somebody asks for it."""
AT_ONCE: Final = 8
PAUSE: Final = 3.0
"""How much longer a pause is than the work before it: a quarter of one processor at most."""
MOST_SECONDS: Final = 120.0
"""Of one upstream, pauses and all."""


async def recall(
    bursts: Bursts,
    index: GateIndex,
    upstreams: Sequence[str],
    *,
    since: float,
    pool: Pool,
    tell: Callable[[str], None],
) -> int:
    """Have `bursts` know what documents of `upstreams` in `index` show; return of how many.

    `tell` is given the packages that turn out to be of a burst: they are to be judged again.
    """
    found = 0
    with bursts.recalling():
        for upstream in upstreams:
            async for name, published in recalled(index, upstream, since=since, pool=pool):
                found += 1
                for other in bursts.recall(upstream, name, published, since=since):
                    tell(other)
    return found


async def recalled(
    index: GateIndex, upstream: str, *, since: float, pool: Pool
) -> AsyncIterator[tuple[str, tuple[Published, ...]]]:
    """Yield the packages that released twice within minutes since then, with those releases.

    As the documents of `upstream`, an address, show it that are in `index`, which is read in
    `pool`; `since` in Unix seconds. What cannot be read is left out, as if it was not kept.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + MOST_SECONDS
    names = await pool.run(
        gate_documents.used_last, index, upstream, since=since, most=MOST_DOCUMENTS
    )
    for start in range(0, len(names), AT_ONCE):
        began = clock()
        for name, published in await pool.run(
            _quick, index, upstream, names[start : start + AT_ONCE], since
        ):
            yield name, published
        if clock() >= end:
            return
        await asyncio.sleep(PAUSE * (clock() - began))


def _quick(
    index: GateIndex, upstream: str, names: Sequence[str], since: float
) -> list[tuple[str, tuple[Published, ...]]]:
    found = []
    for projection in gate_documents.projections(index, upstream, names):
        try:
            history = PackumentHistory(projection)
            published = tuple(quick_releases(history, since=since))
        except Malformed:
            continue  # of another version of imprint: it is read when somebody asks for it
        if published:
            found.append((history.name, published))
    return found
