"""Bytes in protobuf's JSON: either alphabet, padded or not, and nothing that is neither."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.reading.protobuf_json import decode_base64


@given(raw=st.binary())
def test_all_four_spellings_are_decoded(raw):
    standard, url = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()

    for text in (standard, url, standard.rstrip("="), url.rstrip("=")):
        assert decode_base64(text) == raw


def test_bits_beyond_the_last_byte_do_not_matter():
    assert decode_base64("YR==") == decode_base64("YQ==") == b"a"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "====",
        "=",
        "YQ=",
        "YQ===",
        "Y=Q=",
        "YQ==YQ==",
        "Y Q==",
        "YQ==\n",
        "YQ\n==",
        "+_8=",
        "é",
    ],
)
def test_anything_else_is_not(text):
    assert decode_base64(text) is None


@given(text=st.text())
def test_no_text_is_too_strange(text):
    decoded = decode_base64(text)

    assert decoded is None or len(decoded) <= len(text)
