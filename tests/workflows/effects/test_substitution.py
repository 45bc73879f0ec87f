import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.effects.substitution import condition_in_callers_words, in_callers_words
from imprint.workflows.github.expressions.evaluation import evaluate
from imprint.workflows.github.expressions.model import UNKNOWN
from imprint.workflows.github.expressions.templates import condition_of


@pytest.mark.parametrize(
    ("text", "given_", "expected"),
    [
        ("${{ inputs.ref }}", "main", "main"),
        ("${{ inputs.ref }}", "${{ github.sha }}", "${{ github.sha }}"),
        ("a ${{ inputs.ref }} b", "${{ github.sha }}-x", "a ${{ github.sha }}-x b"),
        ("${{ inputs.ref || 'dev' }}", "${{ github.sha }}", "${{ (github.sha) || 'dev' }}"),
        ("${{ inputs['ref'] == 'x' }}", "it's", "${{ 'it''s' == 'x' }}"),
        ("${{ inputs.ref != '' }}", "a${{ b }}c", "${{ format('a{0}c', b) != '' }}"),
        ("${{ 'inputs.ref' }}", "main", "${{ 'inputs.ref' }}"),
        ("${{ github.event.inputs.ref }}", "main", "${{ github.event.inputs.ref }}"),
        ("${{ INPUTS.Ref }}", "main", "main"),
        ("plain inputs.ref", "main", "plain inputs.ref"),
    ],
)
def test_an_input_becomes_what_its_caller_wrote(text, given_, expected):
    assert in_callers_words(text, {"ref": given_}) == expected


def test_an_input_that_is_not_there_is_empty():
    assert in_callers_words("x${{ inputs.other }}", {}) == "x"


def test_outside_of_composite_actions_nothing_changes():
    assert in_callers_words("${{ inputs.ref }}", None) == "${{ inputs.ref }}"


@pytest.mark.parametrize("condition", ["inputs.cache == 'true'", "${{ inputs.cache == 'true' }}"])
def test_a_condition_comes_without_braces(condition):
    found = condition_in_callers_words(condition, {"cache": "${{ matrix.cache }}"})

    assert found == "(matrix.cache) == 'true'"


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_text_makes_it_fail(text, given_):
    assert isinstance(in_callers_words(text, {"ref": given_}), str)
    assert isinstance(condition_in_callers_words(text, {"ref": given_}), str)


@given(st.text(alphabet=st.characters(blacklist_characters="$"), max_size=30))
def test_a_literal_input_compares_as_itself(given_):
    condition = condition_in_callers_words("inputs.ref", {"ref": given_})

    assert evaluate(condition_of(condition), lambda _: UNKNOWN) == given_
