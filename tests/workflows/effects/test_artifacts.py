import pytest

from imprint.workflows.effects.artifacts import artifact_operations
from tests.support.jobs import job_around


def only(step, **more):
    (found,) = artifact_operations(*job_around(step, on="workflow_run", **more).all)
    return found


def test_an_upload_has_a_name_and_paths():
    found = only("- uses: actions/upload-artifact@v4\n  with: { name: pkg, path: '*.tgz' }")

    assert (found.uploads, found.name, found.paths) == (True, "pkg", ("*.tgz",))


def test_an_upload_without_a_name_has_the_default_one():
    assert only("- uses: actions/upload-artifact@v4\n  with: { path: x }").name == "artifact"


def test_a_download_of_the_same_run_is_no_other_runs():
    found = only("- uses: actions/download-artifact@v4\n  with: { name: pkg }")

    assert (found.uploads, found.from_other_run) == (False, False)


@pytest.mark.parametrize(
    "step",
    [
        (
            "- uses: actions/download-artifact@v4\n"
            "  with: { run-id: '${{ github.event.workflow_run.id }}' }"
        ),
        "- uses: dawidd6/action-download-artifact@v6\n  with: { workflow: ci.yml }",
        "- run: gh run download ${{ github.event.workflow_run.id }} -n pkg",
        "- run: gh api repos/o/r/actions/artifacts/1/zip > a.zip",
        (
            "- uses: actions/github-script@v7\n"
            "  with: { script: 'await github.rest.actions.downloadArtifact({})' }"
        ),
    ],
)
def test_downloads_of_other_runs_are_told(step):
    found = only(step)

    assert found.from_other_run
    assert found.run is not None


def test_the_runs_own_number_is_no_other_run():
    assert not only("- run: gh run download $GITHUB_RUN_ID").from_other_run


def test_other_steps_move_nothing():
    around = job_around("- run: npm pack\n- uses: actions/checkout@v6")

    assert artifact_operations(*around.all) == ()
