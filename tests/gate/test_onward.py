"""Answers on their way: small ones whole, large ones piece by piece and no faster than taken."""

import asyncio
import gzip
from typing import Any

import pytest

from imprint.gate.upstream.onward import WHOLE_BYTES, Onward
from imprint.gate.upstream.passing import Passing
from imprint.gate.upstream.upstreams import Upstreams
from imprint.upstream.documents import NOTHING_KNOWN, Validators
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Fetcher, Reach
from tests.support import faulty_upstream
from tests.support.fake_issuer import Answer, FakeIssuer
from tests.support.loop_time import skip
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio

FAILURE = FetchFailed(FetchReason.UNREACHABLE, "it went away")


@pytest.fixture
def anyio_backend():
    return "asyncio"


def client():
    messages = []

    async def send(message):
        messages.append(message)

    return messages, send


async def test_what_is_small_is_a_reply():
    messages, send = client()
    onward = Onward(send)
    await onward.take(b'{"a":', NOTHING_KNOWN)
    await onward.take(b"1}", NOTHING_KNOWN)

    reply = await onward.end(Validators(etag='"1"'))

    assert (reply.status, reply.body) == (200, b'{"a":1}')
    assert dict(reply.headers)[b"etag"] == b'"1"'
    assert dict(reply.headers)[b"content-type"].startswith(b"application/json")
    assert messages == []


@pytest.mark.parametrize("is_head", [False, True], ids=["get", "head"])
async def test_what_is_large_is_sent_as_it_comes(is_head):
    messages, send = client()
    onward = Onward(send, is_head=is_head)
    pieces = [b"[" + b" " * WHOLE_BYTES, b"1", b"]"]

    for piece in pieces:
        await onward.take(piece, Validators(etag='"1"'))
    reply = await onward.end(Validators(etag='"1"'))

    start, *bodies = messages
    assert reply is None
    assert dict(start["headers"])[b"etag"] == b'"1"'
    assert [one["body"] for one in bodies] == ([] if is_head else pieces) + [b""]
    assert not bodies[-1].get("more_body")


async def test_a_failure_is_said_as_long_as_nothing_was_sent():
    messages, send = client()
    onward = Onward(send)
    await onward.take(b"x", NOTHING_KNOWN)

    assert not onward.failed(FAILURE)
    await onward.take(b"x" * WHOLE_BYTES, NOTHING_KNOWN)
    assert onward.failed(FAILURE)
    assert len(messages) == 2


async def test_where_no_body_is_sent_a_failure_is_said_at_any_time():
    messages, send = client()
    onward = Onward(send, is_head=True)

    for _ in range(3):
        await onward.take(b"x" * WHOLE_BYTES, NOTHING_KNOWN)

    assert not onward.failed(FAILURE)
    assert messages == []


async def test_a_client_that_takes_nothing_holds_one_piece_and_not_for_long():
    held, taken = asyncio.Event(), []

    async def send(message):
        taken.append(len(message.get("body", b"")))
        skip(100.0)
        await held.wait()

    data = gzip.compress(b"x" * 7_000_000)
    async with FakeIssuer() as server, Fetcher() as fetcher:
        server.answers["/doc"] = Answer(data, headers={"Content-Encoding": "gzip"})
        onward = Onward(send)

        with pytest.raises(FetchFailed) as caught:
            await fetcher.get_if_changed(
                server.url + "/doc",
                reach=Reach.REGISTERED,
                timeout_seconds=30.0,
                max_bytes=8_000_000,
                into=onward.take,
            )

    assert caught.value.reason is FetchReason.TIMEOUT
    assert sum(taken) <= 1_048_576 + WHOLE_BYTES
    assert onward.has_begun


async def test_what_breaks_off_never_has_an_end():
    messages, send = client()
    body = b"[" + b" " * 2_000_000 + b"]"
    with upstream_registry() as upstream:
        upstream.behaviours["/-/v1/search"] = faulty_upstream.closed_early(body, 1_500_000)
        upstreams = Upstreams.parse(upstream.url, ())
        async with Fetcher() as fetcher:
            standings: Any = None  # the path has no name in it
            passing = Passing(upstreams, standings, fetcher)
            reply = await passing.read("/-/v1/search", "", onward=Onward(send))

    assert reply is None
    assert [one.get("more_body") for one in messages[1:]] == [True] * (len(messages) - 1)
