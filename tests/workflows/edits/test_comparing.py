"""What a patch changed beyond its edits is found out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.edits.applying import apply_edits, apply_patch
from imprint.workflows.edits.comparing import unwanted_change
from imprint.workflows.findings import Edit, Patch
from imprint.workflows.yaml.places import span_at

PATH = ".github/workflows/release.yml"
WORKFLOW = """\
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    env: &shared
      TOKEN: x  # why
    steps:
      - uses: actions/setup-node@v6
        with:
          node-version: 22
      - run: |
          npm ci
          npm publish
      - run: echo
        env: *shared
"""


def problem(*changes, text=WORKFLOW, path=PATH):
    """Return what is wrong after putting, for each pair, the second where the first stands."""
    edits = tuple(
        Edit(span=span_at(path, text, text.index(old), text.index(old) + len(old)), text=new)
        for old, new in changes
    )
    patch = Patch(title="a patch", edits=edits)
    return unwanted_change({path: text}, apply_patch({path: text}, patch), patch)


@pytest.mark.parametrize(
    "change",
    [
        ("22", "24"),
        ("npm publish", "npm publish --provenance"),
        ("        with:\n          node-version: 22\n", ""),
        ("    steps:\n", "    steps:\n      - run: npm i -g npm@11\n"),
        ("on: push", "on:\n  push:\n    branches: [main]"),
        ("    runs-on", "    environment: npm\n    runs-on"),
        ("  # why", "  # because"),
    ],
)
def test_an_edit_that_does_what_it_says_is_let_through(change):
    assert problem(change) is None


def test_several_edits_of_one_file_are_let_through():
    assert (
        problem(("22", "24"), ("npm ci", "npm ci --ignore-scripts"), ("on: push", "on: {}")) is None
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("          node-version: 22\n", ""), "`jobs.publish.steps.[].with` came to be"),
        (("          npm publish\n", "          npm publish\n          ls\n"), None),
        (
            ("      - run: echo", "          - run: echo"),
            "`jobs.publish.steps.[].run` would change",
        ),
        (("    steps:", "    stops:"), "`jobs.publish.steps.[].uses` would be gone"),
        (
            ("TOKEN: x", "TOKEN: y"),
            "`jobs.publish.steps.[].env.TOKEN` is the same text by an alias",
        ),
        (("runs-on: ubuntu-latest", "runs-on: ["), "the file cannot be read any more"),
        (("&shared", "&other"), "the file cannot be read any more"),
    ],
)
def test_an_edit_that_changes_something_else_is_found_out(change, said):
    found = problem(change)

    assert (found is None) if said is None else (said in str(found))


def test_a_script_that_swallows_the_line_below_it_is_found_out():
    at = WORKFLOW.index("      - run: echo")
    slipped = Edit(span=span_at(PATH, WORKFLOW, at, at), text="          - uses: x/y@v1\n")
    patch = Patch(title="a step", edits=(slipped,))

    found = unwanted_change({PATH: WORKFLOW}, apply_patch({PATH: WORKFLOW}, patch), patch)

    assert found == f"{PATH}: `jobs.publish.steps.[].run` would change"


def test_members_of_package_json_are_held_to_the_same():
    text = '{"name": "widgets", "version": "1.0.0"}'

    assert problem(('"1.0.0"', '"1.0.0", "private": true'), text=text, path="package.json") is None
    assert "cannot be read" in problem((", ", " "), text=text, path="package.json")


def test_a_new_file_has_to_be_one_that_can_be_read():
    patch = Patch(title="a file", edits=(), new_files=(("new.yml", "on: ["),))

    found = unwanted_change({}, apply_patch({}, patch), patch)

    assert found == "new.yml: the new file cannot be read"


def test_a_file_without_structure_has_nothing_to_compare():
    assert (
        problem(("always-auth=true\n", ""), text="always-auth=true\nx=y\n", path=".npmrc") is None
    )


@given(st.text("ab:-#{}[]&*'\"\n ,|x", max_size=40), st.data())
def test_whatever_is_edited_there_is_an_answer(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    written = data.draw(st.text("ab: -\n'", max_size=6))
    edit = Edit(span=span_at(PATH, text, start, end), text=written)
    after = {PATH: apply_edits(text, [edit])}

    found = unwanted_change({PATH: text}, after, Patch(title="any", edits=(edit,)))

    assert found is None or found.startswith(f"{PATH}: ")


LINES = WORKFLOW.splitlines(keepends=True)
BELOW_SCRIPT = LINES.index("          npm publish\n") + 1


@pytest.mark.parametrize("number", range(len(LINES) + 1))
def test_a_comment_changes_nothing_unless_the_script_above_swallows_it(number):
    at = len("".join(LINES[:number]))
    edit = Edit(span=span_at(PATH, WORKFLOW, at, at), text="          # why\n")
    patch = Patch(title="a comment", edits=(edit,))

    found = unwanted_change({PATH: WORKFLOW}, apply_patch({PATH: WORKFLOW}, patch), patch)

    assert (found is None) is (number != BELOW_SCRIPT)
