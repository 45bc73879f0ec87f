"""What a request carries: parameters, small bodies, compressed bodies, each within its bounds."""

from __future__ import annotations

import gzip
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.http.requests import Request, decoded, inflated
from imprint.refusals import Malformed


class Body(msgspec.Struct):
    name: str
    count: int = 0


def outcome(function, *args):
    """What it returns, or the Malformed that it raises."""
    try:
        return function(*args)
    except Malformed as err:
        return err


def request(query=""):
    return Request(method="GET", raw_path="/", query=query, headers={}, address="192.0.2.1")


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("", None),
        ("page=1", "1"),
        ("page=1&page=2", "1"),
        ("page=%40acme%2Fwidget", "@acme/widget"),
        ("other=1", None),
        ("page", None),
        ("page=" + "x" * 5000, None),
    ],
)
def test_the_first_parameter_of_a_name_is_returned(query, value):
    assert request(query).parameter("page") == value


@given(query=st.text(max_size=300))
def test_any_query_has_a_parameter_or_none(query):
    assert isinstance(request(query).parameter("page"), str | None)


def test_a_query_of_very_many_fields_says_nothing():
    assert request("a=1&" * 200 + "page=1").parameter("page") is None


@given(raw=st.binary(max_size=200))
def test_any_small_body_is_decoded_or_malformed(raw):
    found = outcome(decoded, raw, Body)

    assert isinstance(found, Body) or found.code == "malformed-body"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b'{"name": 7}', b'{"name": "a\\u0000"}', b"[" * 5000, b'{"name": "x"', b"\xff"],
)
def test_a_body_that_is_not_what_it_should_be_says_so_in_one_line(raw):
    with pytest.raises(Malformed) as caught:
        decoded(raw, Body)

    assert caught.value.message.isprintable()


class TestInflating:
    @given(data=st.binary(max_size=1000))
    def test_what_was_compressed_is_inflated(self, data):
        assert inflated(gzip.compress(data), "gzip", limit=1000) == data

    @pytest.mark.parametrize("encoding", [None, "", "identity"])
    def test_what_is_not_compressed_is_as_it_is(self, encoding):
        assert inflated(b"data", encoding, limit=10) == b"data"

    def test_a_bomb_stops_at_the_limit(self):
        bomb = gzip.compress(bytes(50_000_000))

        with pytest.raises(Malformed) as caught:
            inflated(bomb, "gzip", limit=1000)

        assert caught.value.code == "body-too-large"
        assert caught.value.message == "the body is larger than 1000 bytes once inflated"

    @pytest.mark.parametrize(
        ("body", "encoding"),
        [
            (b"no gzip", "gzip"),
            (gzip.compress(b"data", mtime=0)[:-1], "gzip"),
            (zlib.compress(b"data"), "gzip"),
            (b"", "gzip"),
            (b"data", "br"),
            (b"data", "gzip, gzip"),
            (b"data", "é\x00"),
        ],
    )
    def test_what_is_not_what_it_says_is_refused(self, body, encoding):
        with pytest.raises(Malformed) as caught:
            inflated(body, encoding, limit=1000)

        assert caught.value.code == "content-encoding"
        assert caught.value.message.isascii()


def test_a_long_user_agent_is_cut():
    long = Request(
        method="GET", raw_path="/", query="", headers={"user-agent": "x" * 999}, address=""
    )

    assert len(long.user_agent) == 300
