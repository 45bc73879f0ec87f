"""Tarballs through the gate: what is sent, what never is, and what is kept."""

import asyncio
import hashlib
import json
import os
import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from imprint.gate.tarballs import sending
from imprint.gate.tarballs.downloads import WantedTarball
from imprint.policy.model import Mode
from imprint.storage.gate_tarballs import USED_EVERY_SECONDS
from imprint.upstream.bodies import Pace
from imprint.upstream.targets import Reach
from tests.support import faulty_upstream as faulty
from tests.support.gate_tarballs import (
    LARGE,
    NAME,
    PUBLIC_URL,
    SENTENCE,
    digest_of,
    random_bytes,
    sri,
    tarball_world,
)
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio

PATHSEND: dict[str, dict[str, object]] = {"http.response.pathsend": {}}
SMALL = random_bytes(5000)
BIG = random_bytes(LARGE)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def upstream():
    with upstream_registry() as running:
        yield running


@pytest.fixture
async def gate(upstream, tmp_path):
    async with tarball_world(upstream, tmp_path / "gate") as world:
        yield world


@pytest.mark.parametrize("data", [SMALL, BIG], ids=["small", "large"])
async def test_a_tarball_comes_from_upstream_and_then_from_the_store(gate, data):
    gate.publish(data)

    first = await gate.ask()
    await gate.settled()
    second = await gate.ask()

    assert (first.status, first.body, first.is_whole) == (200, data, True)
    assert first.headers["content-length"] == str(len(data))
    assert second.body == data
    assert first.headers == second.headers
    assert gate.times_asked() == 1


async def test_a_large_kept_tarball_is_sent_by_the_server_itself(gate, tmp_path):
    gate.publish(BIG)
    await gate.ask()
    await gate.settled()

    answered = await gate.ask(extensions=PATHSEND)

    name = hashlib.sha512(BIG).hexdigest()
    assert answered.path == str(tmp_path / "gate" / "tarballs" / "sha512" / name[:2] / name)
    assert answered.headers["content-length"] == str(LARGE)


async def test_a_small_kept_tarball_is_sent_in_one_piece(gate):
    gate.publish(SMALL)
    await gate.ask()
    await gate.settled()

    answered = await gate.ask(extensions=PATHSEND)

    assert (answered.path, answered.pieces, answered.body) == (None, [5000], SMALL)
    assert answered.headers["content-length"] == "5000"


async def test_a_small_one_whose_file_went_is_asked_for_anew_once_somebody_looked(gate):
    gate.publish(SMALL)
    for _ in range(2):
        await gate.ask()
        await gate.settled()
    remove(gate, SMALL)

    before = await gate.ask()
    gate.now += USED_EVERY_SECONDS + 1
    after = await gate.ask()

    assert before.body == after.body == SMALL
    assert gate.times_asked() == 2


def remove(gate, data):
    Path(gate.store.at_hand(digest_of(data)).path).unlink()


async def test_a_small_one_that_is_held_is_refused_as_soon_as_policy_says_so(gate):
    gate.publish(SMALL)
    for _ in range(2):
        await gate.ask()
        await gate.settled()
    gate.judging.withheld["1.0.0"] = SENTENCE

    answered = await gate.ask()

    assert (answered.status, json.loads(answered.body)["error"]) == (403, SENTENCE)


async def test_what_is_said_with_a_tarball_is_said_with_a_small_one_that_is_held(gate):
    gate.publish(SMALL)
    for _ in range(2):
        await gate.ask()
        await gate.settled()
    gate.judging.mode = Mode.WARN
    gate.judging.withheld["1.0.0"] = SENTENCE

    answered = await gate.ask()

    assert (answered.status, answered.body) == (200, SMALL)
    assert answered.headers["npm-notice"] == SENTENCE
    assert answered.headers["cache-control"] == "no-store"


async def test_a_large_tarball_is_sent_while_it_comes(gate):
    path = gate.publish(BIG)
    held = faulty.slow(BIG, first=LARGE // 2, pause_seconds=0.05, piece_bytes=LARGE // 2)
    gate.misbehave(path, held)
    came = []

    answered = await gate.ask(each=lambda _: came.append(gate.downloads.under_way))

    assert answered.body == BIG
    assert answered.pieces[0] < LARGE // 2
    assert came[0] == 1


async def test_a_withheld_version_is_refused_with_the_reason_and_asked_nobody_for(gate):
    gate.publish(SMALL)
    gate.judging.withheld["1.0.0"] = SENTENCE

    answered = await gate.ask()

    told = json.loads(answered.body)
    hint = f"{PUBLIC_URL}/-/imprint/gate/packages/@acme/widget shows what was decided"
    assert answered.status == 403
    assert told["error"] == told["message"] == told["body"]["message"] == SENTENCE
    assert (told["code"], told["hint"]) == ("auth-regressed", hint)
    assert answered.headers["npm-notice"] == f"{SENTENCE} (hint: {hint})"
    assert gate.times_asked() == 0


async def test_a_version_that_was_kept_is_refused_as_soon_as_policy_says_so(gate):
    gate.publish(SMALL)
    await gate.ask()
    await gate.settled()
    gate.judging.withheld["1.0.0"] = SENTENCE

    answered = await gate.ask(extensions=PATHSEND)

    assert (answered.status, answered.path) == (403, None)


async def test_a_decision_that_was_told_is_recorded_and_who_asked(gate):
    gate.publish(SMALL)
    await gate.ask()
    gate.judging.withheld["1.0.0"] = SENTENCE
    await gate.ask()

    ((told),) = gate.told
    assert (told.name, told.version, told.verdict, told.effect, told.codes) == (
        NAME,
        "1.0.0",
        "refused",
        "withhold",
        ("auth-regressed",),
    )
    assert (told.integrity, told.channel, told.policy_digest) == (sri(SMALL), "tarball", "stated")
    assert gate.asked == [(told.client, [(NAME, "1.0.0")])] * 2
    assert gate.metrics.totals("gate_requests_total") == {
        (("kind", "tarball"), ("outcome", "served")): 1,
        (("kind", "tarball"), ("outcome", "refused")): 1,
    }


async def test_what_is_not_there_is_not_found(gate):
    gate.publish(SMALL)

    version = await gate.ask("9.9.9")
    package = await gate.ask(name="@acme/other")

    assert (version.status, json.loads(version.body)["code"]) == (404, "no-version")
    assert (package.status, json.loads(package.body)["code"]) == (404, "no-package")


async def test_a_version_that_was_published_meanwhile_is_found(gate):
    gate.publish(SMALL)
    await gate.ask()
    gate.publish(BIG, "1.1.0")
    gate.now += 60

    answered = await gate.ask("1.1.0")

    assert answered.body == BIG


async def test_an_upstream_that_does_not_answer_is_said(gate):
    gate.upstream.answers["/@acme%2fwidget"] = (500, b"")

    answered = await gate.ask()

    assert answered.status == 502
    assert json.loads(answered.body)["code"] == "upstream-failed"


async def test_an_old_version_is_known_by_its_sha1_and_that_is_said(gate):
    gate.publish(SMALL, shasum=hashlib.sha1(SMALL).hexdigest())
    gate.upstream.change(NAME, "1.0.0", integrity=None)

    answered = await gate.ask()

    assert answered.body == SMALL
    assert answered.headers["imprint-doubt"] == "only the sha1 of this tarball is known"


@pytest.mark.parametrize("is_kept", [False, True], ids=["first", "kept"])
async def test_what_is_known_by_its_sha1_is_judged_by_its_bytes_too(gate, is_kept):
    gate.publish(SMALL, shasum=hashlib.sha1(SMALL).hexdigest())
    gate.upstream.change(NAME, "1.0.0", integrity=None)
    if is_kept:
        await gate.ask()
        await gate.settled()
    gate.judging.withheld[sri(SMALL)] = SENTENCE

    answered = await gate.ask()

    assert (answered.status, json.loads(answered.body)["error"]) == (403, SENTENCE)
    assert [one.effect for one in gate.told] == ["withhold"]


async def test_a_version_without_any_digest_is_not_served(gate):
    gate.publish(SMALL)
    gate.upstream.change(NAME, "1.0.0", integrity=None)

    answered = await gate.ask()

    assert answered.status == 403
    assert json.loads(answered.body)["code"] == "tarball-without-digest"


async def test_a_digest_of_megabytes_is_none(gate):
    gate.publish(SMALL)
    gate.upstream.change(NAME, "1.0.0", integrity=f"{sri(SMALL)} {'x' * 5000}")

    assert (await gate.ask()).status == 403


async def test_who_may_not_have_it_takes_no_download_from_who_may(gate):
    lured = WantedTarball(
        label="lure@1.0.0",
        url=f"{gate.upstream.url}widget.tgz",
        reach=Reach.LEARNED,
        digest=digest_of(SMALL),
    )

    theirs = gate.downloads.of(lured)
    ours = gate.downloads.of(replace(lured, reach=Reach.REGISTERED))

    assert gate.downloads.of(lured) is theirs
    assert ours is not theirs


async def test_the_doubt_about_a_packument_is_in_the_answers_header(gate):
    gate.publish(SMALL)
    await gate.ask()
    gate.upstream.answers["/@acme%2fwidget"] = (500, b"")
    gate.now += 3600

    answered = await gate.ask()

    assert answered.body == SMALL
    assert answered.headers["imprint-doubt"].startswith("not confirmed by `127.0.0.1:")


async def test_what_is_served_undecided_says_so(gate):
    gate.publish(SMALL)
    gate.judging.mode = Mode.OBSERVE
    gate.judging.undecided["1.0.0"] = "it cannot be told"

    answered = await gate.ask()

    assert answered.body == SMALL
    assert answered.headers["imprint-doubt"] == "it cannot be told"
    assert "npm-notice" not in answered.headers


async def test_a_policy_that_warns_has_npm_say_so(gate):
    gate.publish(SMALL)
    gate.judging.mode = Mode.WARN
    gate.judging.withheld["1.0.0"] = SENTENCE

    answered = await gate.ask()

    assert answered.body == SMALL
    assert answered.headers["npm-notice"] == SENTENCE
    assert answered.headers["cache-control"] == "no-store"


# --- wrong bytes ---------------------------------------------------------------------------------


async def test_a_small_wrong_tarball_is_refused_before_a_byte_of_it_is_sent(gate):
    path = gate.publish(SMALL)
    gate.misbehave(path, faulty.other_bytes(SMALL))

    answered = await gate.ask()

    assert answered.status == 403
    assert json.loads(answered.body)["code"] == "tarball-mismatch"
    assert gate.store.look(digest_of(SMALL)) is None


@pytest.mark.parametrize("at", [0, -1], ids=["first byte", "last byte"])
async def test_a_large_wrong_tarball_is_broken_off_before_its_end(gate, at):
    path = gate.publish(BIG)
    gate.misbehave(path, faulty.other_bytes(BIG, at=at))

    answered = await gate.ask()
    await gate.settled()

    assert (answered.status, answered.is_whole) == (200, False)
    assert 0 < len(answered.body) < LARGE
    assert gate.store.look(digest_of(BIG)) is None
    assert not list(gate.store._folder.rglob("incoming/*"))


async def test_wrong_bytes_raise_one_event_however_many_asked(gate):
    path = gate.publish(SMALL)
    gate.misbehave(path, faulty.other_bytes(SMALL))

    answers = await asyncio.gather(*(gate.ask() for _ in range(20)))
    again = await gate.ask()

    assert {one.status for one in [*answers, again]} == {403}
    assert gate.times_asked() == 1
    ((event),) = gate.events
    assert (event.kind, event.package, event.data["version"]) == ("tarball-mismatch", NAME, "1.0.0")
    assert event.data["expected"] == hashlib.sha512(SMALL).hexdigest()


async def test_an_upstream_that_sent_wrong_bytes_is_asked_again_after_a_minute(gate):
    path = gate.publish(SMALL)
    gate.misbehave(path, faulty.other_bytes(SMALL))
    await gate.ask()
    gate.misbehave(path, faulty.clean(SMALL))
    gate.now += 61

    answered = await gate.ask()

    assert answered.body == SMALL


async def test_another_packages_tarball_under_the_same_address_is_no_good(gate):
    path = gate.publish(BIG)
    gate.misbehave(path, faulty.clean(SMALL))

    answered = await gate.ask()

    assert answered.status == 403


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [SMALL, BIG], ids=["small", "large"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda data: faulty.killed_after(data, len(data) // 2), id="killed"),
        pytest.param(lambda data: faulty.closed_early(data, len(data) - 1), id="closed early"),
        pytest.param(lambda data: faulty.chunked_without_end(data, len(data)), id="no last chunk"),
        pytest.param(faulty.said_longer, id="said longer"),
        pytest.param(faulty.said_shorter, id="said shorter"),
        pytest.param(faulty.truncated_gzip, id="encoded"),
        pytest.param(lambda _: faulty.killed_before_any_answer(), id="killed at once"),
        pytest.param(lambda _: faulty.Storm(faulty.clean(b"")), id="storm"),
    ],
)
async def test_an_upstream_that_fails_leaves_no_half_and_no_whole(gate, data, fault):
    path = gate.publish(data)
    gate.misbehave(path, fault(data))

    answered = await gate.ask()
    await gate.settled()

    if answered.status == 200:
        assert not answered.is_whole
        assert data.startswith(answered.body)
        assert len(answered.body) < len(data)
    else:
        assert answered.status in {403, 502}
        assert answered.is_whole
    assert gate.store.look(digest_of(data)) is None
    assert not list(gate.store._folder.rglob("incoming/*"))


async def test_a_download_goes_on_where_an_upstream_broke_off(gate):
    path = gate.publish(BIG)
    asked = []

    def behaviour(handler):
        asked.append(handler.headers.get("range"))
        if len(asked) == 1:
            faulty.killed_after(BIG, LARGE // 2)(handler)
            return
        first = int(asked[-1].removeprefix("bytes=").removesuffix("-"))
        part = {"content-range": f"bytes {first}-{LARGE - 1}/{LARGE}"}
        faulty.clean(BIG[first:], status=206, headers=part)(handler)

    gate.misbehave(path, behaviour)

    answered = await gate.ask()

    assert (answered.body, answered.is_whole) == (BIG, True)
    assert len(asked) == 2
    assert asked[1] is not None


async def test_an_upstream_without_ranges_is_heard_from_the_start(gate):
    path = gate.publish(BIG)
    answers = [faulty.killed_after(BIG, LARGE // 2), faulty.clean(BIG)]

    def behaviour(handler):
        answers.pop(0)(handler)

    gate.misbehave(path, behaviour)

    answered = await gate.ask()

    assert (answered.body, answered.is_whole) == (BIG, True)


async def test_a_storm_that_passes_is_not_noticed(gate):
    path = gate.publish(SMALL)
    gate.misbehave(path, faulty.Storm(faulty.clean(SMALL), times=2))

    answered = await gate.ask()

    assert answered.body == SMALL


async def test_a_tarball_of_unknown_length_comes_without_one(gate):
    path = gate.publish(BIG)
    gate.misbehave(path, faulty.chunked(BIG))

    answered = await gate.ask()

    assert answered.body == BIG
    assert answered.is_whole


async def test_a_slow_loris_is_given_up(upstream, tmp_path):
    pace = Pace(stall_seconds=0.2, bytes_per_second=1_000_000)
    async with tarball_world(upstream, tmp_path / "gate", pace=pace) as gate:
        path = gate.publish(SMALL)
        gate.misbehave(path, faulty.slow(SMALL, piece_bytes=10, pause_seconds=0.02))

        answered = await gate.ask()

    assert answered.status == 502


async def test_five_hundred_first_requests_are_one_upstream_request(gate):
    data = random_bytes(200_000)
    path = gate.publish(data)
    held = faulty.Held(faulty.clean(data))
    gate.misbehave(path, held)

    asking = [asyncio.create_task(gate.ask()) for _ in range(500)]
    await asyncio.to_thread(held.came.wait, 20)
    held.release()
    answers = await asyncio.gather(*asking)

    assert {one.body for one in answers} == {data}
    assert all(one.is_whole for one in answers)
    assert held.asked == 1


async def test_what_is_stored_while_it_is_looked_for_is_not_fetched_again(gate, monkeypatch):
    path = gate.publish(SMALL)
    held = faulty.Held(faulty.clean(SMALL))
    gate.misbehave(path, held)
    first = asyncio.create_task(gate.ask())
    await asyncio.to_thread(held.came.wait, 20)
    look, looked = gate.store.look, threading.Event()

    def looks_for_long(digest):
        found = look(digest)
        looked.set()
        while gate.downloads.under_way:
            time.sleep(0.001)
        return found

    monkeypatch.setattr(gate.store, "has", lambda _: True)  # another process put it there
    monkeypatch.setattr(gate.store, "look", looks_for_long)
    second = asyncio.create_task(gate.ask())
    await asyncio.to_thread(looked.wait, 20)
    held.release()

    assert [(await one).body for one in (first, second)] == [SMALL, SMALL]
    assert held.asked == 1


async def test_a_client_that_goes_away_does_not_end_the_flight_of_others(gate):
    path = gate.publish(BIG)
    held = faulty.Held(faulty.clean(BIG))
    gate.misbehave(path, held)
    leaving, staying = asyncio.create_task(gate.ask()), asyncio.create_task(gate.ask())
    await asyncio.to_thread(held.came.wait, 20)

    leaving.cancel()
    held.release()
    answered = await staying

    assert answered.body == BIG


async def test_a_slow_client_gets_all_of_it_after_the_flight_has_ended(gate):
    gate.publish(BIG)
    first: list[bool] = []

    def wait_for_the_end(message):
        if message["type"] == "http.response.body" and not first:
            first.append(True)
            return gate.settled()
        return None

    answered = await gate.ask(each=wait_for_the_end)

    assert (answered.body, answered.is_whole) == (BIG, True)


async def test_slow_clients_of_small_tarballs_hold_no_memory(gate):
    bodies = {f"1.0.{number}": random_bytes(300_000) for number in range(5)}
    for version, data in bodies.items():
        gate.publish(data, version)
    gate.downloads._memory.most_bytes = 400_000
    going_on, came = asyncio.Event(), asyncio.Semaphore(0)

    def slow(message):
        if "status" in message or going_on.is_set():
            return None
        came.release()
        return going_on.wait()

    asking = []
    for version in bodies:
        asking.append(asyncio.create_task(gate.ask(version, each=slow)))
        await came.acquire()
        await gate.settled()
    taken = gate.downloads._memory.taken_bytes
    going_on.set()
    answered = await asyncio.gather(*asking)

    assert taken == 0
    assert [one.body for one in answered] == list(bodies.values())


async def test_a_slow_client_goes_on_when_its_tarball_is_dropped(gate):
    data = random_bytes(600_000)
    gate.publish(data)
    dropped: list[int] = []

    def drop(message):
        async def dropping():
            await gate.settled()
            dropped.append(gate.store.make_room(10**12))

        return None if "status" in message or dropped else dropping()

    answered = await gate.ask(each=drop)

    assert dropped == [600_000]
    assert (answered.body, answered.is_whole) == (data, True)


async def test_a_client_that_takes_nothing_is_given_up(gate, monkeypatch):
    gate.publish(BIG)
    monkeypatch.setattr(sending, "STALL_SECONDS", 0.1)
    never = asyncio.Event()

    answered = await gate.ask(each=lambda message: None if "status" in message else never.wait())

    assert answered.body
    assert not answered.is_whole
    assert gate.downloads._memory.taken_bytes == 0


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/widget.tgz",
        "http://127.0.0.1:1/widget.tgz",
        "https://user:secret@registry.example.test/widget.tgz",
        "file:///etc/passwd",
        "nonsense",
        "https://[::1",
    ],
)
async def test_an_address_inside_is_never_asked(gate, address):
    gate.publish(SMALL, tarball=address)

    answered = await gate.ask()

    assert answered.status == 502
    assert b"root:" not in answered.body


async def test_a_redirect_inside_is_not_followed(gate):
    path = gate.publish(SMALL)
    gate.misbehave(path, faulty.redirected("https://10.0.0.1/widget.tgz"))

    answered = await gate.ask()

    assert answered.status == 502


# --- conditional requests ------------------------------------------------------------------------


@pytest.mark.parametrize("is_kept", [False, True], ids=["first", "kept"])
@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=1000-", 206, 1000, 4999),
        ("bytes=-10", 206, 4990, 4999),
        ("bytes=4000-9999", 206, 4000, 4999),
        ("bytes=9-1", 200, 0, 4999),
        ("bytes=0-1,5-6", 200, 0, 4999),
        ("lines=1-2", 200, 0, 4999),
    ],
)
async def test_a_part_is_sent_where_one_is_asked_for(gate, is_kept, asked, status, first, last):
    gate.publish(SMALL)
    if is_kept:
        await gate.ask()
        await gate.settled()

    answered = await gate.ask(headers={"range": asked}, extensions={})

    assert (answered.status, answered.body) == (status, SMALL[first : last + 1])
    assert answered.headers["content-length"] == str(last - first + 1)
    expected = f"bytes {first}-{last}/5000" if status == 206 else None
    assert answered.headers.get("content-range") == expected


async def test_a_part_behind_the_end_is_refused(gate):
    gate.publish(SMALL)

    answered = await gate.ask(headers={"range": "bytes=5000-"})

    assert (answered.status, answered.body) == (416, b"")
    assert answered.headers["content-range"] == "bytes */5000"


async def test_a_part_of_another_body_is_the_whole(gate):
    gate.publish(SMALL)
    whole = await gate.ask()

    same = await gate.ask(headers={"range": "bytes=9-", "if-range": whole.headers["etag"]})
    other = await gate.ask(headers={"range": "bytes=9-", "if-range": '"other"'})

    assert (same.status, other.status) == (206, 200)


async def test_a_client_that_has_it_is_told_so_and_only_while_policy_admits_it(gate):
    gate.publish(SMALL)
    etag = (await gate.ask()).headers["etag"]

    same = await gate.ask(headers={"if-none-match": etag})
    gate.judging.withheld["1.0.0"] = SENTENCE
    refused = await gate.ask(headers={"if-none-match": etag})

    assert (same.status, same.body) == (304, b"")
    assert refused.status == 403


async def test_nothing_is_fetched_for_who_wants_no_body(gate):
    gate.publish(SMALL)
    head = await gate.ask(method="HEAD")

    same = await gate.ask(headers={"if-none-match": head.headers["etag"]})

    assert (head.status, same.status) == (200, 304)
    assert gate.times_asked() == 0


async def test_a_tarball_whose_address_is_not_stated_is_where_they_usually_are(gate):
    gate.publish(SMALL, tarball=None)
    gate.upstream.answers["/@acme/widget/-/widget-1.0.0.tgz"] = (200, SMALL)

    answered = await gate.ask()

    assert answered.body == SMALL


@pytest.mark.parametrize("is_kept", [False, True], ids=["first", "kept"])
async def test_head_has_no_body(gate, is_kept):
    gate.publish(SMALL)
    if is_kept:
        await gate.ask()
        await gate.settled()

    answered = await gate.ask(method="HEAD", extensions=PATHSEND)

    assert (answered.status, answered.body, answered.path) == (200, b"", None)
    assert answered.headers.get("content-length") == ("5000" if is_kept else None)


# --- a disk that does not take it ----------------------------------------------------------------


@pytest.mark.parametrize("data", [SMALL, BIG], ids=["small", "large"])
async def test_a_full_disk_keeps_nothing_and_serves_all_the_same(gate, data, monkeypatch):
    def full(descriptor, written):
        raise OSError(28, "No space left on device")

    gate.publish(data)
    monkeypatch.setattr(os, "write", full)

    answered = await gate.ask()
    await gate.settled()

    assert (answered.body, answered.is_whole) == (data, True)
    assert gate.store.look(digest_of(data)) is None
    assert "no space left" in gate.store.failure


async def test_a_disk_that_fills_up_midway_is_as_good_as_one(gate, monkeypatch):
    gate.publish(BIG)
    write, taken = os.write, [0]

    def filling(descriptor, data):
        if taken[0] >= 1_300_000:
            raise OSError(28, "No space left on device")
        written = write(descriptor, data[: 1_300_000 - taken[0]])
        taken[0] += written
        return written

    monkeypatch.setattr(os, "write", filling)

    answered = await gate.ask()
    await gate.settled()

    assert (answered.body, answered.is_whole) == (BIG, True)
    assert gate.store.look(digest_of(BIG)) is None
    assert not list(gate.store._folder.rglob("incoming/*"))


async def test_where_neither_disk_nor_memory_takes_it_the_client_gets_an_error(gate, monkeypatch):
    gate.publish(BIG)
    gate.downloads._memory.most_bytes = 100_000
    monkeypatch.setattr(gate.store, "receive", lambda: None)

    answered = await gate.ask()
    await gate.settled()

    assert not (answered.status == 200 and answered.is_whole)
    assert gate.downloads._memory.taken_bytes == 0


@pytest.mark.parametrize("agent", ["Bun/1.4.5", "got (https://code.example.test/got)"])
async def test_who_shows_addresses_alone_is_sent_to_one_that_says_why(gate, agent):
    gate.publish(SMALL)
    gate.judging.withheld["1.0.0"] = SENTENCE

    answered = await gate.ask(headers={"user-agent": agent})

    address, _, said = answered.headers["location"].partition("?")
    assert (answered.status, answered.body) == (302, b"")
    assert address == f"{PUBLIC_URL}/@acme/widget/-/widget-1.0.0.tgz"
    assert said == (
        "refused=@acme/widget@1.0.0_was_published_with_a_token,_and_all_before_it_by_a_workflow"
    )


async def test_what_is_held_unconfirmed_is_refused_with_its_reason(gate):
    gate.documents._holds_unconfirmed = lambda: True
    gate.publish(SMALL)
    await gate.ask()
    gate.upstream.answers["/@acme%2fwidget"] = (500, b"")
    gate.now += 301

    answered = await gate.ask()
    sent = await gate.ask(headers={"user-agent": "Bun/1.4.5"})

    assert (answered.status, json.loads(answered.body)["code"]) == (403, "packument-unconfirmed")
    assert "npm-notice" in answered.headers
    assert "?refused=@acme/widget_could_not_be_judged" in sent.headers["location"]
