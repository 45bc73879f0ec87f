"""Packing whole columns: to what packing each alone comes to, whatever is among them."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.packed_columns import pack_integrities, pack_sha1s, pack_signatures
from imprint.history.packed_digests import pack_integrity, pack_sha1, pack_signature


def text64(data):
    return base64.b64encode(data).decode()


def altered(texts):
    """Now and then one that has a character more, less, or another."""
    return st.one_of(
        texts,
        st.none(),
        st.text(max_size=100),
        st.builds(
            lambda text, at, put, cut: text[: at % len(text)] + put + text[at % len(text) + cut :],
            texts,
            st.integers(min_value=0, max_value=200),
            st.sampled_from(["", "A", "=", " ", "\n", "f", "0", "é", "B="]),
            st.integers(min_value=0, max_value=2),
        ),
    )


integrities = st.binary(min_size=64, max_size=64).map(lambda data: "sha512-" + text64(data))
sha1s = st.binary(min_size=20, max_size=20).map(bytes.hex)
numbers = st.one_of(
    st.integers(min_value=1, max_value=2**256 - 1),
    st.integers(min_value=2**254, max_value=2**256 - 1),
)
signatures = st.builds(lambda r, s: text64(encode_dss_signature(r, s)), numbers, numbers)


@given(texts=st.lists(integrities) | st.lists(altered(integrities)))
def test_integrities_are_packed_as_each_alone(texts):
    assert pack_integrities(texts) == [pack_integrity(text) for text in texts]


@given(texts=st.lists(sha1s) | st.lists(altered(sha1s)))
def test_sha1s_are_packed_as_each_alone(texts):
    assert pack_sha1s(texts) == [pack_sha1(text) for text in texts]


@given(texts=st.lists(signatures) | st.lists(altered(signatures)))
def test_signatures_are_packed_as_each_alone(texts):
    alone = [None if text is None else pack_signature(text) for text in texts]

    assert pack_signatures(texts) == alone


def test_a_der_that_is_off_by_one_byte_anywhere_is_packed_as_alone():
    digest = hashlib.sha512(b"two numbers").digest()
    usual = [
        encode_dss_signature(int.from_bytes(first + digest[1:32]), int.from_bytes(second))
        for first in (b"\x7f", b"\xff")
        for second in (b"\x7f" + digest[33:], b"\xff" + digest[33:])
    ]
    ders = [
        der[:at] + bytes((der[at] ^ flip,)) + der[at + 1 :]
        for der in usual
        for at in range(len(der))
        for flip in (0x01, 0x80)
    ]

    for der in ders:
        assert pack_signatures([text64(der)]) == [pack_signature(text64(der))]


def test_nothing_is_packed_to_nothing():
    assert pack_integrities([]) == pack_sha1s([]) == pack_signatures([]) == []
