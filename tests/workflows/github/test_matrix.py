from textwrap import dedent, indent

import pytest

from imprint.workflows.github.matrix import read_matrix
from imprint.workflows.sources import Unreadable
from imprint.workflows.yaml.composing import compose


def matrix_of(text):
    notes: list[Unreadable] = []
    root = compose("matrix:\n" + indent(dedent(text), "  "), path="a.yml").root
    return read_matrix(root.entry("matrix"), notes), [note.message for note in notes]


def legs_of(text):
    matrix, notes = matrix_of(text)
    assert notes == []
    assert not matrix.dynamic
    return list(matrix.legs)


def test_dimensions_are_combined():
    assert legs_of("""
      os: [a, b]
      node: [20, '22']
    """) == [
        {"os": "a", "node": "20"},
        {"os": "a", "node": "22"},
        {"os": "b", "node": "20"},
        {"os": "b", "node": "22"},
    ]


def test_an_excluded_combination_is_left_out():
    assert legs_of("""
      os: [a, b]
      node: [20, 22]
      exclude:
        - {os: a, node: 20}
        - {os: b}
        - {none: x}
    """) == [{"os": "a", "node": "22"}]


def test_what_is_included_follows_the_reference_to_the_letter():
    # The worked example of GitHub's "Expanding or adding matrix configurations".
    assert legs_of("""
      fruit: [apple, pear]
      animal: [cat, dog]
      include:
        - color: green
        - color: pink
          animal: cat
        - fruit: apple
          shape: circle
        - fruit: banana
        - fruit: banana
          animal: cat
    """) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_includes_alone_are_legs_of_their_own():
    assert legs_of("""
      include:
        - site: a
        - site: b
          more: c
    """) == [{"site": "a"}, {"site": "b", "more": "c"}]


def test_values_inside_values_are_under_their_path():
    assert legs_of("""
      settings:
        - {host: linux, node: {version: 22}, flags: [x, y]}
    """) == [
        {
            "settings.host": "linux",
            "settings.node.version": "22",
            "settings.flags.0": "x",
            "settings.flags.1": "y",
        }
    ]


@pytest.mark.parametrize(
    "text",
    ["${{ fromJSON(needs.a.outputs.b) }}", "node: ${{ fromJSON(inputs.nodes) }}\nos: [a]"],
)
def test_what_an_expression_makes_is_not_known(text):
    matrix, notes = matrix_of(text)

    assert (matrix.legs, matrix.dynamic, notes) == ((), True, [])


def test_expressions_inside_a_list_are_values():
    assert legs_of("node: ['${{ inputs.node }}']") == [{"node": "${{ inputs.node }}"}]


def test_more_legs_than_the_platform_runs_are_told():
    numbers = ", ".join(map(str, range(20)))
    matrix, notes = matrix_of(f"a: [{numbers}]\nb: [{numbers}]")

    assert len(matrix.legs) == 256
    assert notes == ["`matrix` has 400 legs, the first 256 are read"]


def test_a_matrix_that_explodes_is_not_enumerated():
    numbers = ", ".join(map(str, range(100)))
    matrix, notes = matrix_of(f"a: [{numbers}]\nb: [{numbers}]\nc: [{numbers}]")

    assert matrix.dynamic
    assert notes == ["`matrix` has more combinations than are read, at most 1000"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("[a]", "`matrix` is neither a mapping nor an expression"),
        ("a: [1]\ninclude: x", "`include` is a text, expected a list"),
        ("a: [1]\nexclude: [x]", "item of `exclude` is no mapping"),
    ],
)
def test_what_is_no_matrix_is_told(text, note):
    assert matrix_of(text)[1] == [note]
