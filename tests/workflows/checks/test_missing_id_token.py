"""A fix that grants `id-token: write` takes nothing else away."""

import pytest

from imprint.workflows.checks.running import find_all, fix_of
from tests.workflows.checks.scenes import patched, scene_of

WORKFLOW = """\
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: {first}
      - run: npm publish --provenance
"""


def fixed(text):
    scene = scene_of({".github/workflows/release.yml": text})
    (found,) = find_all(scene, only={"missing-id-token"})
    patch = fix_of(found.check, found.report, scene)
    texts = dict(scene.repository.texts)
    return None if patch is None else patched(texts, [patch])[".github/workflows/release.yml"]


def test_a_job_that_only_reads_gets_a_block_of_its_own():
    made = fixed(WORKFLOW.format(first="npm ci"))

    assert "    permissions:\n      contents: read\n      id-token: write\n" in made


@pytest.mark.parametrize("first", ["git push --follow-tags", "gh release create v1"])
def test_a_job_that_pushes_by_the_default_gets_none(first):
    assert fixed(WORKFLOW.format(first=first)) is None


def test_a_job_that_pushes_keeps_what_its_workflow_grants():
    text = WORKFLOW.format(first="git push").replace(
        "jobs:", "permissions:\n  contents: write\njobs:"
    )

    made = fixed(text)

    assert "      contents: write\n      id-token: write\n" in made
