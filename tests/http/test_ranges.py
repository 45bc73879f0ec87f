"""Ranges: which part is asked for, of RFC 9110's grammar, and nothing else ever raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.http.ranges import Part, Unsatisfiable, Whole, is_unchanged, wanted_part

ETAG = '"abc"'


def asked(text, *, size=100, **headers):
    return wanted_part({"range": text, **headers}, size=size, etag=ETAG)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-0", Part(0, 0)),
        ("bytes=0-", Part(0, 99)),
        ("bytes=99-", Part(99, 99)),
        ("bytes=10-19", Part(10, 19)),
        ("bytes=10-1000", Part(10, 99)),
        ("bytes=-1", Part(99, 99)),
        ("bytes=-1000", Part(0, 99)),
        ("bytes= 1-2 ", Part(1, 2)),
        ("bytes=100-", Unsatisfiable()),
        ("bytes=100-200", Unsatisfiable()),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=-", Whole()),
        ("bytes=2-1", Whole()),
        ("bytes=0-1,3-4", Whole()),
        ("bytes=a-b", Whole()),
        ("bytes=+1-2", Whole()),
        ("bytes=\u0661-\u0662", Whole()),
        ("Bytes=1-2", Whole()),
        ("bytes 1-2", Whole()),
        ("bytes=9999999999999999999-", Whole()),
        ("", Whole()),
    ],
)
def test_a_range_is_read_as_the_standard_has_it(text, expected):
    assert asked(text) == expected


def test_of_nothing_no_part_can_be_had():
    assert asked("bytes=0-", size=0) == Unsatisfiable()
    assert asked("bytes=-1", size=0) == Unsatisfiable()


@pytest.mark.parametrize(
    ("said", "is_part"),
    [
        (ETAG, True),
        ('"other"', False),
        (f"W/{ETAG}", False),
        ("Sun, 22 Nov 2026 00:00:00 GMT", False),
        ("", False),
    ],
)
def test_a_part_belongs_to_the_body_that_it_is_of(said, is_part):
    found = asked("bytes=1-2", **{"if-range": said})

    assert found == (Part(1, 2) if is_part else Whole())


@given(text=st.text() | st.from_regex(r"bytes=\d{0,20}-\d{0,20}"), size=st.integers(0, 10**6))
def test_any_text_is_a_part_within_the_body_or_none(text, size):
    found = asked(text, size=size)

    if isinstance(found, Part):
        assert 0 <= found.first <= found.last < size


@given(size=st.integers(1, 1000), data=st.data())
def test_parts_put_together_are_the_whole(size, data):
    cut = data.draw(st.integers(0, size - 1))
    body = bytes(index % 251 for index in range(size))

    rest = asked(f"bytes={cut}-", size=size)

    assert isinstance(rest, Part)
    assert body[:cut] + body[rest.first : rest.last + 1] == body


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, False),
        (ETAG, True),
        (f"W/{ETAG}", True),
        (f'"x", {ETAG}', True),
        ("*", True),
        ("abc", False),
        ("", False),
    ],
)
def test_a_client_has_a_body_by_its_tag(said, expected):
    headers = {} if said is None else {"if-none-match": said}

    assert is_unchanged(headers, etag=ETAG) is expected
