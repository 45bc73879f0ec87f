"""A job that outsiders reach with rights is split, and what is left of the path is nothing."""

import pytest

from imprint.workflows.edits.applying import apply_patch
from imprint.workflows.edits.comparing import unwanted_change
from imprint.workflows.edits.insertion import Document
from imprint.workflows.edits.outsiders import split_off
from imprint.workflows.edits.splitting import split_target
from imprint.workflows.findings import Report
from imprint.workflows.reading import read_repository
from tests.workflows.checks.scenes import scene_of

PATH = ".github/workflows/size.yml"
REPORT_PATH = ".github/workflows/size-report.yml"
LEGACY = 'profile = "github-2026-05"'
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
BUILD = """\
      - uses: actions/checkout@v6.0.2
        with: {ref: "refs/pull/${{ github.event.number }}/merge"}
      - uses: actions/cache@v5
        with: {path: ~/.npm, key: npm-1}
      - run: npm ci && npm run size > size.txt
"""
COMMENT = """\
      # said where it is read
      - name: say it
        if: always()
        uses: marocchino/sticky-pull-request-comment@v2
        with:
          number: ${{ github.event.pull_request.number }}
          path: size.txt
"""
SIZE = f"""\
name: Size
on:
  pull_request_target:  # for the comment
    paths: [src/**]
permissions:
  pull-requests: write
jobs:
  size:
    if: github.event_name == 'pull_request_target' && true
    runs-on: ubuntu-latest
    steps:
{BUILD}{COMMENT}"""


def split(text):
    """Return the texts after the split of the workflow's first job; None where there is none."""
    (workflow,) = read_repository({PATH: text.encode()}).workflows
    patch = split_target(Document(PATH, text), workflow, workflow.jobs[0])
    if patch is None:
        return None
    after = apply_patch({PATH: text}, patch)
    assert unwanted_change({PATH: text}, after, patch) is None
    return after


def test_a_job_whose_steps_need_no_rights_changes_its_trigger_alone():
    text = SIZE.removesuffix(COMMENT)

    assert split(text) == {
        PATH: text.replace("_target:", ":").replace("_target'", "'"),
    }


@pytest.mark.parametrize("on", ["pull_request_target", "[push, pull_request_target]"])
def test_a_trigger_in_one_word_or_a_list_changes_too(on):
    text = f"on: {on}\njobs:\n  size:\n    runs-on: x\n    steps:\n{BUILD}"

    assert split(text) == {PATH: text.replace("_target", "", 1)}


def test_steps_that_need_rights_move_to_a_workflow_that_follows():
    after = split(SIZE)

    report = after[REPORT_PATH]
    (first, second) = read_repository(
        {path: text.encode() for path, text in after.items()}
    ).workflows
    assert "sticky" not in after[PATH]
    assert "path: size.txt" in report
    assert "          number: ${{ steps.pull-request.outputs.number }}\n" in report
    assert {trigger.event for trigger in first.triggers} == {"workflow_run"}
    assert {trigger.event for trigger in second.triggers} == {"pull_request"}
    assert [step.uses and step.uses.name for step in first.jobs[0].steps] == [
        "actions/download-artifact",
        None,
        "marocchino/sticky-pull-request-comment",
    ]
    assert second.jobs[0].steps[-1].uses.name == "actions/upload-artifact"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("path: size.txt", "message: ${{ steps.size.outputs.text }}"),
        ("path: size.txt", "message: ${{ github.event.pull_request.title }}"),
        ("          number: ${{ github.event.pull_request.number }}\n", ""),
        (
            "uses: marocchino/sticky-pull-request-comment@v2\n        with:\n",
            "uses: ./comment\n        with:\n          token: ${{ github.token }}\n",
        ),
        ("runs-on: ubuntu-latest", "runs-on: [self-hosted, x]"),
        ("    runs-on", "    env: {TOKEN: '${{ secrets.X }}'}\n    runs-on"),
        ("    paths: [src/**]", "    paths: [src/**]\n  pull_request:"),
        ("npm run size", "npm run size -- ${{ github.event_name == 'pull_request_target' }}"),
        ("jobs:\n", "jobs:\n  other:\n    runs-on: x\n    steps: [{run: 'x ${{ secrets.Y }}'}]\n"),
    ],
)
def test_what_cannot_be_carried_over_is_no_case_for_it(old, new):
    text = SIZE.replace(old, new, 1)
    (workflow,) = read_repository({PATH: text.encode()}).workflows
    job = next(job for job in workflow.jobs if job.id == "size")

    assert split_target(Document(PATH, text), workflow, job) is None


@pytest.mark.parametrize("text", [SIZE, SIZE.removesuffix(COMMENT)])
def test_the_path_of_outsiders_is_gone_with_the_split(text):
    files = {PATH: text, ".github/workflows/release.yml": RELEASE}
    scene = scene_of(files, LEGACY)
    (path, *_) = outsiders(scene)

    patch = split_off(Report(span=path.hops[0].span, message="anybody can publish"), scene)
    assert patch is not None

    assert outsiders(scene_of({**files, **apply_patch(files, patch)}, LEGACY)) == []


def outsiders(scene):
    return [path for path in scene.paths if str(path.who[0]) in {"ANON", "PRIOR_CONTRIBUTOR"}]
