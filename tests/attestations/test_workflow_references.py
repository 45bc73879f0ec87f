"""References to workflows are taken apart at the right `@`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.workflow_references import (
    WorkflowReference,
    called_by,
    caller_of,
    split_revision,
)
from imprint.identity.workload import ABSENT, UNKNOWN, Provider, Workload

FILE = "acme/rocket/.github/workflows/release.yml"
COMMIT = "5d1c1d7c3a0d8c1f7e1f6b0f8a2f4f6f0b9f7a31"


def run(provider=Provider.GITHUB, **given):
    return Workload(provider=provider, issuer="https://ci.example.test", **given)


@pytest.mark.parametrize(
    "revision",
    ["refs/heads/main", "refs/tags/v1.0.0", "refs/tags/@acme/widget@1.0.0", COMMIT, "v4", ""],
)
def test_a_reference_is_split_before_its_revision(revision):
    assert split_revision(f"{FILE}@{revision}") == (FILE, revision)


def test_a_file_with_an_at_sign_keeps_it():
    file = "acme/rocket/.github/workflows/release@2.yml"

    assert split_revision(f"{file}@refs/heads/main") == (file, "refs/heads/main")


def test_the_runs_own_ref_goes_before_any_guess():
    reference = "gitlab.example.test/acme/rocket//ci@refs/x.yml@refs/heads/main"

    assert split_revision(reference, ref="refs/heads/main") == (
        "gitlab.example.test/acme/rocket//ci@refs/x.yml",
        "refs/heads/main",
    )


def test_without_an_at_sign_there_is_no_revision():
    assert split_revision(FILE) is None


def test_a_github_workflow_has_a_repository_and_a_path():
    workload = run(caller_workflow_ref=f"{FILE}@refs/heads/main", ref="refs/heads/main")

    assert caller_of(workload) == WorkflowReference(
        root="acme/rocket", path=".github/workflows/release.yml", revision="refs/heads/main"
    )


def test_a_gitlab_pipeline_has_a_project_and_a_path():
    reference = "gitlab.example.test/acme/tools/rocket//ci/release.yml@refs/tags/v1"

    found = caller_of(run(Provider.GITLAB, caller_workflow_ref=reference))

    assert found == WorkflowReference(
        root="gitlab.example.test/acme/tools/rocket",
        path="ci/release.yml",
        revision="refs/tags/v1",
    )


def test_a_workflow_that_calls_nobody_has_no_called_one():
    reference = f"{FILE}@refs/heads/main"

    workload = run(caller_workflow_ref=reference, called_workflow_ref=reference)

    assert called_by(workload) is None


def test_a_called_workflow_is_another_repositorys():
    workload = run(
        caller_workflow_ref=f"{FILE}@refs/heads/main",
        called_workflow_ref=f"acme/shared/.github/workflows/npm.yml@{COMMIT}",
    )

    found = called_by(workload)

    assert found is not None
    assert (found.root, found.revision) == ("acme/shared", COMMIT)


@pytest.mark.parametrize("provider", [Provider.CIRCLECI, Provider.GENERIC])
def test_other_providers_workflows_are_no_files(provider):
    assert caller_of(run(provider, caller_workflow_ref=f"{FILE}@refs/heads/main")) is None


@pytest.mark.parametrize("missing", [ABSENT, UNKNOWN])
def test_a_missing_reference_is_none(missing):
    assert caller_of(run(caller_workflow_ref=missing)) is None


@given(
    path=st.from_regex(r"\A[a-z.][a-z@./-]{0,20}\Z"),
    tag=st.from_regex(r"\A[A-Za-z0-9@./-]{1,20}\Z"),
)
def test_with_the_runs_ref_every_reference_is_split_where_it_was_joined(path, tag):
    ref = f"refs/tags/{tag}"

    assert split_revision(f"{path}@{ref}", ref=ref) == (path, ref)
