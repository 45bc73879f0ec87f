"""Every check's page: it says what it has to, and its examples come out as they are marked."""

import re

import pytest

from imprint.workflows.checks.examples import examples_of
from imprint.workflows.checks.pages import check_page, page_ids
from imprint.workflows.checks.running import check_of, checks, find_all, fix_of
from tests.workflows.checks.scenes import VALUES, patched, scene_of

HEADINGS = ["Why it matters", "Examples", "Fix", "When to ignore", "References"]


def is_one_line(text):
    return "\n" not in text and not text.endswith(".")


def with_windows_ends(files):
    return {path: text.replace("\n", "\r\n") for path, text in files.items()}


def examples(check_id):
    return examples_of(check_page(check_id) or "", values=VALUES)


EXAMPLES = [
    pytest.param(check_id, example, id=f"{check_id}-line-{example.line}")
    for check_id in page_ids()
    for example in examples(check_id)
]


@pytest.mark.parametrize(("check_id", "example"), EXAMPLES)
def test_an_example_comes_out_as_it_is_marked(check_id, example):
    scene = scene_of(example.files, example.facts)

    found = find_all(scene, only={check_id})

    if check_id != "unread-file":
        assert [problem.message for problem in scene.repository.unreadable] == []
    assert {(f.report.span.path, f.report.span.line) for f in found} == example.marks.keys()
    for each in found:
        place = (each.report.span.path, each.report.span.line)
        wanted = example.marks[place] or each.check.severity.name.lower()
        severity = each.report.severity or each.check.severity
        assert severity.name.lower() == wanted, each.report.message
        assert is_one_line(each.report.message)
        assert is_one_line(each.report.hint or "")


@pytest.mark.parametrize(
    ("check_id", "example"), [each for each in EXAMPLES if each.values[1].fixed]
)
def test_a_fix_makes_of_an_example_what_the_page_shows(check_id, example):
    scene = scene_of(example.files, example.facts)
    info = check_of(check_id)
    assert info is not None

    patches = [fix_of(info, found.report, scene) for found in find_all(scene, only={check_id})]
    after = patched(example.files, [patch for patch in patches if patch is not None])

    assert after == {**example.files, **example.fixed}
    assert not find_all(scene_of(after, example.facts), only={check_id})


@pytest.mark.parametrize(("check_id", "example"), EXAMPLES)
def test_line_ends_of_windows_change_nothing(check_id, example):
    files = with_windows_ends(example.files)
    scene = scene_of(files, example.facts)

    found = find_all(scene, only={check_id})

    assert {(f.report.span.path, f.report.span.line) for f in found} == example.marks.keys()
    if example.fixed:
        patches = [fix_of(each.check, each.report, scene) for each in found]
        after = patched(files, [patch for patch in patches if patch is not None])
        assert after == with_windows_ends({**example.files, **example.fixed})


@pytest.mark.parametrize("info", checks(), ids=lambda info: info.id)
def test_a_page_has_every_heading_and_examples_of_both_kinds(info):
    page = check_page(info.id) or ""
    outside = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)

    assert page.startswith(f"# {info.id}\n\n")
    assert [line[3:] for line in outside.splitlines() if line.startswith("## ")] == HEADINGS
    assert {example.is_bad for example in examples(info.id)} == {True, False}
    assert max(map(len, page.splitlines())) <= 100


@pytest.mark.parametrize("info", checks(), ids=lambda info: info.id)
def test_a_bad_example_has_a_mark_and_a_good_one_none(info):
    assert all(bool(example.marks) is example.is_bad for example in examples(info.id))


@pytest.mark.parametrize("info", checks(), ids=lambda info: info.id)
def test_a_check_that_fixes_shows_how_and_another_does_not(info):
    shows = any(example.fixed for example in examples(info.id))

    assert shows is (info.fix_kind is not None) is (info.fix is not None)


def test_every_page_is_of_a_check_and_every_check_has_one():
    assert page_ids() == tuple(info.id for info in checks())
