"""Small packuments are served before they are on disk, and are there all the same."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from imprint.evidence.looked import Had
from imprint.gate.model import Upstream
from imprint.gate.upstream.documents import SMALL_BYTES, Documents
from imprint.gate.upstream.upstreams import Upstreams
from imprint.storage.gate_index import GateIndex
from imprint.upstream.fetch import Fetcher
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio


@dataclass
class World:
    documents: Documents
    index: GateIndex
    of: Upstream

    async def get(self, name):
        looked = await self.documents.get(name, self.of)
        assert isinstance(looked, Had), looked
        return looked.value

    @asynccontextmanager
    async def busy_disk(self):
        """Nothing is written meanwhile."""
        busy, free = threading.Event(), threading.Event()

        def work(_connection):
            busy.set()
            free.wait(20)

        blocking = asyncio.create_task(asyncio.to_thread(self.index.done, work, None))
        await asyncio.to_thread(busy.wait, 20)
        try:
            yield
        finally:
            free.set()
            await blocking


@asynccontextmanager
async def world_before(upstream, file, **more):
    index = GateIndex(file)
    upstreams = Upstreams.parse(upstream.url, ())
    assert upstreams.general is not None
    async with Fetcher() as fetcher:
        documents = Documents(
            fetcher=fetcher,
            upstreams=upstreams,
            index=index,
            clock=lambda: 1_795_000_000.0,
            **more,
        )
        try:
            yield World(documents, index, upstreams.general)
        finally:
            await documents.close()
            index.close()


@pytest.fixture
def upstream():
    with upstream_registry() as state:
        for name in ("widget", "gadget"):
            state.put(name, {"name": name, "versions": {"1.0.0": {"name": name}}})
        yield state


@pytest.fixture
def file(tmp_path):
    return tmp_path / "index.sqlite3"


async def test_a_small_one_does_not_wait_for_the_disk(upstream, file):
    async with world_before(upstream, file) as world:
        # What there is on disk of a name is looked for before, and what is being written ends.
        await world.get("gadget")
        await asyncio.gather(*world.documents._writing.values())
        async with world.busy_disk():
            upstream.put("gadget", {"name": "gadget", "versions": {"2.0.0": {"name": "gadget"}}})
            looked = await world.documents.get("gadget", world.of, anew=True)

            assert list(looked.value.history.moments) == ["2.0.0"]


async def test_what_was_not_written_yet_is_written_before_the_end(upstream, file):
    async with world_before(upstream, file) as world:
        await world.get("widget")
    upstream.answers.clear()

    async with world_before(upstream, file) as world:
        assert list((await world.get("widget")).history.moments) == ["1.0.0"]


async def test_the_bytes_of_one_that_is_being_written_are_waited_for(upstream, file):
    async with world_before(upstream, file, body_bytes=1) as world:
        widget = await world.get("widget")
        async with world.busy_disk():
            reading = asyncio.create_task(world.documents.body(widget))
            await asyncio.sleep(0.01)
        await world.get("gadget")  # whose bytes take the others' place

        assert await reading == upstream.answers["/widget"][1]
        assert await world.documents.body(widget) == upstream.answers["/widget"][1]


async def test_a_large_one_is_on_disk_when_it_is_served(upstream, file):
    readme = "x" * SMALL_BYTES
    upstream.put("widget", {"name": "widget", "readme": readme, "versions": {}})

    async with world_before(upstream, file) as world, world_before(upstream, file) as other:
        await world.get("widget")
        upstream.answers.clear()

        assert (await other.get("widget")).name == "widget"
