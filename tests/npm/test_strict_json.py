"""Strict JSON: what it reads, and what it refuses before anybody could read it differently."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm import strict_json
from imprint.refusals import Malformed
from tests.npm.refusing import outcome, refusal

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def parse(raw, **named: Any):
    bounds = {"max_bytes": 300_000, "max_depth": 8} | named
    return strict_json.parse(raw, code="malformed-json", **bounds)


@given(value=JSON)
def test_what_json_says_is_read(value):
    raw = json.dumps(value).encode()

    assert parse(raw, max_depth=100) == value


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "the document is not JSON at character 0"),
        (b"{", "the document is not JSON at character 1"),
        (b"{}{}", "the document is not JSON at character 2"),
        (b"\xef\xbb\xbf{}", "the document is not JSON at character 0"),
        (b'"\xff"', "the document is not UTF-8 at byte 1"),
        (b'"\x01"', "the document is not JSON at character 1"),
        (b'{"a":1,"b":2,"a":1}', "the document has the name `a` twice in one object"),
        (b'{"a":1,"\\u0061":1}', "the document has the name `a` twice in one object"),
        (b'"\\ud800"', "the document has half of a surrogate pair in a text"),
        (b'{"\\uDFFF":1}', "the document has half of a surrogate pair in a text"),
        (b"[NaN]", "the document has `NaN`, which JSON does not know"),
        (b"-Infinity", "the document has `-Infinity`, which JSON does not know"),
        (b"1e999", "the document has a number beyond the range of a double"),
        (b"18446744073709551616", "the document has an integer that does not fit 64 bits"),
        (b"-9223372036854775809", "the document has an integer that does not fit 64 bits"),
        (b"1" * 100_000, "the document has an integer that does not fit 64 bits"),
        (b"[" * 100_000, "the document is nested too deeply: at most 8 levels are read"),
        (b'{"a":' * 50_000, "the document is nested too deeply: at most 8 levels are read"),
        (b"[" * 9 + b"]" * 9, "the document is nested too deeply: at most 8 levels are read"),
        (b" " * 300_001, "the document has 300001 bytes: at most 300000 are read"),
    ],
)
def test_what_could_be_read_in_two_ways_or_costs_too_much_is_refused(raw, message):
    assert refusal(parse, raw) == ("malformed-json", message)


def test_a_document_of_a_million_small_values_is_refused_before_it_is_built():
    raw = b"[" + b"[]," * 700_000 + b"[]]"

    assert refusal(parse, raw, max_bytes=10_000_000) == (
        "malformed-json",
        "the document has too many values: at most 1000000 are read",
    )


def test_a_large_document_of_few_values_is_read():
    raw = b'"' + b"x" * 2_000_000 + b'"'

    assert parse(raw, max_bytes=10_000_000) == "x" * 2_000_000


@pytest.mark.parametrize("raw", [b"1", b"[]", b"[[1]]", b'{"a":{"b":1}}'])
def test_depth_is_counted_in_containers(raw):
    depth = raw.count(b"[") + raw.count(b"{")

    parse(raw, max_depth=depth)

    assert depth == 0 or refusal(parse, raw, max_depth=depth - 1)


def test_a_pair_of_surrogates_is_one_character():
    assert parse(b'"\\ud83d\\ude00 \\\\ud800"') == "\N{GRINNING FACE} \\ud800"


def test_too_deep_has_a_code_of_its_own_where_one_is_wanted():
    found = refusal(parse, b"[[[", max_depth=2, deep_code="json-too-deep", what="request body")

    assert found == ("malformed-json", "the request body is not JSON at character 3")
    assert refusal(parse, b"[[[]]]", max_depth=2, deep_code="json-too-deep") == (
        "json-too-deep",
        "the document is nested too deeply: at most 2 levels are read",
    )


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"a"', b"null"])
def test_an_object_is_asked_for_and_nothing_else_given(raw):
    found = refusal(strict_json.parse_object, raw, max_bytes=9, max_depth=9, code="x", what="thing")

    assert found == ("x", "the thing is not a JSON object")


@given(raw=st.binary(max_size=60) | st.text('{}[]",:\\u0dD8', max_size=60).map(str.encode))
def test_any_bytes_are_json_or_malformed(raw):
    found = outcome(parse, raw)

    if isinstance(found, Malformed):
        assert found.code == "malformed-json"
    else:
        assert json.loads(raw) == found
