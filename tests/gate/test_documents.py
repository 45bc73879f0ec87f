"""Upstreams' packuments: asked for once, kept whole, and in doubt aloud where upstreams fail."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate.model import Upstream
from imprint.gate.upstream.documents import Documents
from imprint.gate.upstream.upstreams import Upstreams
from imprint.gate.upstream.windows import Windows
from imprint.storage.gate_index import GateIndex
from imprint.upstream.fetch import Fetcher
from imprint.upstream.packuments import Retries
from tests.support import faulty_upstream
from tests.support.upstream_registry import UpstreamStandIn, upstream_registry

pytestmark = pytest.mark.anyio

HOUR = 3600.0
DAY = 24 * HOUR
PATH = "/widget"
PATIENT = {"attempt": 20.0, "most": 40.0, "patience": 20.0}
"""What is to be answered is waited for, however slow the machine is just now."""


async def no_wait(_seconds):
    await asyncio.sleep(0)


@dataclass
class Clock:
    now: float = 1_795_000_000.0

    def __call__(self):
        return self.now


@dataclass
class Scene:
    upstream: UpstreamStandIn
    clock: Clock
    documents: Documents
    of: Upstream

    async def get(self, name="widget", **more):
        return await self.documents.get(name, self.of, **more)

    async def body(self, looked=None):
        """The bytes of the document that is served, or of one that was."""
        looked = looked or await self.get()
        return await self.documents.body(looked.value)

    def wait_for(self, seconds):
        """Have upstreams waited for so long, from now on."""
        self.documents._windows = replace(self.documents._windows, patience=seconds)

    async def settle(self):
        """Let what is asked for beside come to its end."""
        while self.documents._asking:
            await asyncio.gather(*self.documents._asking.values())

    @property
    def asked(self):
        return [one for one in self.upstream.asked if one.path == PATH]


@pytest.fixture
def upstream():
    with upstream_registry() as state:
        serve(state, "1.0.0")
        yield state


@pytest.fixture
def file(tmp_path):
    return tmp_path / "gate" / "index.sqlite3"


def serve(state, *versions, etag='"v1"', name="widget", **more):
    document = {"name": name, "versions": {v: {"name": name, "version": v} for v in versions}}
    state.put(name, document | more)
    state.headers["/" + name] = {"ETag": etag}
    return state.answers["/" + name][1]


@asynccontextmanager
async def scene(upstream, file, *, clock=None, holds=False, **windows):
    clock = clock or Clock()
    upstreams = Upstreams.parse(upstream.url, ())
    index = GateIndex(file)
    async with Fetcher() as fetcher:
        documents = Documents(
            fetcher=fetcher,
            upstreams=upstreams,
            index=index,
            clock=clock,
            windows=Windows(**(PATIENT | windows)),
            retries=Retries(most=1, sleep=no_wait),
            holds_unconfirmed=lambda: holds,
        )
        try:
            assert upstreams.general is not None
            yield Scene(upstream, clock, documents, upstreams.general)
        finally:
            await documents.close()
            index.close()


async def test_it_is_the_very_bytes_that_came_with_their_tag(upstream, file):
    async with scene(upstream, file) as world:
        looked = await world.get()

        assert await world.body(looked) == upstream.answers[PATH][1]
        assert looked.value.etag == '"v1"'
        assert looked.value.doubt is None
        assert list(looked.value.history.moments) == ["1.0.0"]


async def test_five_hundred_who_ask_at_once_make_one_request(upstream, file):
    held = faulty_upstream.Held(faulty_upstream.clean(upstream.answers[PATH][1]))
    upstream.behaviours[PATH] = held
    async with scene(upstream, file) as world:
        asking = [asyncio.ensure_future(world.get()) for _ in range(500)]
        await asyncio.to_thread(held.came.wait, 10)
        held.release()
        found = await asyncio.gather(*asking)

        assert held.asked == 1
        assert len({id(looked.value) for looked in found}) == 1


async def test_who_goes_away_takes_nothing_from_those_who_wait(upstream, file):
    held = faulty_upstream.Held(faulty_upstream.clean(upstream.answers[PATH][1]))
    upstream.behaviours[PATH] = held
    async with scene(upstream, file) as world:
        first, second = (asyncio.ensure_future(world.get()) for _ in range(2))
        await asyncio.to_thread(held.came.wait, 10)
        first.cancel()
        held.release()

        assert isinstance(await second, Had)
        assert held.asked == 1


async def test_what_was_said_a_moment_ago_is_not_asked_again(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        world.clock.now += 299

        assert isinstance(await world.get(), Had)
        assert len(world.asked) == 1


async def test_older_it_is_handed_on_at_once_and_asked_for_if_it_changed(upstream, file):
    async with scene(upstream, file) as world:
        old = await world.get()
        body = serve(upstream, "1.0.0", "1.1.0", etag='"v2"')
        world.clock.now += 301

        assert (await world.get()).value.digest == old.value.digest
        await world.settle()

        assert await world.body() == body
        assert world.asked[1].headers["if-none-match"] == '"v1"'
        assert len(world.asked) == 2


async def test_what_is_unchanged_is_confirmed_without_coming_again(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        world.clock.now += HOUR

        looked = await world.get()

        assert looked.value.confirmed_at == world.clock.now
        assert world.documents.counts.unchanged == 1
        assert world.documents.counts.changed == 1


async def test_the_same_bytes_under_another_tag_are_no_change(upstream, file):
    async with scene(upstream, file) as world:
        before = await world.get()
        upstream.headers[PATH] = {"ETag": '"v2"'}
        world.clock.now += HOUR

        after = await world.get()

        assert after.value.history is before.value.history
        assert after.value.etag == '"v2"'


async def test_anew_asks_whatever_is_known(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        body = serve(upstream, "2.0.0", etag='"v2"')

        assert await world.body(await world.get(anew=True)) == body


async def test_what_is_not_there_is_not_asked_for_again_for_a_while(upstream, file):
    async with scene(upstream, file) as world:
        del upstream.answers[PATH]
        assert await world.get() == NotThere()
        serve(upstream, "1.0.0")
        assert await world.get() == NotThere()
        world.clock.now += 31

        assert isinstance(await world.get(), Had)
        assert len(world.asked) == 2


async def test_what_is_not_there_is_asked_for_anew(upstream, file):
    async with scene(upstream, file) as world:
        del upstream.answers[PATH]
        await world.get()
        serve(upstream, "1.0.0")

        assert isinstance(await world.get(anew=True), Had)


async def test_what_is_gone_upstream_is_gone(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        del upstream.answers[PATH]
        upstream.headers.clear()
        world.clock.now += HOUR

        assert await world.get() == NotThere()
    async with scene(upstream, file) as world:
        assert await world.get() == NotThere()


async def test_kept_documents_outlive_the_process(upstream, file):
    async with scene(upstream, file) as world:
        before = await world.get()
    async with scene(upstream, file) as world:
        after = await world.get()

        assert after.value.digest == before.value.digest
        assert await world.body(after) == upstream.answers[PATH][1]
        assert list(after.value.history.moments) == ["1.0.0"]
        assert len(world.asked) == 1


async def test_more_than_fits_into_memory_is_read_from_disk_again(upstream, file):
    serve(upstream, "1.0.0", name="other")
    async with scene(upstream, file) as world:
        world.documents._held._most_bytes = world.documents._bodies._most_bytes = 1
        await world.get()
        await world.get("other")

        assert world.documents.held("widget", world.of) is None
        assert await world.body() == upstream.answers[PATH][1]
        assert len(world.asked) == 1


FAULTS = {
    "errors": lambda _: faulty_upstream.Storm(faulty_upstream.clean(b"")),
    "killed-at-once": lambda _: faulty_upstream.killed_before_any_answer(),
    "killed-midway": lambda body: faulty_upstream.killed_after(body, 40),
    "closed-early": lambda body: faulty_upstream.closed_early(body, 40),
    "no-last-chunk": lambda body: faulty_upstream.chunked_without_end(body, 40),
    "said-longer": faulty_upstream.said_longer,
    "said-shorter": faulty_upstream.said_shorter,
    "truncated-gzip": faulty_upstream.truncated_gzip,
    "damaged-gzip": faulty_upstream.damaged_gzip,
    "gzip-bomb": lambda _: faulty_upstream.gzip_bomb(300 * 1024 * 1024),
    "a-page": lambda _: faulty_upstream.clean(b"<html>sign in</html>"),
    "another-package": lambda _: faulty_upstream.clean(b'{"name":"other","versions":{}}'),
    "elsewhere": lambda _: faulty_upstream.redirected("http://127.0.0.1:9/widget"),
    "slow-loris": lambda body: faulty_upstream.slow(body, first=10),
    "slow-head": lambda _: faulty_upstream.slow_head(),
    "silence": lambda _: faulty_upstream.silent(),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_first_answer_that_is_wrong_is_none_and_nothing_is_kept(upstream, file, fault):
    upstream.behaviours[PATH] = FAULTS[fault](upstream.answers[PATH][1])
    async with scene(upstream, file, attempt=0.3, most=0.5) as world:
        looked = await world.get()

        assert isinstance(looked, NotLooked)
        assert looked.is_failure
        assert looked.why
    upstream.behaviours.clear()
    async with scene(upstream, file) as world:
        assert await world.body() == upstream.answers[PATH][1]


@pytest.mark.parametrize("fault", FAULTS)
async def test_where_the_upstream_fails_what_is_kept_is_handed_on_in_doubt(upstream, file, fault):
    async with scene(upstream, file) as world:
        before = await world.get()
    upstream.behaviours[PATH] = FAULTS[fault](upstream.answers[PATH][1])
    async with scene(upstream, file, attempt=0.3, most=0.5) as world:
        world.clock.now += HOUR

        looked = await world.get()

        assert looked.value.digest == before.value.digest
        assert looked.value.doubt.startswith(
            f"not confirmed by `{world.of.label}` since 2026-11-18"
        )
        assert world.documents.counts.in_doubt == 1


async def test_within_the_first_window_it_is_in_doubt_as_soon_as_the_upstream_failed(
    upstream, file
):
    async with scene(upstream, file) as world:
        await world.get()
        upstream.behaviours[PATH] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.clock.now += 301

        assert (await world.get()).value.doubt is None
        await world.settle()

        assert "answered `500`" in (await world.get()).value.doubt


@pytest.mark.parametrize("later", [301, 900, HOUR])
async def test_what_is_held_unconfirmed_is_handed_on_no_more(upstream, file, later):
    async with scene(upstream, file, holds=True) as world:
        await world.get()
        upstream.behaviours[PATH] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.clock.now += later

        for _ in range(2):
            looked = await world.get()

            assert looked.is_held
            assert "what is kept was last confirmed at 2026-11-18" in looked.why
        upstream.behaviours.clear()
        world.clock.now += 4
        assert (await world.get()).value.doubt is None


async def test_what_is_held_unconfirmed_is_handed_on_while_it_is_young(upstream, file):
    async with scene(upstream, file, holds=True) as world:
        await world.get()
        upstream.behaviours[PATH] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.clock.now += 299

        assert (await world.get()).value.doubt is None


async def test_doubt_ends_with_the_next_answer(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        upstream.behaviours[PATH] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.clock.now += HOUR
        assert (await world.get()).value.doubt
        upstream.behaviours.clear()
        world.clock.now += 4

        assert (await world.get()).value.doubt is None


async def test_too_old_it_is_handed_on_no_more(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        upstream.behaviours[PATH] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.clock.now += DAY + 301

        looked = await world.get()

        assert isinstance(looked, NotLooked)
        assert "too long ago" in looked.why


async def test_a_storm_of_errors_is_not_answered_by_one_of_requests(upstream, file):
    storm = faulty_upstream.Storm(faulty_upstream.clean(b""))
    upstream.behaviours[PATH] = storm
    async with scene(upstream, file) as world:
        for _ in range(50):
            assert isinstance(await world.get(), NotLooked)

        assert storm.asked == 2  # once, and once again


async def test_a_storm_that_passes_is_waited_for(upstream, file):
    right = faulty_upstream.clean(upstream.answers[PATH][1])
    upstream.behaviours[PATH] = faulty_upstream.Storm(right, times=1, status=503)
    async with scene(upstream, file) as world:
        assert isinstance(await world.get(), Had)


async def test_a_slow_upstream_is_waited_for_a_little_and_taken_when_it_is_there(upstream, file):
    async with scene(upstream, file, patience=0.2) as world:
        await world.get()
        body = serve(upstream, "1.0.0", "1.1.0", etag='"v2"')
        held = faulty_upstream.Held(faulty_upstream.clean(body))
        upstream.behaviours[PATH] = held
        world.clock.now += HOUR

        looked = await world.get()
        assert "did not answer within" in looked.value.doubt
        held.release()
        await world.settle()

        assert await world.body() == body
        assert held.asked == 1


async def test_a_clock_that_was_set_back_makes_nothing_fresh(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
        world.clock.now -= DAY

        await world.get()

        assert len(world.asked) == 2


async def test_a_disk_that_takes_nothing_leaves_the_gate_at_work(upstream, tmp_path):
    (tmp_path / "file").write_text("in the way")
    async with scene(upstream, tmp_path / "file" / "index.sqlite3") as world:
        assert isinstance(await world.get(), Had)
        assert isinstance(await world.get(), Had)
        assert len(world.asked) == 1


async def test_a_projection_of_another_version_is_made_again(upstream, file):
    async with scene(upstream, file) as world:
        await world.get()
    index, statement = GateIndex(file), "UPDATE documents SET projection = x'00'"
    index.done(lambda connection: connection.execute(statement), None)
    index.close()
    async with scene(upstream, file) as world:
        assert list((await world.get()).value.history.moments) == ["1.0.0"]
        assert len(world.asked) == 1


@pytest.mark.parametrize(
    "damage", ["body = x'00'", "body = (SELECT body FROM documents WHERE name = 'other')"]
)
async def test_what_was_damaged_on_disk_is_asked_for_again(upstream, file, damage):
    serve(upstream, "1.0.0", name="other")
    async with scene(upstream, file) as world:
        await world.get()
        await world.get("other")
    index, statement = GateIndex(file), f"UPDATE documents SET {damage} WHERE name = 'widget'"
    index.done(lambda connection: connection.execute(statement), None)
    index.close()
    async with scene(upstream, file) as world:
        assert await world.body() is None

        assert await world.body() == upstream.answers[PATH][1]
        assert len(world.asked) == 2


async def test_without_a_disk_a_body_that_was_let_go_is_asked_for_again(upstream, tmp_path):
    serve(upstream, "1.0.0", name="other")
    (tmp_path / "file").write_text("in the way")
    async with scene(upstream, tmp_path / "file" / "index.sqlite3") as world:
        world.documents._bodies._most_bytes = 1
        await world.get()
        await world.get("other")

        assert await world.body() is None
        assert await world.body() == upstream.answers[PATH][1]


async def test_many_large_documents_come_a_few_at_a_time(upstream, file):
    names = [f"large-{number}" for number in range(8)]
    for name in names:
        serve(upstream, "1.0.0", name=name, readme="x" * 3_000_000)
    async with scene(upstream, file) as world:
        found = await asyncio.gather(*(world.get(name) for name in names))

        assert [looked.value.name for looked in found] == names
        assert json.loads(await world.body(found[-1]))["name"] == names[-1]


async def test_an_upstream_that_does_not_answer_is_not_waited_for_again_and_again(upstream, file):
    serve(upstream, "1.0.0", name="gadget")
    async with scene(upstream, file, patience=0.2) as world:
        for name in ("widget", "gadget"):
            await world.get(name)
        held = faulty_upstream.Held(faulty_upstream.clean(b""))
        upstream.behaviours |= {PATH: held, "/gadget": held}
        world.clock.now += HOUR
        await world.get()
        world.wait_for(1.5)

        looked = await world.get("gadget")
        held.release()
        await world.settle()

        # Of the first time: this time nobody waited at all.
        assert "did not answer within `0.2` seconds" in looked.value.doubt


async def test_as_soon_as_it_answers_again_it_is_waited_for(upstream, file):
    serve(upstream, "1.0.0", name="gadget")
    async with scene(upstream, file, patience=0.2) as world:
        for name in ("widget", "gadget"):
            await world.get(name)
        held = faulty_upstream.Held(faulty_upstream.clean(upstream.answers[PATH][1]))
        upstream.behaviours[PATH] = held
        world.clock.now += HOUR
        await world.get()
        held.release()
        await world.settle()
        world.wait_for(20.0)

        assert (await world.get("gadget")).value.doubt is None
