"""Ready packuments: which representation is asked for, and how it is sent."""

import pytest

from imprint.http.encodings import Encoding
from imprint.http.ready import (
    CORGI_TYPE,
    PIECE_BYTES,
    WHOLE_BYTES,
    Asking,
    Form,
    ReadyBody,
    ReadyReply,
    send_ready,
)


def ready_body(data=b"{}", etag=b'"v1"', encoding=Encoding.IDENTITY):
    return ReadyBody.of(
        Form.FULL, data, etag=etag, common=((b"vary", b"accept"),), encoding=encoding
    )


async def sent(reply):
    messages = []

    async def send(message):
        messages.append(message)

    await send_ready(send, reply)
    return messages


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (b"", Form.FULL),
        (b"*/*", Form.FULL),
        (b"application/json", Form.FULL),
        (f"{CORGI_TYPE}; q=1.0, application/json; q=0.8, */*".encode(), Form.CORGI),
    ],
)
def test_the_abbreviated_document_is_for_who_names_it(accept, form):
    assert Asking(accept=accept).form is form


@pytest.mark.parametrize(
    ("header", "encoding"),
    [(b"", Encoding.IDENTITY), (b"gzip", Encoding.GZIP), (b"gzip, zstd", Encoding.ZSTD)],
)
def test_a_variant_is_a_form_in_an_encoding(header, encoding):
    assert Asking(encoding=header).variant == (Form.FULL, encoding)


@pytest.mark.parametrize(
    ("header", "secrets_matter"),
    [
        ((b"content-length", b"5"), False),
        ((b"transfer-encoding", b"chunked"), False),
        ((b"authorization", b"Bearer imp_x"), True),
    ],
)
def test_what_has_to_be_looked_at_more_closely_is_not_read(header, secrets_matter):
    assert Asking.of([header], secrets_matter=secrets_matter) is None


def test_a_secret_that_opens_nothing_is_passed_over():
    assert Asking.of([(b"authorization", b"Bearer imp_x")], secrets_matter=False) == Asking()


@pytest.mark.parametrize(
    ("match", "status"),
    [
        (b"", 200),
        (b'"v1"', 304),
        (b'W/"v1"', 304),
        (b'"v0", "v1"', 304),
        (b'"v10"', 200),
        (b'"v1-full-gzip-0"', 200),
    ],
)
def test_who_has_it_is_told_so(match, status):
    reply = Asking(match=match).choose(ready_body(), method="GET")

    assert reply.start["status"] == status


def test_a_304_has_the_tag_and_what_caches_need_and_no_length():
    reply = ready_body(encoding=Encoding.GZIP).not_modified

    assert reply.start["headers"] == ((b"etag", b'"v1"'), (b"vary", b"accept"))


@pytest.mark.anyio
@pytest.mark.parametrize("size", [0, 1, WHOLE_BYTES])
async def test_a_body_is_sent_as_it_is(size):
    messages = await sent(ReadyReply.of(200, (), b"x" * size))

    assert [message["type"] for message in messages] == [
        "http.response.start",
        "http.response.body",
    ]
    assert len(messages[1]["body"]) == size


@pytest.mark.anyio
@pytest.mark.parametrize("size", [WHOLE_BYTES + 1, 20 * PIECE_BYTES, 20 * PIECE_BYTES + 7])
async def test_a_large_body_is_sent_in_pieces(size):
    data = bytes(range(256)) * (size // 256 + 1)
    _, *parts = await sent(ReadyReply.of(200, (), data[:size]))

    assert b"".join(part["body"] for part in parts) == data[:size]
    assert max(len(part["body"]) for part in parts) == PIECE_BYTES
    assert [part.get("more_body", False) for part in parts] == [True] * (len(parts) - 1) + [False]
