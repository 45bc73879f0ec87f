"""Small edits: lines, entries and values, in the file's own style."""

import pytest

from imprint.workflows.checks.patches import (
    indentation_within,
    lines_after,
    step_before,
    with_value,
    without_entry,
    without_lines,
)
from imprint.workflows.findings import Patch
from tests.workflows.checks.scenes import patched, scene_of

PATH = ".github/workflows/release.yml"
HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"


def step_of(text, index=0):
    scene = scene_of({PATH: HEAD + text})
    return scene, scene.repository.workflows[0].jobs[0].steps[index]


def after(scene, edit):
    texts = dict(scene.repository.texts)
    return patched(texts, [Patch(title="", edits=(edit,))])[PATH].removeprefix(HEAD)


@pytest.mark.parametrize(
    ("written", "made"),
    [("18", "24"), ("'18'", "'24'"), ('"18"', '"24"'), ("18  # old", "24  # old")],
)
def test_a_value_keeps_its_quotes_and_its_comment(written, made):
    scene, step = step_of(f"      - uses: a/b@v1\n        with:\n          node: {written}\n")

    edit = with_value(scene, step.inputs["node"].span, "24")

    assert after(scene, edit).endswith(f"          node: {made}\n")


def test_an_entry_among_others_goes_alone():
    scene, step = step_of("      - run: a\n        env:\n          X: 1\n          Y: 2\n")

    edit = without_entry(scene, step.environment["X"].span)

    assert after(scene, edit) == "      - run: a\n        env:\n          Y: 2\n"


def test_an_only_entry_takes_its_header_along():
    scene, step = step_of("      - run: a\n        env:\n          X: 1\n      - run: b\n")

    edit = without_entry(scene, step.environment["X"].span)

    assert after(scene, edit) == "      - run: a\n      - run: b\n"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("      - env:\n          X: 1\n        run: a\n", "      - run: a\n"),
        ("      - {run: a, env: {X: 1}}\n", "      - {run: a}\n"),
        ("      - run: a\n        env: {X: 1}\n", "      - run: a\n"),
        ("      - run: a\n        env:\n          # why\n          X: 1\n", "      - run: a\n"),
    ],
)
def test_an_entry_goes_in_every_style(text, made):
    scene, step = step_of(text)

    edit = without_entry(scene, step.environment["X"].span)

    assert after(scene, edit) == made


def test_a_value_over_several_lines_goes_whole():
    scene, step = step_of(
        "      - uses: a/b@v1\n        with:\n          x: |\n            1\n            2\n          y: 3\n"
    )

    edit = without_entry(scene, step.inputs["x"].span)

    assert after(scene, edit) == "      - uses: a/b@v1\n        with:\n          y: 3\n"


def test_the_last_line_of_a_file_may_have_no_end():
    scene, step = step_of("      - run: a\n      - run: b")

    assert after(scene, without_lines(scene, step.span)) == "      - run: b"
    added = lines_after(
        scene, scene.repository.workflows[0].jobs[0].steps[1].span, "x", indentation="  "
    )
    assert after(scene, added) == "      - run: a\n      - run: b\n  x"


def test_a_step_is_put_before_another_one():
    scene, step = step_of("      - name: b\n        run: b\n")

    assert after(scene, step_before(scene, step, "a")) == (
        "      - run: a\n      - name: b\n        run: b\n"
    )


def test_nothing_is_put_before_a_step_in_flow_style():
    scene = scene_of({PATH: "on: push\njobs: {a: {runs-on: x, steps: [{run: b}]}}\n"})

    assert step_before(scene, scene.repository.workflows[0].jobs[0].steps[0], "a") is None


def test_a_mapping_is_indented_as_its_first_key():
    scene = scene_of({PATH: "on: push\njobs:\n    a:\n        # why\n        runs-on: x\n"})

    assert indentation_within(scene, scene.repository.workflows[0].jobs[0].id_span) == " " * 8
