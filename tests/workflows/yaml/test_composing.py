from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.yaml.composing import MAXIMUM_CHARACTERS, compose
from imprint.workflows.yaml.nodes import Mapping, Scalar, Sequence


def root_of(source):
    composed = compose(source, path="a.yml")
    assert composed.unreadable == ()
    return composed.root


def at(source, span):
    return source[span.start : span.end]


def scalars(node):
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from scalars(item)
        case Mapping():
            for entry in node.entries:
                yield Scalar(text=entry.key, is_plain=False)
                yield from scalars(entry.value)


@pytest.mark.parametrize(
    ("source", "value", "as_written"),
    [
        ("a: plain text # comment", "plain text", "plain text"),
        ("a: 'it''s'", "it's", "'it''s'"),
        ('a: "x\\ny"  ', "x\ny", '"x\\ny"'),
        ("a: |\n  one\n  two\n\n\nb: 1", "one\ntwo\n", "|\n  one\n  two"),
        ("a: >- # folded\n  one\n  two\n", "one two", ">- # folded\n  one\n  two"),
        ("a:\r\n  |+\r\n  one\r\n\r\nb: 1", "one\n\n", "|+\r\n  one"),
        ("a: one\n  two", "one two", "one\n  two"),
        ("a: &name value", "value", "value"),
        ("a: !!str 12", "12", "12"),
        ("a: &x !<tag:yaml.org,2002:str> 'b'", "b", "'b'"),
        ("a: é😀 x", "é😀 x", "é😀 x"),
        ("\ufeffa: b", "b", "b"),
        ("{a: [b]}", "b", "b"),
        ("a:\nb: 1", "", ""),
    ],
)
def test_a_scalar_is_found_exactly_as_it_was_written(source, value, as_written):
    found = [each for each in scalars(root_of(source)) if each.text.value == value]

    assert [at(source, each.span) for each in found] == [as_written]


def test_lines_and_columns_are_those_of_an_editor():
    root = root_of("\ufeffa: 1\r\nb:\r\n  - é: &anchor\r\n      x\r\n")

    (inner,) = root.get("b").items
    (entry,) = inner.entries
    assert (entry.key.span.line, entry.key.span.column) == (3, 5)
    assert (entry.value.span.line, entry.value.span.column) == (4, 7)


def test_what_only_old_yaml_calls_a_line_break_is_a_character():
    source = "a: 'x\x85y\u2028z'\nb: end"
    root = root_of(source)

    assert root.get("a").text.value == "x\x85y\u2028z"
    assert root.get("b").span.line == 2
    assert at(source, root.get("b").span) == "end"


def test_words_that_may_be_booleans_stay_texts():
    root = root_of("on: yes\n1.20: 012\nnull: ~")

    assert [entry.key.value for entry in root.entries] == ["on", "1.20", "null"]
    assert [entry.value.text.value for entry in root.entries] == ["yes", "012", "~"]
    assert root.get("null").is_null


def test_a_quoted_null_is_a_text():
    assert not root_of("a: 'null'").get("a").is_null
    assert not root_of("a: ''").get("a").is_null


def test_collections_end_with_what_is_last_in_them():
    source = "a:\n  b:\n    - 1\n    - {c: d}   # x\n\n# y\ne: f\n"
    root = root_of(source)

    assert at(source, root.get("a").span) == "b:\n    - 1\n    - {c: d}"
    assert at(source, root.get("a").get("b").items[1].span) == "{c: d}"


def test_an_alias_stands_for_its_anchor_and_knows_where_it_stands():
    source = "a: &x\n  b: 1\nc: *x\n"
    root = root_of(source)

    assert root.get("c") is root.get("a")
    assert at(source, root.entry("c").alias) == "*x"
    assert root.entry("a").alias is None


def test_an_anchor_that_is_given_again_holds_from_there_on():
    root = root_of("a: &x 1\nb: *x\nc: &x 2\nd: *x")

    assert [entry.value.text.value for entry in root.entries] == ["1", "1", "2", "2"]


def test_merged_keys_come_behind_and_replace_nothing():
    root = root_of(
        dedent("""
        one: &one {a: 1, b: 1}
        two: &two {b: 2, c: 2}
        all:
          <<: [*one, *two]
          a: own
        """)
    )

    merged = root.get("all")
    assert [(entry.key.value, entry.value.text.value) for entry in merged.entries] == [
        ("a", "own"),
        ("b", "1"),
        ("c", "2"),
    ]


def test_a_key_that_is_there_twice_is_told_and_the_last_one_counts():
    composed = compose("a: 1\nb: 2\na: 3\n", path="a.yml")

    assert [(note.line, note.message) for note in composed.unreadable] == [
        (3, "key `a` is there twice")
    ]
    assert composed.root.get("a").text.value == "3"
    assert len(composed.root.entries) == 3


def test_a_key_that_is_no_text_is_told_and_left_out():
    composed = compose("? [a]\n: 1\nb: 2", path="a.yml")

    assert [note.message for note in composed.unreadable] == [
        "key is a list or a mapping, keys are texts"
    ]
    assert [entry.key.value for entry in composed.root.entries] == ["b"]


def test_several_documents_are_all_there():
    composed = compose("a: 1\n---\nb: 2\n---\n", path="a.yml")

    assert len(composed.documents) == 3


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("a: b\n c: d", 2, "no YAML: mapping values are not allowed in this context"),
        ("a: {", 2, "no YAML: did not find expected node content while parsing a flow node"),
        ("a: 1\n\tb: 2", 2, "no YAML: found a tab character that violates indentation"),
        ("a:\n\t- b", 2, "no YAML: found character that cannot start any token"),
        ("a: \x1b[0m", 1, "no YAML: character U+001B is not allowed in YAML"),
        ("a: *nowhere", 1, "alias `*nowhere` has no anchor before it"),
        ("a: &x [*x]", 1, "alias `*x` is inside its anchor"),
        ("[" * 101 + "]" * 101, 1, "file is nested deeper than 100"),
        ("\ud800", 1, "file has half a surrogate pair: it is no text"),
    ],
)
def test_what_is_no_yaml_is_one_note_at_its_place(source, line, message):
    composed = compose(source, path="a.yml")

    assert composed.root is None
    (note,) = composed.unreadable
    assert note.line == line
    assert note.message.startswith(message)


def test_aliases_that_multiply_are_refused_before_they_do():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    composed = compose("\n".join(lines), path="a.yml")

    assert [note.message for note in composed.unreadable] == [
        "file comes to more than 500000 values, its aliases expanded"
    ]


def test_a_file_that_is_too_large_is_not_read():
    composed = compose("#" * (MAXIMUM_CHARACTERS + 1), path="a.yml")

    assert composed.documents == ()
    assert "at most 4194304 are read" in composed.unreadable[0].message


PIECES = st.sampled_from(
    [
        "a",
        ": ",
        "- ",
        "\n",
        "  ",
        "'",
        '"',
        "{",
        "}",
        "[",
        "]",
        ", ",
        "&x ",
        "*x",
        "<<: ",
        ">-\n",
        "!t ",
        "# c",
        "\t",
        "\r\n",
        "---\n",
        "? ",
        "é",
        "\ufeff",
        "\\",
        "%",
        "\x85",
    ]
)


@given(source=st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_no_text_raises_and_each_scalar_lies_in_the_file(source):
    composed = compose(source, path="a.yml")

    for document in composed.documents:
        for scalar in scalars(document):
            span = scalar.span
            assert 0 <= span.start <= span.end <= len(source)
            if scalar.is_plain and "\n" not in at(source, span):
                assert at(source, span) == scalar.text.value


WORDS = st.text("abcdefgh123 #:'\"\\{}-é😀", min_size=1, max_size=12).filter(
    lambda word: word.strip() == word
)


@given(words=st.lists(WORDS, min_size=1, max_size=6), indent=st.integers(2, 6))
def test_what_was_written_single_quoted_is_found_again(words, indent):
    quoted = ["'" + word.replace("'", "''") + "'" for word in words]
    source = "a:\n" + "".join(f"{' ' * indent}- {word} # c\n" for word in quoted)

    items = root_of(source).get("a").items

    assert [item.text.value for item in items] == words
    assert [at(source, item.span) for item in items] == quoted
