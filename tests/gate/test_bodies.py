"""Bodies of requests: bounded each and together, whoever sends them and however slowly."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from imprint.gate.bodies import MOST_BODY_BYTES, Bodies
from imprint.http.requests import Request
from imprint.refusals import Malformed, Unavailable

pytestmark = pytest.mark.anyio


def request(**headers):
    return Request(
        method="POST",
        raw_path="/-/npm/v1/security/advisories/bulk",
        query="",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        address="127.0.0.1",
    )


def sent(*pieces):
    """What is received of a body that comes in these pieces."""
    left = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]

    async def receive():
        return left.pop(0)

    return receive


async def silent():
    await asyncio.Event().wait()


async def test_a_body_is_held_until_it_is_answered():
    bodies = Bodies()

    async with bodies.of(request(content_length="4"), sent(b"ab", b"cd")) as asked:
        held = bodies.taken_bytes

    assert (asked.body, held, bodies.taken_bytes) == (b"abcd", 4, 0)


async def test_one_of_unknown_length_may_be_as_large_as_any():
    bodies = Bodies()

    async with bodies.of(request(), sent(b"abcd")):
        held = bodies.taken_bytes

    assert (held, bodies.taken_bytes) == (MOST_BODY_BYTES, 0)


async def test_what_it_is_inflated_to_counts_too():
    packed = gzip.compress(b"a" * 100_000)
    headers = {"content_length": str(len(packed)), "content_encoding": "gzip"}
    bodies, small = Bodies(), Bodies(most_bytes=99_999)

    async with bodies.of(request(**headers), sent(packed)) as asked:
        held = bodies.taken_bytes
    with pytest.raises(Unavailable) as caught:
        async with small.of(request(**headers), sent(packed)):
            pass

    assert held == len(asked.body) == 100_000
    assert caught.value.code == "gate-busy"
    assert bodies.taken_bytes == small.taken_bytes == 0


async def test_who_finds_no_room_waits_for_it_unread_and_in_turn():
    bodies, answered = Bodies(most_bytes=10), []

    async def ask(size):
        receive = sent(bytes(size))
        async with bodies.of(request(content_length=str(size)), receive):
            answered.append(size)

    async with bodies.of(request(content_length="6"), sent(b"123456")):
        waiting = [asyncio.create_task(ask(size)) for size in (8, 1, 2)]
        await asyncio.sleep(0)
        assert (answered, bodies.taken_bytes) == ([], 6)
    await asyncio.gather(*waiting)

    assert answered == [8, 1, 2]
    assert bodies.taken_bytes == 0


async def test_who_waited_in_vain_has_written_all_and_is_told():
    bodies, end = Bodies(most_bytes=6, patience_seconds=0.01), sent(b"1234", b"5678")
    async with bodies.of(request(content_length="6"), sent(b"123456")):
        with pytest.raises(Unavailable) as caught:
            async with bodies.of(request(content_length="8"), end):
                pass

        assert caught.value.code == "gate-busy"
        assert bodies.taken_bytes == 6
        with pytest.raises(IndexError):
            await end()


@pytest.mark.parametrize("is_granted", [False, True])
async def test_who_goes_away_while_it_waits_lets_the_next_one_go_on(is_granted):
    bodies, answered = Bodies(most_bytes=10), []

    async def ask(size):
        async with bodies.of(request(content_length=str(size)), sent(bytes(size))):
            answered.append(size)

    async with bodies.of(request(content_length="6"), sent(b"123456")):
        leaving, staying = asyncio.create_task(ask(9)), asyncio.create_task(ask(4))
        await asyncio.sleep(0)
        if not is_granted:
            leaving.cancel()
            await staying
    leaving.cancel()
    await asyncio.gather(leaving, staying, return_exceptions=True)

    assert answered == [4]
    assert bodies.taken_bytes == 0


async def test_hundreds_of_the_largest_are_answered_a_few_at_a_time():
    bodies, most, answered = Bodies(most_bytes=2 * MOST_BODY_BYTES), [], []
    size = str(MOST_BODY_BYTES)

    async def ask():
        async with bodies.of(request(content_length=size), sent(bytes(MOST_BODY_BYTES))) as asked:
            most.append(bodies.taken_bytes)
            await asyncio.sleep(0)
            answered.append(len(asked.body))

    await asyncio.gather(*(ask() for _ in range(300)))

    assert max(most) == 2 * MOST_BODY_BYTES
    assert answered == [MOST_BODY_BYTES] * 300
    assert bodies.taken_bytes == 0


@pytest.mark.parametrize(
    ("bodies", "receive", "code"),
    [
        (Bodies(seconds=0.01), silent, "client-gone"),
        (Bodies(), sent(bytes(MOST_BODY_BYTES), b"a"), "body-too-large"),
        (Bodies(), sent(b"no gzip"), "content-encoding"),
    ],
    ids=["slow", "large", "damaged"],
)
async def test_a_body_that_is_refused_is_held_no_longer(bodies, receive, code):
    with pytest.raises(Malformed) as caught:
        async with bodies.of(request(content_encoding="gzip"), receive):
            pass

    assert caught.value.code == code
    assert bodies.taken_bytes == 0
