import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed
from imprint.workflows.yaml.json_files import compose_json, plain_value
from imprint.workflows.yaml.json_members import object_members
from imprint.workflows.yaml.places import span_at

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def value_of(source, **options):
    composed = compose_json(source, path="a.json", **options)
    assert composed.unreadable == ()
    assert composed.root is not None
    return as_python(plain_value(composed.root))


def as_python(value):
    if isinstance(value, tuple):
        return [as_python(item) for item in value]
    if isinstance(value, dict):
        return {key: as_python(item) for key, item in value.items()}
    return value


@given(value=VALUES, indent=st.sampled_from([None, 2, "\t"]))
def test_what_was_written_is_read(value, indent):
    assert value_of(json.dumps(value, indent=indent)) == value


def test_values_are_placed_as_they_were_written():
    source = '\ufeff{\r\n\t"a": "x\\/\\ud83d\\ude00",\r\n\t"b": [1, {"c": null}]\r\n}\r\n'
    root = compose_json(source, path="a.json").root

    text = root.get("a")
    assert text.text.value == "x/😀"
    assert source[text.span.start : text.span.end] == '"x\\/\\ud83d\\ude00"'
    inner = root.get("b").items[1]
    assert source[inner.span.start : inner.span.end] == '{"c": null}'
    assert (inner.span.line, inner.span.column) == (3, 11)


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("", 1, "no JSON: unexpected ``, expected a value"),
        ('{"a": 1,}', 9, "no JSON: unexpected `}`, expected a key"),
        ('{"a" 1}', 6, "no JSON: unexpected `1`, expected `:`"),
        ("[1 2]", 4, "no JSON: unexpected `2`, expected `,` or `]`"),
        ("[01]", 3, "no JSON: unexpected `1`, expected `,` or `]`"),
        ("{a: 1}", 2, "no JSON: unexpected `a: 1}`"),
        ("[] []", 4, "no JSON: unexpected `[`, expected the end"),
        ('"\\x"', 1, "no JSON: text has an escape that there is not"),
        ("[" * 200, 101, "no JSON: nested deeper than 100"),
    ],
)
def test_what_is_no_json_is_one_note_at_its_place(source, column, message):
    composed = compose_json(source, path="a.json")

    assert composed.root is None
    assert [(note.column, note.message) for note in composed.unreadable] == [(column, message)]


def test_comments_are_passed_over_where_they_are_allowed():
    source = '// a\n{"a": /* b */ [1, // c\n2,],}'

    assert value_of(source, comments=True) == {"a": [1, 2]}
    assert compose_json(source, path="a.json").root is None


def test_a_key_that_is_there_twice_is_told():
    composed = compose_json('{"a": 1,\n "a": 2}', path="a.json")

    assert [(note.line, note.message) for note in composed.unreadable] == [
        (2, "key `a` is there twice")
    ]


@given(source=st.text('{}[]":,\\ua01ntrue \n/*', max_size=30) | st.text())
def test_no_text_raises(source):
    composed = compose_json(source, path="a.json")

    assert bool(composed.documents) or len(composed.unreadable) == 1


@given(value=st.dictionaries(st.text(max_size=4), VALUES, max_size=5), indent=st.integers(0, 3))
def test_the_quick_reader_finds_the_same_members_at_the_same_places(value, indent):
    source = "\n " + json.dumps(value, indent=indent or None)
    slow = compose_json(source, path="a.json").root

    members = object_members(source, path="a.json")

    assert {member.key: member.value for member in members} == value
    for member, entry in zip(members, slow.entries, strict=True):
        assert member.value_span == entry.value.span
        assert member.span == span_at("a.json", source, entry.key.span.start, entry.value.span.end)


def quickly(source):
    with suppress(Malformed):
        return [member.key for member in object_members(source, path="a.json")]
    return None


@given(source=st.text('{}[]":,\\ua01ntrue \nIN', max_size=30) | st.text())
def test_the_quick_reader_takes_what_the_other_one_takes(source):
    root = compose_json(source, path="a.json").root

    entries = getattr(root, "entries", None)

    assert quickly(source) == (None if entries is None else [entry.key.value for entry in entries])


def test_json_that_is_too_deep_is_malformed():
    with pytest.raises(Malformed, match="too deep"):
        object_members('{"a":' + "[" * 200_000, path="a.json")
