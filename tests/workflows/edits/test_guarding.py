"""The owner guard is put where it counts, beside what is there, and the paths are gone."""

import pytest

from imprint.workflows.edits.applying import apply_patch
from imprint.workflows.edits.comparing import unwanted_change
from imprint.workflows.edits.guarding import owner_guard
from imprint.workflows.edits.insertion import Document
from imprint.workflows.edits.outsiders import keep_outsiders_out
from imprint.workflows.findings import Patch, Report
from imprint.workflows.reading import read_repository
from tests.workflows.checks.scenes import scene_of

PATH = ".github/workflows/size.yml"
RELEASE = """\
on: {push: {branches: [main]}}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: {id-token: write, contents: read}
    steps:
      - uses: actions/checkout@v6
      - uses: actions/cache@v5
        with: {path: ~/.npm, key: npm-1}
      - run: npm ci && npm publish
"""
SIZE = """\
on: pull_request_target
jobs:
  size:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6.0.2
        with: {ref: "refs/pull/${{ github.event.number }}/merge"}
      - uses: actions/cache@v5
        with: {path: ~/.npm, key: npm-1}
      - run: npm ci
"""
LEGACY = 'profile = "github-2026-05"'
SAME = "github.event.pull_request.head.repo.full_name == github.repository"


def guarded(text, event="pull_request_target"):
    """Return the workflow's text after the guard of its first job, None where there is none."""
    (workflow,) = read_repository({PATH: text.encode()}).workflows
    edit = owner_guard(Document(PATH, text), workflow, workflow.jobs[0], event)
    if edit is None:
        return None
    patch = Patch(title="guard", edits=(edit,))
    after = apply_patch({PATH: text}, patch)
    assert unwanted_change({PATH: text}, after, patch) is None
    return after[PATH]


def test_a_job_without_a_condition_gets_one():
    assert guarded(SIZE) == SIZE.replace("    runs-on", f"    if: {SAME}\n    runs-on", 1)


def test_other_events_of_the_workflow_are_let_through():
    text = SIZE.replace("on: pull_request_target", "on: [push, pull_request_target]")

    made = guarded(text)

    assert f"if: (github.event_name != 'pull_request_target' || {SAME})\n" in made


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("github.actor != 'x'", f"if: (github.actor != 'x') && {SAME}\n"),
        ("${{ always() }}  # why", f"if: (always()) && {SAME}  # why\n"),
        ("\"x == 'a: b'\"", f"if: \"(x == 'a: b') && {SAME}\"\n"),
        ("|\n      a &&\n      b == 'c  d'", f"if: (a && b == 'c  d') && {SAME}\n"),
    ],
)
def test_a_condition_that_is_there_still_counts(condition, wanted):
    made = guarded(SIZE.replace("    runs-on", f"    if: {condition}\n    runs-on", 1))

    assert wanted in made


@pytest.mark.parametrize("condition", ["${{ a }} && ${{ b }}", SAME])
def test_what_is_guarded_or_no_single_expression_is_left_alone(condition):
    assert guarded(SIZE.replace("    runs-on", f"    if: {condition}\n    runs-on", 1)) is None


def test_an_event_without_a_guard_is_left_alone():
    assert guarded(SIZE, event="push") is None


@pytest.mark.parametrize("on", ["pull_request_target", "[push, pull_request_target]"])
def test_the_path_of_outsiders_is_gone_with_the_guard(on):
    files = {PATH: SIZE.replace("pull_request_target", on, 1), RELEASE_PATH: RELEASE}
    scene = scene_of(files, LEGACY)
    (path,) = outsiders(scene)
    report = Report(span=path.hops[0].span, message="anybody can publish")

    patch = keep_outsiders_out(report, scene)
    assert patch is not None

    assert outsiders(scene_of({**files, **apply_patch(files, patch)}, LEGACY)) == []


RELEASE_PATH = ".github/workflows/release.yml"


def outsiders(scene):
    return [path for path in scene.paths if str(path.who[0]) == "ANON"]
