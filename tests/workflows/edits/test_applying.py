"""Edits are made character by character, and nothing else moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed
from imprint.workflows.edits.applying import (
    apply_edits,
    apply_patch,
    moved,
    moved_span,
    unified_diff,
)
from imprint.workflows.findings import Edit, Patch
from imprint.workflows.yaml.places import span_at

PATH = ".github/workflows/release.yml"


def edit(text, old, new, *, path=PATH):
    """Return the edit that puts `new` where `old` stands first."""
    start = text.index(old)
    return Edit(span=span_at(path, text, start, start + len(old)), text=new)


def at(start, end, text):
    return Edit(span=span_at(PATH, "", start, end), text=text)


def patch(*edits, new_files=()):
    return Patch(title="a patch", edits=edits, new_files=new_files)


def test_what_no_edit_names_stays_to_the_last_character():
    text = "a: 'x'  # why\r\nb: &name [1,2]\r\nc: *name"

    made = apply_edits(text, [edit(text, "'x'", "'y'"), edit(text, "[1,2]", "[3]")])

    assert made == "a: 'y'  # why\r\nb: &name [3]\r\nc: *name"


def test_insertions_at_one_place_come_in_the_order_given():
    assert apply_edits("ab", [at(1, 1, "1"), at(1, 1, "2")]) == "a12b"


def test_the_same_edit_twice_is_made_once():
    assert apply_edits("ab", [at(1, 1, "x"), at(1, 1, "x")]) == "axb"


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        ([at(0, 2, "x"), at(1, 3, "y")], "edits-overlap"),
        ([at(0, 2, "x"), at(1, 1, "y")], "edits-overlap"),
        ([at(2, 9, "x")], "edit-out-of-place"),
        ([at(2, 1, "x")], "edit-out-of-place"),
    ],
)
def test_edits_that_do_not_fit_are_refused(edits, code):
    with pytest.raises(Malformed) as refused:
        apply_edits("abcd", edits)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (patch(at(0, 1, "a")), "nothing-to-edit"),
        (patch(), "nothing-to-edit"),
        (patch(new_files=((PATH, "x"),)), "file-exists"),
        (Patch(title="", edits=(edit("a", "a", "b", path="other"),)), "edit-out-of-place"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(made, code):
    with pytest.raises(Malformed) as refused:
        apply_patch({PATH: "a"}, made)

    assert refused.value.code == code


def test_a_patch_may_make_a_file():
    assert apply_patch({PATH: "a"}, patch(new_files=(("new.yml", "b\n"),))) == {"new.yml": "b\n"}


def test_a_span_moves_with_what_stands_before_it():
    text = "one two three"
    made = patch(edit(text, "one", "eleven"))
    three = span_at(PATH, text, 8, 13)

    found = moved_span(three, made, apply_patch({PATH: text}, made))

    assert (found.start, found.end, found.column) == (11, 16, 12)


@given(st.text(max_size=20), st.data())
def test_a_place_outside_of_every_edit_keeps_its_character(text, data):
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    words = data.draw(st.lists(st.text(max_size=3), min_size=2, max_size=2))
    edits = [at(places[0], places[1], words[0]), at(places[2], places[3], words[1])]

    made = apply_edits(text, edits)

    outside = [
        place
        for place in range(len(text))
        if not any(one.span.start <= place < one.span.end for one in edits)
    ]
    assert [made[moved(place, edits)] for place in outside] == [text[place] for place in outside]


def test_the_difference_is_one_that_git_applies():
    before = {PATH: "a\nb\nc", "same": "x"}

    shown = unified_diff(before, {PATH: "a\nB\nc", "same": "x", "new": "y\n"})

    assert shown == (
        f"--- a/{PATH}\n+++ b/{PATH}\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
        "\\ No newline at end of file\n"
        "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+y\n"
    )
