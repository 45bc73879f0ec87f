"""Documents that come compressed, or not at all because nothing changed: within bounds."""

import asyncio
import gzip
import sys
import zlib

import pytest

from imprint.upstream import documents, inflating
from imprint.upstream.documents import Validators
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Fetcher, Reach
from tests.support.fake_issuer import Answer, FakeIssuer
from tests.support.loop_time import skip

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.anyio

LIMIT = 100_000


@pytest.fixture
async def server():
    async with FakeIssuer() as running:
        yield running


async def asked(server, path="/doc", **more):
    async with Fetcher() as fetcher:
        return await fetcher.get_if_changed(
            server.url + path,
            reach=Reach.REGISTERED,
            **{"timeout_seconds": 5.0, "max_bytes": LIMIT, **more},
        )


async def refused(server, **more):
    with pytest.raises(FetchFailed) as caught:
        await asked(server, **more)
    return caught.value


def compressed(data, encoding="gzip", **headers):
    return Answer(data, headers={"Content-Encoding": encoding, **headers})


def packed_by_zstd(data, *, window_log=20):
    parameter = zstd.CompressionParameter
    options: dict[int, int] = {parameter.window_log: window_log, parameter.checksum_flag: 1}
    packer = zstd.ZstdCompressor(options=options)  # which is told no size before
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("size", [0, 1, 1000, LIMIT])
async def test_a_compressed_document_comes_as_it_was(server, size):
    server.answers["/doc"] = compressed(gzip.compress(b"x" * size))

    found = await asked(server)

    assert found.body == b"x" * size
    assert server.headers[0]["Accept-Encoding"] == "zstd, gzip"


@pytest.mark.parametrize("size", [0, 1, 1000, LIMIT])
async def test_a_document_by_zstd_comes_as_it_was(server, size):
    server.answers["/doc"] = compressed(packed_by_zstd(b"x" * size), "zstd")

    assert (await asked(server)).body == b"x" * size


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", packed_by_zstd)])
async def test_a_document_of_many_pieces_comes_whole(server, encoding, pack):
    body = b"".join(b"%d," % number for number in range(700_000))
    server.answers["/doc"] = compressed(pack(body), encoding)

    found = await asked(server, max_bytes=10_000_000)

    assert found.body == body


async def test_a_plain_document_comes_too(server):
    server.answers["/doc"] = Answer(b"{}")

    assert (await asked(server)).body == b"{}"


def named(value):
    """The same in each process: what gzip packs has the time in it."""
    return value if isinstance(value, str) else "body"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(b"x" * 1000)[:-9], "cut off"),
        (gzip.compress(b"x" * 1000)[:20], "cut off"),
        (b"", "cut off"),
        (b"{}" * 20, "not gzip"),
        (zlib.compress(b"{}"), "not gzip"),
        (gzip.compress(b"x" * 1000)[:-8] + b"\0" * 8, "damaged"),
        (gzip.compress(b"{}") + gzip.compress(b"{}"), "goes on"),
        (gzip.compress(b"{}") + b"x", "goes on"),
    ],
    ids=named,
)
async def test_what_is_not_one_whole_gzip_member_is_refused(server, body, words):
    server.answers["/doc"] = compressed(body)

    failure = await refused(server)

    assert failure.reason is FetchReason.ENCODING
    assert words in failure.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (packed_by_zstd(b"x" * 1000)[:-1], "cut off"),
        (packed_by_zstd(b"x" * 1000)[:5], "cut off"),
        (b"", "cut off"),
        (b"{}" * 20, "not zstd"),
        (gzip.compress(b"{}"), "not zstd"),
        (packed_by_zstd(b"x" * 1000)[:-4] + b"\0" * 4, "damaged"),
        (packed_by_zstd(b"{}") + packed_by_zstd(b"{}"), "goes on"),
        (packed_by_zstd(b"{}") + b"x", "goes on"),
        (packed_by_zstd(b"x" * 1000, window_log=24), "not zstd data, or is damaged"),
    ],
    ids=named,
)
async def test_what_is_not_one_whole_zstd_frame_is_refused(server, body, words):
    server.answers["/doc"] = compressed(body, "zstd")

    failure = await refused(server)

    assert failure.reason is FetchReason.ENCODING
    assert words in failure.message


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd, gzip"])
async def test_an_encoding_that_was_not_asked_for_is_refused(server, encoding):
    server.answers["/doc"] = Answer(b"{}", headers={"Content-Encoding": encoding})

    assert (await refused(server)).reason is FetchReason.ENCODING


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x" * (LIMIT + 1)),
        compressed(gzip.compress(b"x" * (LIMIT + 1))),
        compressed(packed_by_zstd(b"x" * (LIMIT + 1)), "zstd"),
    ],
    ids=["plain", "gzip", "zstd"],
)
async def test_a_document_over_the_limit_is_refused(server, answer):
    server.answers["/doc"] = answer

    assert (await refused(server)).reason is FetchReason.TOO_LARGE


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", packed_by_zstd)])
async def test_a_bomb_is_refused_long_before_the_limit(server, encoding, pack):
    server.answers["/doc"] = compressed(pack(bytes(60_000_000)), encoding)
    sizes = []

    async def before_more(size):
        sizes.append(size)

    failure = await refused(server, max_bytes=2**40, before_more=before_more)

    assert failure.reason is FetchReason.TOO_LARGE
    assert "times as large" in failure.message
    assert max(sizes, default=0) <= documents._RATIO_FLOOR_BYTES + inflating.PIECE_BYTES


async def test_a_document_is_known_again(server):
    server.answers["/doc"] = Answer(b"{}", headers={"ETag": '"1"', "Last-Modified": "then"})

    known = (await asked(server)).validators
    server.answers["/doc"] = Answer(status=304)
    again = await asked(server, known=known)

    assert known == Validators(etag='"1"', last_modified="then")
    assert again is None
    assert server.headers[1]["If-None-Match"] == '"1"'
    assert "If-Modified-Since" not in server.headers[1]


async def test_without_an_etag_it_is_known_by_its_date(server):
    server.answers["/doc"] = Answer(status=304)

    assert await asked(server, known=Validators(last_modified="then")) is None
    assert server.headers[0]["If-Modified-Since"] == "then"


async def test_unchanged_is_no_answer_to_who_knows_nothing(server):
    server.answers["/doc"] = Answer(status=304)

    failure = await refused(server)

    assert (failure.reason, failure.status) == (FetchReason.STATUS, 304)
    assert not failure.is_transient


@pytest.mark.parametrize("etag", ['"é"', '"' + "x" * 600 + '"'])
async def test_a_validator_that_could_not_be_sent_back_is_none(server, etag):
    server.answers["/doc"] = Answer(b"{}", headers={"ETag": etag})

    assert (await asked(server)).validators == Validators()


async def test_the_time_that_a_large_document_is_kept_waiting_does_not_count(server):
    server.answers["/doc"] = Answer(b"x" * 1000)

    async def before_more(_size):
        skip(100.0)
        await asyncio.sleep(0.01)

    found = await asked(server, timeout_seconds=30.0, before_more=before_more)

    assert len(found.body) == 1000


@pytest.mark.parametrize(
    ("text", "expected"), [("7", 7.0), ("", None), ("soon", None), ("-1", None), ("9" * 20, None)]
)
async def test_how_long_to_leave_a_server_alone_is_told_in_seconds(server, text, expected):
    server.answers["/doc"] = Answer(status=503, headers={"Retry-After": text})

    failure = await refused(server)

    assert failure.retry_after_seconds == expected
    assert failure.is_transient
