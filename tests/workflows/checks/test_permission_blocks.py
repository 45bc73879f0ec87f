"""Edits of `permissions`."""

import pytest

from imprint.workflows.checks.permission_blocks import block_at, grant, in_job, revoke
from imprint.workflows.findings import Patch
from tests.workflows.checks.scenes import patched, scene_of

PATH = ".github/workflows/release.yml"
JOBS = "jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: a\n"


def scene_with(block):
    return scene_of({PATH: f"on: push\n{block}{JOBS}"})


def after(scene, edit):
    texts = dict(scene.repository.texts)
    return patched(texts, [Patch(title="", edits=(edit,))])[PATH].removeprefix("on: push\n")


def block_of(scene):
    block = scene.repository.workflows[0].permissions
    assert block_at(scene, block.span) is block
    return block


@pytest.mark.parametrize(
    ("block", "made"),
    [
        ("permissions:\n  contents: read\n", "permissions:\n  contents: read\n  id-token: write\n"),
        ("permissions:\n  id-token: none\n", "permissions:\n  id-token: write\n"),
        ("permissions: {}\n", "permissions:\n  id-token: write\n"),
    ],
)
def test_a_scope_is_granted(block, made):
    scene = scene_with(block)

    assert after(scene, grant(scene, block_of(scene), "id-token")) == made + JOBS


@pytest.mark.parametrize("block", ["permissions: {contents: read}\n", "permissions: read-all\n"])
def test_a_block_in_another_style_is_left_alone(block):
    scene = scene_with(block)

    assert grant(scene, block_of(scene), "id-token") is None


@pytest.mark.parametrize(
    ("block", "made"),
    [
        ("permissions:\n  contents: read\n  id-token: write\n", "permissions:\n  contents: read\n"),
        ("permissions:\n  id-token: write\n", "permissions: {}\n"),
    ],
)
def test_a_scope_is_taken_away(block, made):
    scene = scene_with(block)

    assert after(scene, revoke(scene, block_of(scene), "id-token")) == made + JOBS


@pytest.mark.parametrize("block", ["permissions: write-all\n", "permissions: {id-token: write}\n"])
def test_a_scope_that_has_no_line_is_not_taken_away(block):
    scene = scene_with(block)

    assert revoke(scene, block_of(scene), "id-token") is None


def test_a_job_gets_what_the_workflow_grants():
    scene = scene_with("permissions:\n  contents: write\n")
    workflow = scene.repository.workflows[0]

    made = after(scene, in_job(scene, workflow, workflow.jobs[0], "id-token"))

    assert (
        "  a:\n    permissions:\n      contents: write\n      id-token: write\n    runs-on: x\n"
        in made
    )


def test_a_job_of_a_workflow_that_grants_everything_gets_no_block():
    scene = scene_with("permissions: write-all\n")
    workflow = scene.repository.workflows[0]

    assert in_job(scene, workflow, workflow.jobs[0], "id-token") is None
