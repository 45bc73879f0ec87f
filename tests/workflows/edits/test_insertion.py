"""Entries and items come and go in the file's own style."""

import pytest

from imprint.workflows.edits.applying import apply_patch
from imprint.workflows.edits.comparing import unwanted_change
from imprint.workflows.edits.insertion import (
    Document,
    with_entry,
    without_entry,
)
from imprint.workflows.findings import Patch

PATH = ".github/workflows/release.yml"
STEPS = """\
jobs:
  publish:
    # why here
    runs-on: ubuntu-latest   # big
    steps:
    - uses: actions/checkout@v6
    - name: publish
      run: npm publish
      env:
        TOKEN: x
        OTHER: y  # kept
    - {uses: a/b@v1, with: {one: 1, two: 2}}
"""
STEP = ("jobs", "publish", "steps")


def after(make, *words, text=STEPS, **options):
    """Return the text after the edit that `make` returns, which has to do only what it says."""
    edit = make(Document(PATH, text), *words, **options)
    if edit is None:
        return None
    patch = Patch(title="a patch", edits=(edit,))
    made = apply_patch({PATH: text}, patch)
    assert unwanted_change({PATH: text}, made, patch) is None
    return made[PATH]


def test_an_entry_is_added_below_the_last_one():
    made = after(with_entry, (*STEP, 1, "env"), "THIRD", "z")

    assert made == STEPS.replace("# kept\n", "# kept\n        THIRD: z\n")


def test_an_entry_is_added_above_the_one_named():
    made = after(with_entry, ("jobs", "publish"), "environment", "npm", before="steps")

    assert made == STEPS.replace("    steps:\n", "    environment: npm\n    steps:\n")


def test_a_value_that_is_there_is_replaced():
    made = after(with_entry, ("jobs", "publish"), "runs-on", "ubuntu-24.04")

    assert made == STEPS.replace("ubuntu-latest   # big", "ubuntu-24.04   # big")


def test_a_mapping_that_is_not_there_is_made():
    made = after(with_entry, (*STEP, 0, "with"), "persist-credentials", "false")

    assert made == STEPS.replace(
        "checkout@v6\n", "checkout@v6\n      with:\n        persist-credentials: false\n"
    )


def test_an_entry_is_added_in_flow_style():
    made = after(with_entry, (*STEP, 2, "with"), "three", "3")

    assert made == STEPS.replace("two: 2}", "two: 2, three: 3}")


@pytest.mark.parametrize(
    ("keys", "old", "new"),
    [
        ((*STEP, 1, "env", "TOKEN"), "        TOKEN: x\n", ""),
        ((*STEP, 1, "env", "OTHER"), "        OTHER: y  # kept\n", ""),
        ((*STEP, 1, "env"), "      env:\n        TOKEN: x\n        OTHER: y  # kept\n", ""),
        ((*STEP, 1, "name"), "- name: publish\n      run", "- run"),
        ((*STEP, 2, "with", "one"), "{one: 1, two", "{two"),
        ((*STEP, 2, "with", "two"), ", two: 2", ""),
        ((*STEP, 2, "with"), ", with: {one: 1, two: 2}", ""),
        (("jobs", "publish", "runs-on"), "    runs-on: ubuntu-latest   # big\n", ""),
    ],
)
def test_an_entry_is_taken_away(keys, old, new):
    assert after(without_entry, keys) == STEPS.replace(old, new)


def test_the_last_entry_goes_with_what_it_is_in():
    text = "jobs:\n  publish:\n    env:\n      TOKEN: x\n    steps: []\n"

    made = after(without_entry, ("jobs", "publish", "env", "TOKEN"), text=text)

    assert made == "jobs:\n  publish:\n    steps: []\n"


def test_line_ends_are_those_of_the_file():
    text = STEPS.replace("\n", "\r\n")

    made = after(with_entry, (*STEP, 1, "with"), "a", "b", text=text)

    assert "\n" not in made.replace("\r\n", "")


def test_a_last_line_without_its_end_gets_none():
    text = "jobs:\n  publish:\n    runs-on: x"

    made = after(with_entry, ("jobs", "publish"), "environment", "npm", text=text)

    assert made == f"{text}\n    environment: npm"


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: without_entry(document, ("on",)),
        lambda document: with_entry(document, ("jobs", "publish", "steps"), "a", "b"),
        lambda document: without_entry(document, (*STEP, 0, "uses")),
    ],
)
def test_what_cannot_be_edited_is_left_to_people(edit):
    assert edit(Document(PATH, STEPS)) is None


def test_what_is_an_alias_is_no_place_to_edit():
    text = "a: &a {x: 1}\nb: *a\n"

    assert with_entry(Document(PATH, text), ("b",), "y", "2") is None


def test_the_way_to_a_scalar_is_found_by_its_place():
    document = Document(PATH, STEPS)

    for keys in (
        (*STEP, 1, "env", "OTHER"),
        (*STEP, 2, "with", "two"),
        ("jobs", "publish", "runs-on"),
    ):
        assert document.keys_of(document.node(keys).span) == keys
