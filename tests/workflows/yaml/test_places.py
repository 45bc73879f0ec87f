import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.sources import Span, Text
from imprint.workflows.yaml.composing import compose
from imprint.workflows.yaml.places import span_at, span_within


def scalar_of(source):
    return compose(source, path="a.yml").root.get("a").text


@pytest.mark.parametrize(
    ("source", "piece", "as_written"),
    [
        ("a: npm publish", "publish", "publish"),
        ("a: 'it''s npm publish'", "it's", "it''s"),
        ("a: 'it''s npm publish'", "npm publish", "npm publish"),
        ('a: "npm \\"x\\" \\u0041b"', "Ab", "\\u0041b"),
        ('a: "npm pub\\\n   lish"', "publish", "pub\\\n   lish"),
        ("a: |\n    if x; then\n      npm publish\n    fi\n", "npm publish", "npm publish"),
        ("a: |\n    one\n\n\n    two\n", "two", "two"),
        ("a: |2\n    one\n", "  one", "  one"),
        ("a: >-\n  npm\n  publish\n", "npm publish", "npm\n  publish"),
        ("a: npm ci\n   && npm publish", "npm publish", "npm publish"),
        ("a: |\r\n  one\r\n  two\r\n", "two", "two"),
    ],
)
def test_a_piece_of_a_value_is_found_where_it_was_written(source, piece, as_written):
    text = scalar_of(source)
    start = text.value.index(piece)

    span = span_within(text, start, start + len(piece), source=source)

    assert source[span.start : span.end] == as_written
    assert span == span_at("a.yml", source, span.start, span.end)


def test_nothing_has_a_place_too():
    source = "a: |\n  one\n  two\n"
    text = scalar_of(source)

    span = span_within(text, 4, 4, source=source)

    assert (span.start, span.end) == (source.index("two"), source.index("two"))


def test_behind_the_last_character_is_the_end():
    source = "a: one"

    span = span_within(scalar_of(source), 3, 3, source=source)

    assert (span.start, span.end) == (6, 6)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 1), (0, 99)])
def test_what_is_no_piece_has_the_place_of_the_whole(start, end):
    text = scalar_of("a: one")

    assert span_within(text, start, end, source="a: one") == text.span


def test_a_value_of_another_file_has_the_place_of_the_whole():
    text = Text(value="xyz", span=Span(path="a.yml", start=3, end=6, line=1, column=4))

    assert span_within(text, 0, 3, source="a: one") == text.span


LINES = st.lists(st.text("ab c#'\"\\", max_size=8).map(str.rstrip), min_size=1, max_size=6)


@given(lines=LINES, indent=st.integers(1, 5))
def test_every_word_of_a_literal_block_is_found(lines, indent):
    source = f"a: |{indent}\n" + "".join(f"{' ' * indent}{line}\n" for line in lines)
    text = scalar_of(source)

    for match in re.finditer(r"\S+", text.value):
        span = span_within(text, match.start(), match.end(), source=source)
        assert source[span.start : span.end] == match[0]
        assert source.count("\n", 0, span.start) == 1 + text.value.count("\n", 0, match.start())


@given(value=st.text(max_size=20), source=st.text(max_size=30), data=st.data())
def test_no_text_raises_and_the_place_lies_in_the_file(value, source, data):
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    whole = span_at("a.yml", source, start, end)
    text = Text(value=value, span=whole)

    span = span_within(text, 0, len(value), source=source)

    assert 0 <= span.start <= span.end <= len(source)
