"""Between a server and us: headers that smuggle, bodies without end, addresses behind proxies."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.http.asgi import (
    DRAIN_FACTOR,
    MAX_HEADER_BYTES,
    LargeBody,
    address_of,
    headers_of,
    read_body,
    send_reply,
)
from imprint.http.replies import Reply
from imprint.refusals import Malformed


def scope(*headers, client=("192.0.2.1", 40_000), method="GET"):
    return {
        "headers": [(n.encode(), v.encode()) for n, v in headers],
        "client": client,
        "method": method,
    }


class Sender:
    """A client that sends pieces, and counts how many were taken."""

    def __init__(self, *pieces: bytes, then: str = "end") -> None:
        self.pieces = list(pieces)
        self.then = then
        self.taken = 0

    async def __call__(self):
        if not self.pieces:
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0)
        self.taken += len(piece)
        more = bool(self.pieces) or self.then == "disconnect"
        return {"type": "http.request", "body": piece, "more_body": more}


def read(sender, *, limit, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(read_body(sender, named, limit=limit))


class TestHeaders:
    def test_names_are_lower_case_and_the_first_of_several_counts(self):
        found = headers_of(scope(("Accept", "a"), ("ACCEPT", "b"), ("X-Y", "é")))

        assert found == {"accept": "a", "x-y": "é".encode().decode("latin-1")}

    @pytest.mark.parametrize("name", ["content-length", "Authorization", "host"])
    def test_what_must_be_there_once_is_refused_twice(self, name):
        with pytest.raises(Malformed) as caught:
            headers_of(scope((name, "1"), (name.upper(), "1")))

        assert caught.value.message == f"the header `{name.lower()}` is there twice"

    @pytest.mark.parametrize("order", [1, -1])
    def test_two_lengths_at_once_are_refused(self, order):
        both = [("content-length", "5"), ("transfer-encoding", "chunked")][::order]

        with pytest.raises(Malformed) as caught:
            headers_of(scope(*both))

        assert caught.value.code == "two-lengths"

    def test_headers_without_end_are_refused(self):
        with pytest.raises(Malformed) as caught:
            headers_of(
                scope(*((f"x-{n}", "y" * 1000) for n in range(MAX_HEADER_BYTES // 1000 + 1)))
            )

        assert caught.value.code == "headers-too-large"

    @given(raw=st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=50)), max_size=20))
    def test_any_bytes_are_headers_or_malformed(self, raw):
        try:
            found = headers_of({"headers": raw})
        except Malformed:
            return

        assert all(isinstance(name, str) for name in found)


class TestBodies:
    def test_pieces_are_put_together(self):
        assert read(Sender(b"ab", b"", b"cd"), limit=10) == b"abcd"

    def test_a_body_of_exactly_the_limit_is_taken(self):
        assert read(Sender(b"x" * 10), limit=10, content_length="10") == b"x" * 10

    @pytest.mark.parametrize("headers", [{}, {"content_length": "11"}, {"content_length": "5"}])
    def test_a_body_over_the_limit_is_read_a_while_and_refused(self, headers):
        sender = Sender(*[b"x" * 11])

        with pytest.raises(LargeBody):
            read(sender, limit=10, **headers)

        assert sender.taken == 11

    def test_a_body_without_end_is_not_read_to_its_end(self):
        sender = Sender(*[b"x" * 10] * 1000)

        with pytest.raises(LargeBody):
            read(sender, limit=10)

        assert sender.taken <= 10 * (DRAIN_FACTOR + 1)

    @pytest.mark.parametrize("length", ["", "x", "-1", "1e3", "²", " 5"])
    def test_an_odd_length_is_not_believed(self, length):
        assert read(Sender(b"body"), limit=10, content_length=length) == b"body"

    def test_a_length_beyond_all_measure_is_too_much(self):
        with pytest.raises(LargeBody):
            read(Sender(b"body"), limit=10, content_length="9" * 5000)

    def test_a_client_that_goes_away_is_no_request(self):
        with pytest.raises(Malformed) as caught:
            read(Sender(b"half", then="disconnect"), limit=10)

        assert caught.value.code == "client-gone"

    def test_a_body_that_is_not_kept_is_read_all_the_same(self):
        sender = Sender(b"abc")

        assert asyncio.run(read_body(sender, {}, limit=10, keep=False)) == b""
        assert sender.taken == 3


class TestAddresses:
    TRUSTED = frozenset({"10.0.0.1", "10.0.0.2"})

    @pytest.mark.parametrize(
        ("client", "forwarded", "address"),
        [
            ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", " , ", "10.0.0.1"),
            ("10.0.0.1", "x" * 500, "x" * 64),
        ],
    )
    def test_only_a_trusted_proxy_is_believed_and_only_its_own_word(
        self, client, forwarded, address
    ):
        headers = {"x-forwarded-for": forwarded}

        assert address_of(scope(client=(client, 1)), headers, self.TRUSTED) == address

    def test_a_client_without_an_address_is_unknown(self):
        assert address_of(scope(client=None), {}, self.TRUSTED) == "unknown"


@pytest.mark.parametrize(
    ("method", "status", "length", "body"),
    [("GET", 200, b"4", b"body"), ("HEAD", 200, b"4", b""), ("GET", 304, None, b"body")],
)
def test_a_reply_is_sent_with_its_length(method, status, length, body):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(send_reply(scope(method=method), send, Reply(status=status, body=b"body")))

    assert sent[0]["status"] == status
    assert dict(sent[0]["headers"]).get(b"content-length") == length
    assert sent[1]["body"] == body
