"""A certificate's extensions become the Workload that the same run's token becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.claims import read_claims
from imprint.identity.extensions import read_extensions
from imprint.identity.workload import ABSENT, UNKNOWN, Provider, RefType, Runner, Workload
from tests.support.certificates import (
    circleci_extensions,
    github_extensions,
    gitlab_extensions,
    legacy,
)
from tests.support.claims import COMMIT, circleci_claims, github_claims, gitlab_claims

NEVER_IN_A_CERTIFICATE = {"ref_protected", "actor"}

RUNS = {
    "github": (Provider.GITHUB, github_claims(), github_extensions, NEVER_IN_A_CERTIFICATE),
    "github without an environment": (
        Provider.GITHUB,
        github_claims(environment=None),
        github_extensions,
        NEVER_IN_A_CERTIFICATE,
    ),
    "github calling a reusable workflow at a scoped tag": (
        Provider.GITHUB,
        github_claims(
            job_workflow_ref="acme/shared/.github/workflows/p.yml@refs/tags/@acme/w@1.0.0",
            runner_environment="self-hosted",
            repository_visibility="internal",
        ),
        github_extensions,
        NEVER_IN_A_CERTIFICATE,
    ),
    "gitlab": (
        Provider.GITLAB,
        gitlab_claims(ref="v1.2.0", ref_type="tag"),
        gitlab_extensions,
        NEVER_IN_A_CERTIFICATE | {"run_id"},
    ),
    "gitlab on a branch": (
        Provider.GITLAB,
        gitlab_claims(ref="main", ref_type="branch", ref_path="refs/heads/main", environment=None),
        gitlab_extensions,
        NEVER_IN_A_CERTIFICATE | {"run_id"},
    ),
    "circleci": (
        Provider.CIRCLECI,
        circleci_claims(),
        circleci_extensions,
        {"context_ids"},
    ),
    "circleci with a person inside": (
        Provider.CIRCLECI,
        circleci_claims(ssh_rerun=True),
        circleci_extensions,
        {"context_ids"},
    ),
}


def from_certificate(extensions, provider=Provider.GITHUB) -> Workload:
    return read_extensions(extensions, issuer_url="https://ci.example.test", provider=provider)


def differing(left: Workload, right: Workload) -> set[str]:
    return {
        name for name in Workload.__struct_fields__ if getattr(left, name) != getattr(right, name)
    }


@pytest.mark.parametrize("run", RUNS)
def test_token_and_certificate_of_one_run_differ_only_in_what_certificates_cannot_say(run):
    provider, claims, extensions_of, unsaid = RUNS[run]
    claimed = read_claims(claims, issuer_url="https://ci.example.test", provider=provider).workload

    certified = from_certificate(extensions_of(claims), provider)

    assert differing(claimed, certified) == unsaid
    assert {getattr(certified, name) for name in unsaid} == {UNKNOWN}


def test_circleci_names_its_organization_in_the_issuer_alone():
    extensions = circleci_extensions(circleci_claims()) | {8: "https://ci.example.test"}

    assert from_certificate(extensions, Provider.CIRCLECI).owner_id is UNKNOWN


def test_a_missing_environment_is_absent_where_the_authority_knew_environments():
    extensions = github_extensions(github_claims(environment=""))

    assert from_certificate(extensions).environment is ABSENT


def test_a_missing_environment_is_unknown_in_certificates_from_before_there_were_any():
    extensions = github_extensions(github_claims(environment=""))
    del extensions[24]

    assert from_certificate(extensions).environment is UNKNOWN


def test_the_first_six_extensions_name_a_run_without_ids():
    workload = from_certificate(legacy(github_extensions(github_claims())))

    assert workload == Workload(
        provider=Provider.GITHUB,
        issuer="https://ci.example.test",
        repository="acme/rocket",
        owner="acme",
        ref="refs/tags/v1.2.0",
        ref_type=RefType.TAG,
        event="push",
        commit=COMMIT,
    )


def test_a_pull_request_is_of_no_known_ref_type():
    extensions = github_extensions(github_claims(ref="refs/pull/7/merge"))

    assert from_certificate(extensions).ref_type is UNKNOWN


@pytest.mark.parametrize(
    ("number", "text", "field"),
    [
        (11, "moon-hosted", "runner"),
        (22, "secret", "visibility"),
        (15, "0x1F", "repository_id"),
        (17, "007", "owner_id"),
        (18, "acme/rocket/.github/workflows/release.yml@refs/tags/v1", "caller_workflow_ref"),
        (21, "https://forge.example.test/acme/rocket/actions/runs/12", "run_id"),
        (21, "https://forge.example.test/acme/rocket/actions/runs/12/attempts/x", "run_attempt"),
        (9, " ", "called_workflow_ref"),
    ],
)
def test_a_value_of_another_form_is_unknown(number, text, field):
    extensions = github_extensions(github_claims()) | {number: text}

    assert getattr(from_certificate(extensions), field) is UNKNOWN


def test_a_repository_of_another_form_is_read_from_the_older_extension():
    extensions = github_extensions(github_claims()) | {12: "acme/rocket"}

    assert from_certificate(extensions).repository == "acme/rocket"


def test_a_self_hosted_gitlab_runner_is_one():
    claims = gitlab_claims(ref="v1.2.0", ref_type="tag", runner_environment="self-hosted")

    workload = from_certificate(gitlab_extensions(claims), Provider.GITLAB)

    assert workload.runner is Runner.SELF_HOSTED


def test_a_generic_run_is_kept_in_its_issuers_own_words():
    extensions = {8: "https://builds.example.test", 12: "hg::acme", 15: "r-1", 17: "o-2", 20: "api"}

    workload = from_certificate(extensions, Provider.GENERIC)

    assert workload == Workload(
        provider=Provider.GENERIC,
        issuer="https://ci.example.test",
        repository="hg::acme",
        repository_id="r-1",
        owner_id="o-2",
        event="api",
    )


names = st.from_regex(r"\A[A-Za-z0-9_.-]{1,20}\Z")
numbers = st.integers(min_value=0, max_value=10**20).map(str)
refs = st.builds(
    "refs/{}/{}".format,
    st.sampled_from(["heads", "tags"]),
    st.from_regex(r"\A[A-Za-z0-9@._-]{1,20}\Z"),
)


@given(
    owner=names,
    name=names,
    ids=st.tuples(numbers, numbers, numbers),
    ref=refs,
    runner=st.sampled_from(["github-hosted", "self-hosted"]),
    visibility=st.sampled_from(["public", "internal", "private"]),
)
def test_claims_mean_the_same_in_a_token_and_in_a_certificate(
    owner, name, ids, ref, runner, visibility
):
    workflow = f"{owner}/{name}/.github/workflows/release.yml@{ref}"
    claims = github_claims(
        repository=f"{owner}/{name}",
        repository_owner=owner,
        repository_id=ids[0],
        repository_owner_id=ids[1],
        run_id=ids[2],
        workflow_ref=workflow,
        job_workflow_ref=workflow,
        ref=ref,
        ref_type="branch" if ref.startswith("refs/heads/") else "tag",
        runner_environment=runner,
        repository_visibility=visibility,
    )
    claimed = read_claims(
        claims, issuer_url="https://ci.example.test", provider=Provider.GITHUB
    ).workload

    assert differing(claimed, from_certificate(github_extensions(claims))) == NEVER_IN_A_CERTIFICATE


@given(
    extensions=st.dictionaries(st.integers(min_value=0, max_value=30), st.text(max_size=40)),
    provider=st.sampled_from(Provider),
)
def test_reading_is_total(extensions, provider):
    workload = from_certificate(extensions, provider)

    assert workload.provider is provider
    assert workload.ref_protected is UNKNOWN


def test_what_a_certificate_does_not_say_is_unknown():
    extensions = github_extensions(github_claims())
    del extensions[11], extensions[22]

    workload = from_certificate(extensions)

    assert (workload.runner, workload.visibility) == (UNKNOWN, UNKNOWN)
