"""Encodings: which one a request asks for, and what it gets."""

import gzip
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.http.encodings import Encoding, compressed, encoding_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_8_MIB = 8 * 1024 * 1024
"""The greatest window that who takes zstd has to have (RFC 9659 §3)."""


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (b"", "identity"),
        (b"gzip", "gzip"),
        (b"gzip,deflate", "gzip"),
        (b"GZIP", "gzip"),
        (b"zstd", "zstd"),
        (b"gzip, deflate, br, zstd", "zstd"),
        (b"br, deflate", "identity"),
        (b"x-gzipped", "identity"),
        (b"zstandard, gzip", "gzip"),
        (b"br, gzip;q=0.5", "gzip"),
        (b"GZIP;q=1", "gzip"),
        (b"gzip;q=0", "identity"),
        (b"gzip; q=0.0, identity", "identity"),
        (b"br;q=1, gzip", "gzip"),
        (b"zstd;q=0.5, gzip", "gzip"),
        (b"zstd;q=0.5, gzip;q=0.5", "zstd"),
        (b"zstd;q=0, gzip;q=0.1", "gzip"),
        (b"gzip;q=0.5, identity", "identity"),
        (b"gzip;q=1, identity;q=1", "gzip"),
        (b"*", "zstd"),
        (b"*;q=0.5, gzip", "gzip"),
        (b"*;q=0.5, zstd;q=0", "gzip"),
        (b"*;q=0", "identity"),
        (b"identity;q=0", "identity"),
        (b"gzip;q=nonsense", "identity"),
        (b"gzip;q=nan, zstd;q=inf", "identity"),
        (b"gzip;q=2", "identity"),
        (b"gzip;q=", "identity"),
        (b"gzip ; Q=0.5", "gzip"),
        (b"gzip;level=1", "identity"),
        (b";;,,;q=1", "identity"),
    ],
)
def test_of_the_heaviest_the_first_of_ours_is_sent(header, encoding):
    assert encoding_for(header) == encoding


@given(st.binary(max_size=60) | st.text("gzipstd;q=01.*, ", max_size=40).map(str.encode))
def test_every_header_asks_for_some_encoding(header):
    assert encoding_for(header) in Encoding


@given(st.sets(st.sampled_from(["gzip", "zstd", "br", "deflate"])), st.booleans())
def test_weights_that_are_all_the_same_change_nothing(names, is_spaced):
    separator = ", " if is_spaced else ","
    plain, weighed = (separator.join(f"{n}{q}" for n in sorted(names)) for q in ("", ";q=1"))

    assert encoding_for(plain.encode()) is encoding_for(weighed.encode())


@given(st.binary(max_size=2000))
def test_a_body_is_the_same_when_it_is_decompressed(data):
    packed = {encoding: compressed(data, encoding, gzip_level=1) for encoding in Encoding}

    assert packed[Encoding.IDENTITY] == data
    assert gzip.decompress(packed[Encoding.GZIP]) == data
    assert zstd.decompress(packed[Encoding.ZSTD]) == data


def test_a_large_body_needs_no_larger_a_window_than_clients_have():
    packed = compressed(bytes(range(256)) * 80_000, Encoding.ZSTD, gzip_level=1)

    largest: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _8_MIB.bit_length() - 1}
    assert len(zstd.decompress(packed, options=largest)) > 2 * _8_MIB
