"""Workflow references are equal to what is built from the same token's claims, or refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.identity.workload import UNKNOWN
from imprint.publishers.publisher import CalledWorkflow, WorkflowRule
from imprint.publishers.workflows import is_reusable_call, judge_workflow
from tests.support.claims import COMMIT, WORKFLOW_COMMIT
from tests.support.publishers import circleci_run, generic_run, github_run, gitlab_run

ROOT = "acme/rocket/.github/workflows/"
SHARED = "acme/shared/.github/workflows/publish.yml@"
OWN_CALL = WorkflowRule(called=CalledWorkflow(repository=None, file="publish.yml"))


def caller(file: str) -> WorkflowRule:
    return WorkflowRule(caller=file)


def shared(**pins) -> WorkflowRule:
    return WorkflowRule(called=CalledWorkflow(repository="acme/shared", file="publish.yml", **pins))


def accepts(rule, workload) -> bool:
    return not list(judge_workflow(rule, workload))


NAMES = [
    "has-dash.yml",
    "has--dashes-.yml",
    "has..periods..yml",
    "under_score.yml",
    "release.yaml",
    "foo.yml.foo.yml",
    "nested@evil.yml",
    "a.yml@b.yml",
    "x@n.yml@e.yml",
]


@pytest.mark.case("D01", "D02", "D03", "D04", "D05", "D06", "D07", "D10")
@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_matches_a_publisher_of_exactly_its_name(name):
    assert accepts(caller(name), github_run(file=name))


@pytest.mark.case("D07")
@pytest.mark.parametrize("name", ["evil.yml", "nested", "nested@evil", "a.yml", "b.yml", "x"])
def test_a_name_with_an_at_sign_matches_no_part_of_itself(name):
    for file in ("nested@evil.yml", "a.yml@b.yml", "x@n.yml@e.yml"):
        assert not accepts(caller(name), github_run(file=file))


@pytest.mark.case("D08")
def test_a_ref_that_looks_like_a_file_does_not_shift_the_name():
    run = github_run(ref="refs/heads/misleading@branch.yml")

    assert accepts(caller("release.yml"), run)
    assert not accepts(caller("branch.yml"), run)
    assert not accepts(caller("release.yml@refs/heads/misleading"), run)


@pytest.mark.case("D11")
@pytest.mark.parametrize("commit", [COMMIT, WORKFLOW_COMMIT])
def test_a_deployment_without_a_ref_matches_by_its_commit(commit):
    run = github_run(ref="", workflow_ref=f"{ROOT}release.yml@{commit}", ref_type="")

    assert accepts(caller("release.yml"), run)


@pytest.mark.case("D12")
def test_a_run_that_names_neither_ref_nor_commit_is_refused():
    run = github_run(sha=COMMIT, workflow_ref=f"{ROOT}release.yml@")
    bare = {name: getattr(run, name) for name in run.__struct_fields__} | {
        "ref": "",
        "commit": "",
        "caller_workflow_sha": "",
    }

    (broken,) = judge_workflow(caller("release.yml"), type(run)(**bare))

    assert broken.message == (
        f"`workflow_ref` is `{ROOT}release.yml@`, expected `release.yml` at the run's ref or commit,"
        " of which the token names neither"
    )


@pytest.mark.case("D09", "D13", "D14", "D15")
@pytest.mark.parametrize(
    "reference",
    [
        ROOT + "release.yml@fake.yml@refs/tags/v1.2.0",
        ROOT + "release.yml@evil.yml@refs/tags/v1.2.0",
        ROOT + "release.yml@",
        ROOT + "release.yml@@",
        ROOT + "release.yml@@refs/tags/v1.2.0",
        ROOT + "release.yml",
        ROOT + "release.yml@refs/tags/v1.2.0 ",
        ROOT + "release.yml@refs/heads/main",
        ROOT + "release.yml@v1.2.0",
        ROOT + "release_yml@refs/tags/v1.2.0",
        ROOT + "releaseXyml@refs/tags/v1.2.0",
        ROOT + "nested/release.yml@refs/tags/v1.2.0",
        ROOT,
        "@",
        "release.yml@refs/tags/v1.2.0",
        "x" + ROOT + "release.yml@refs/tags/v1.2.0",
        "evil/rocket/.github/workflows/release.yml@refs/tags/v1.2.0",
        "acme/rocket/.github/workflows/../workflows/release.yml@refs/tags/v1.2.0",
    ],
)
def test_a_reference_that_only_looks_right_is_refused_and_what_is_expected_is_listed(reference):
    (broken,) = judge_workflow(caller("release.yml"), github_run(workflow_ref=reference))

    assert broken.code == "workflow-mismatch"
    assert broken.message == (
        f"`workflow_ref` is `{reference}`, expected `{ROOT}release.yml@refs/tags/v1.2.0`"
    )


@pytest.mark.case("D15")
@pytest.mark.parametrize("name", ["release_pypi.yml", "release%pypi.yml", "release?pypi.yml"])
def test_no_character_of_a_name_is_a_wildcard(name):
    assert not accepts(caller(name), github_run(file="release-pypi.yml"))


@pytest.mark.case("D16")
def test_a_name_that_differs_in_case_is_refused_with_a_hint():
    (broken,) = judge_workflow(caller("Release.yml"), github_run(file="release.yml"))

    assert broken.hint == (
        "only upper and lower case differ: workflow file names are compared to the letter"
    )


@pytest.mark.case("D19")
def test_the_caller_rule_looks_at_the_caller_and_the_called_rule_at_the_called():
    run = github_run(job_workflow_ref=ROOT + "publish.yml@refs/tags/v1.2.0")
    both = WorkflowRule(caller="release.yml", called=OWN_CALL.called)

    assert accepts(caller("release.yml"), run)
    assert accepts(OWN_CALL, run)
    assert accepts(both, run)
    assert not accepts(caller("publish.yml"), run)
    assert not accepts(both, github_run())
    assert not accepts(both, github_run(file="publish.yml"))


@pytest.mark.case("D11", "D23")
def test_a_called_workflow_of_the_own_repository_is_called_at_the_runs_own_revision():
    assert accepts(OWN_CALL, github_run(job_workflow_ref=f"{ROOT}publish.yml@{COMMIT}"))
    for reference in (
        ROOT + "publish.yml@refs/heads/other",
        ROOT + "publish.yml@" + "a" * 40,
        SHARED + "refs/tags/v1.2.0",
    ):
        run = github_run(job_workflow_ref=reference, job_workflow_sha="a" * 40)
        assert not accepts(OWN_CALL, run)


@pytest.mark.case("D20")
@pytest.mark.parametrize(
    "revision", ["refs/heads/main", "refs/tags/v1", "refs/tags/@acme/x@1.0.yml", COMMIT]
)
def test_an_unpinned_call_of_another_repository_matches_at_any_whole_revision(revision):
    assert accepts(shared(), github_run(job_workflow_ref=SHARED + revision))


@pytest.mark.case("D20", "D22")
@pytest.mark.parametrize(
    "reference",
    [
        "acme/other/.github/workflows/publish.yml@refs/heads/main",
        "evil/acme/shared/.github/workflows/publish.yml@refs/heads/main",
        "acme/shared/.github/workflows/evil.yml@refs/heads/main",
        "acme/shared/.github/workflows/publish.yml@evil.yml@refs/heads/main",
        SHARED,
        SHARED + "main",
        SHARED + "refs/heads/",
        SHARED + "refs/pull/1/merge",
        SHARED + COMMIT[:39],
        SHARED + COMMIT.upper(),
        SHARED + "refs/heads/" + "a" * 2000,
    ],
)
def test_a_call_of_anything_else_is_refused(reference):
    assert not accepts(shared(), github_run(job_workflow_ref=reference))


@pytest.mark.case("D20", "D22")
def test_a_call_that_is_pinned_by_ref_is_compared_as_a_whole():
    rule = shared(ref="refs/tags/v1")

    assert accepts(rule, github_run(job_workflow_ref=SHARED + "refs/tags/v1"))
    assert accepts(
        rule, github_run(job_workflow_ref=SHARED.replace("acme", "Acme") + "refs/tags/v1")
    )
    for revision in ("refs/tags/v1.1", "refs/heads/v1", COMMIT):
        assert not accepts(rule, github_run(job_workflow_ref=SHARED + revision))


@pytest.mark.case("D20")
def test_a_call_that_is_pinned_by_commit_needs_that_commit():
    rule = shared(sha=WORKFLOW_COMMIT)
    reference = SHARED + "refs/tags/v1"

    assert accepts(rule, github_run(job_workflow_ref=reference))
    assert accepts(rule, github_run(job_workflow_ref=SHARED + WORKFLOW_COMMIT))
    (broken,) = judge_workflow(
        rule, github_run(job_workflow_ref=reference, job_workflow_sha=COMMIT)
    )
    assert broken.message == f"`job_workflow_sha` is `{COMMIT}`, expected `{WORKFLOW_COMMIT}`"
    assert not accepts(rule, github_run(job_workflow_ref=reference, job_workflow_sha=""))


@pytest.mark.case("D25")
def test_a_call_of_another_workflow_is_visible():
    assert is_reusable_call(github_run(job_workflow_ref=SHARED + COMMIT)) is True
    assert is_reusable_call(github_run()) is False
    assert is_reusable_call(circleci_run()) is None


names = st.text("ab.@/-", min_size=1, max_size=8)


@given(names, names, names)
def test_no_other_file_is_ever_taken_for_the_configured_one(file, other, branch):
    file, other = file.replace("/", "") + ".yml", other.replace("/", "") + ".yml"

    run = github_run(file=other, ref="refs/heads/" + branch)

    assert accepts(caller(file), run) == (file == other)
    called = github_run(job_workflow_ref=f"acme/shared/.github/workflows/{other}@{COMMIT}")
    rule = WorkflowRule(called=CalledWorkflow(repository="acme/shared", file=file))
    assert accepts(rule, called) == (file == other)


@pytest.mark.case("F01")
@pytest.mark.parametrize(
    "file", [".gitlab-ci.yml", "ci/nested/release.yml", "ci//double.yml", "ci/a@b.yml"]
)
def test_a_pipeline_file_matches_a_publisher_of_exactly_its_path(file):
    assert accepts(caller(file), gitlab_run(file=file))
    assert not accepts(caller("b.yml"), gitlab_run(file=file))


@pytest.mark.case("F01", "F08")
@pytest.mark.parametrize(
    "reference",
    [
        "gitlab.evil.test/acme/tools/rocket//.gitlab-ci.yml@refs/tags/v1.2.0",
        "gitlab.example.test/acme/tools/other//.gitlab-ci.yml@refs/tags/v1.2.0",
        "gitlab.example.test/acme/tools/rocket/.gitlab-ci.yml@refs/tags/v1.2.0",
        "gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml@refs/heads/main",
        "gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml",
        "https://gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml@refs/tags/v1.2.0",
    ],
)
def test_a_pipeline_of_another_place_is_refused(reference):
    assert not accepts(caller(".gitlab-ci.yml"), gitlab_run(ci_config_ref_uri=reference))


@pytest.mark.case("F08")
def test_a_pipeline_matches_by_its_commit_too():
    reference = f"gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml@{COMMIT}"

    assert accepts(caller(".gitlab-ci.yml"), gitlab_run(ci_config_ref_uri=reference))


@pytest.mark.case("F09")
def test_a_pipeline_file_outside_the_project_is_refused_with_the_reason():
    (broken,) = judge_workflow(caller(".gitlab-ci.yml"), gitlab_run(ci_config_ref_uri=None))

    assert broken.message == (
        "`ci_config_ref_uri` is missing, expected "
        "`gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml@refs/tags/v1.2.0`"
    )
    assert broken.hint == "the pipeline file must lie in the project: GitLab names no other"


@pytest.mark.case("F03")
def test_a_hostile_reference_takes_no_time():
    reference = "gitlab.example.test/acme/tools/rocket//" + "@.yml" * 200_000
    run = gitlab_run(ci_config_ref_uri=reference)

    started = time.perf_counter()
    accepted = accepts(caller(".gitlab-ci.yml"), run)

    assert not accepted
    assert time.perf_counter() - started < 0.5


def test_a_workflow_rule_that_a_provider_cannot_satisfy_refuses():
    assert not accepts(caller("release.yml"), generic_run())
    assert not accepts(OWN_CALL, gitlab_run())
    assert not accepts(caller("b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01105"), circleci_run())


def test_a_run_that_states_no_repository_or_no_call_is_refused():
    assert not accepts(caller("release.yml"), replace(github_run(), repository=UNKNOWN))
    assert not accepts(shared(), replace(github_run(), called_workflow_ref=UNKNOWN))


@pytest.mark.case("D16")
def test_a_called_file_that_differs_in_case_is_refused_with_a_hint():
    reference = "acme/shared/.github/workflows/Publish.yml@refs/heads/main"

    (broken,) = judge_workflow(shared(), github_run(job_workflow_ref=reference))

    assert broken.hint == (
        "only upper and lower case differ: workflow file names are compared to the letter"
    )
