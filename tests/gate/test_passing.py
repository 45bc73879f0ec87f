"""Reads that are passed on: however they hang, packages are still to be had."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from imprint.gate.upstream.passing import Passing
from imprint.gate.upstream.upstreams import Upstreams
from imprint.server.gate_stores import CONNECTIONS_PER_HOST
from imprint.upstream.fetch import Fetcher, Reach
from tests.support import faulty_upstream
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio


async def test_reads_that_an_upstream_does_not_answer_leave_connections_for_packages():
    standings: Any = None  # the path has no name in it
    with upstream_registry() as upstream:
        upstream.put("left-pad", {})
        held = faulty_upstream.Held(faulty_upstream.clean(b"{}"))
        upstream.behaviours["/-/thing"] = held
        upstreams = Upstreams.parse(upstream.url, ())
        async with Fetcher(connections_per_host=CONNECTIONS_PER_HOST) as fetcher:
            passing = Passing(upstreams, standings, fetcher)
            asking = [
                asyncio.create_task(passing.passed(upstreams.all[0], "/-/thing"))
                for _ in range(2 * CONNECTIONS_PER_HOST)
            ]
            await asyncio.to_thread(held.came.wait, 20)
            found = await fetcher.get(
                upstream.url + "left-pad", reach=Reach.REGISTERED, timeout_seconds=20
            )
            held.release()
            answered = await asyncio.gather(*asking)

    assert found == b"{}"
    assert {one.status for one in answered if one is not None} == {200}
