"""Packing digests: to the letter, or not at all."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.packed_digests import (
    pack_integrity,
    pack_sha1,
    pack_signature,
    unpack_integrity,
    unpack_signature,
)

KEY = ec.derive_private_key(5, ec.SECP256R1())


def text64(data):
    return base64.b64encode(data).decode()


@given(data=st.binary())
def test_a_sha512_is_64_bytes_and_comes_back(data):
    integrity = "sha512-" + text64(hashlib.sha512(data).digest())

    packed = pack_integrity(integrity)

    assert packed is not None
    assert len(packed) == 64
    assert unpack_integrity(packed) == integrity


@given(data=st.binary(min_size=20, max_size=20))
def test_a_sha1_is_20_bytes(data):
    assert pack_sha1(data.hex()) == data


@pytest.mark.parametrize(
    "text", [None, "", "x" * 40, "AB" * 20, "ab" * 19, " ab" * 13 + "a", "ab" * 20 + " "]
)
def test_what_is_no_lower_case_sha1_is_not_packed(text):
    assert pack_sha1(text) is None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "sha1-" + text64(b"x" * 20),
        "sha512-" + text64(b"x" * 63),
        "sha512-" + text64(b"x" * 64) + " sha512-" + text64(b"y" * 64),
        "sha512-" + text64(b"x" * 64) + "\n",
        # The same bytes by another spelling: its last character has bits that nobody reads.
        "sha512-" + text64(b"x" * 64).replace("eA==", "eB=="),
    ],
)
def test_what_is_not_one_sha512_is_not_packed(text):
    assert pack_integrity(text) is None


@pytest.mark.parametrize("message", [b"%d" % number for number in range(40)])
def test_a_signature_comes_back_to_the_letter_if_it_is_packed(message):
    text = text64(KEY.sign(message, ec.ECDSA(SHA256())))

    packed = pack_signature(text)

    assert packed is None or unpack_signature(packed) == text


@given(first=st.integers(2**240, 2**256 - 1), second=st.integers(2**247, 2**256 - 1))
def test_only_numbers_of_32_bytes_are_packed(first, second):
    text = text64(encode_dss_signature(first, second))

    packed = pack_signature(text)

    assert (packed is not None) == (first >= 2**247)
    assert packed is None or unpack_signature(packed) == text


@given(data=st.binary(min_size=66, max_size=74) | st.binary())
def test_bytes_that_are_no_signature_are_not_packed_or_come_back(data):
    packed = pack_signature(text64(data))

    assert packed is None or unpack_signature(packed) == text64(data)
