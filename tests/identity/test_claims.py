"""Claims of each provider become a Workload, and what is not of its form is refused."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.claims import ClaimReading, read_claims, table_of
from imprint.identity.workload import (
    ABSENT,
    UNKNOWN,
    Provider,
    RefType,
    Runner,
    Visibility,
    Workload,
)
from imprint.refusals import Malformed
from tests.support.claims import (
    CIRCLECI_ISSUER,
    COMMIT,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    ORGANIZATION_ID,
    PROJECT_ID,
    WORKFLOW_COMMIT,
    circleci_claims,
    generic_claims,
    github_claims,
    gitlab_claims,
    without,
)


def github(claims) -> ClaimReading:
    return read_claims(claims, issuer_url=GITHUB_ISSUER, provider=Provider.GITHUB)


def gitlab(claims) -> ClaimReading:
    return read_claims(claims, issuer_url=GITLAB_ISSUER, provider=Provider.GITLAB)


def circleci(claims) -> ClaimReading:
    return read_claims(claims, issuer_url=CIRCLECI_ISSUER, provider=Provider.CIRCLECI)


def generic(claims) -> ClaimReading:
    return read_claims(claims, issuer_url=GENERIC_ISSUER, provider=Provider.GENERIC)


@pytest.mark.case("D25")
def test_a_github_token_becomes_a_workload():
    reading = github(github_claims(job_workflow_ref="acme/shared/.github/workflows/p.yml@main"))

    assert reading.unknown_claims == ()
    assert reading.workload == Workload(
        provider=Provider.GITHUB,
        issuer="https://ci.example.test",
        repository="acme/rocket",
        repository_id="901",
        owner="acme",
        owner_id="42",
        caller_workflow_ref="acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0",
        caller_workflow_sha=WORKFLOW_COMMIT,
        called_workflow_ref="acme/shared/.github/workflows/p.yml@main",
        called_workflow_sha=WORKFLOW_COMMIT,
        ref="refs/tags/v1.2.0",
        ref_type=RefType.TAG,
        ref_protected=True,
        environment="npm",
        event="push",
        runner=Runner.HOSTED,
        visibility=Visibility.PUBLIC,
        commit=COMMIT,
        run_id="17300200100",
        run_attempt="1",
        actor="wile",
        ssh_rerun=UNKNOWN,
        context_ids=UNKNOWN,
        claims=UNKNOWN,
    )


def test_a_gitlab_token_becomes_a_workload():
    reading = gitlab(gitlab_claims())

    assert reading.unknown_claims == ()
    assert reading.workload == Workload(
        provider=Provider.GITLAB,
        issuer="https://gitlab.example.test",
        repository="acme/tools/rocket",
        repository_id="1234",
        owner="acme/tools",
        owner_id="77",
        caller_workflow_ref="gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml@refs/tags/v1.2.0",
        caller_workflow_sha=COMMIT,
        called_workflow_ref=ABSENT,
        called_workflow_sha=ABSENT,
        ref="refs/tags/v1.2.0",
        ref_type=RefType.TAG,
        ref_protected=True,
        environment="npm",
        event="push",
        runner=Runner.HOSTED,
        visibility=Visibility.PRIVATE,
        commit=COMMIT,
        run_id="1391152406",
        job_id="7446098166",
        run_attempt=UNKNOWN,
        actor="wile",
        ssh_rerun=UNKNOWN,
        context_ids=UNKNOWN,
        claims=UNKNOWN,
    )


def test_a_circleci_token_becomes_a_workload():
    reading = circleci(circleci_claims())

    assert reading.unknown_claims == ()
    assert reading.workload == Workload(
        provider=Provider.CIRCLECI,
        issuer=CIRCLECI_ISSUER,
        repository="forge.example.test/acme/rocket",
        repository_id=PROJECT_ID,
        owner_id=ORGANIZATION_ID,
        caller_workflow_ref="b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104",
        ref="refs/heads/main",
        run_id="0a4bd1a5-6a6b-4b0e-8a63-3d3b1a2f0106",
        job_id="cb32986e-2f6f-4f43-b2bd-d3c2fd98e903",
        ssh_rerun=False,
        context_ids=("a74579f1-2e7d-451e-b009-5c082ad2729e",),
    )


def test_nested_claims_of_a_generic_token_are_kept_under_their_path():
    account = {"name": "publisher", "uid": "7a4d"}
    claims = generic_claims(
        **{"kubernetes.io": {"namespace": "release", "serviceaccount": account}}
    )

    kept = generic(claims).workload.claims

    assert isinstance(kept, dict)
    assert kept["kubernetes.io/namespace"] == "release"
    assert kept["kubernetes.io/serviceaccount/uid"] == "7a4d"


def test_a_path_that_two_claims_come_to_is_not_kept():
    claims = generic_claims(**{"a/b": "flat", "a": {"b": "nested"}})

    kept = generic(claims).workload.claims

    assert isinstance(kept, dict)
    assert "a/b" not in kept


def test_a_generic_token_keeps_its_scalar_claims_as_texts_and_fills_nothing_else():
    claims = generic_claims(email_verified=True, ratio=0.5, groups=["a"], nested={}, blank=" ")

    reading = generic(claims)

    assert reading.unknown_claims == ()
    assert reading.workload == Workload(
        provider=Provider.GENERIC,
        issuer=GENERIC_ISSUER,
        claims={
            "aud": "npm:registry.example.test",
            "build_branch": "main",
            "build_number": "512",
            "email_verified": "true",
            "exp": "1795000280",
            "iat": "1794999980",
            "iss": "https://builds.example.test",
            "organization_id": "0184990a-477b-4fa8-9968-496074483cee",
            "pipeline_slug": "rocket-release",
            "protected": "true",
            "sub": "organization:acme:pipeline:rocket-release",
        },
    )


@pytest.mark.case("F20")
def test_an_unverified_address_of_a_generic_token_cannot_look_verified():
    reading = generic(generic_claims(email_verified=False))

    assert isinstance(reading.workload.claims, Mapping)
    assert reading.workload.claims["email_verified"] == "false"


@pytest.mark.case("E01", "E17")
@pytest.mark.parametrize("provider", [Provider.GITHUB, Provider.GITLAB, Provider.CIRCLECI])
def test_each_required_claim_is_named_when_it_is_missing(provider):
    claims = {
        Provider.GITHUB: github_claims(),
        Provider.GITLAB: gitlab_claims(),
        Provider.CIRCLECI: circleci_claims(),
    }[provider]

    refused = {}
    for name in (*table_of(provider).required, *table_of(provider).stated):
        with pytest.raises(Malformed) as caught:
            read_claims(without(claims, name), issuer_url="https://i.test", provider=provider)
        refused[name] = (caught.value.code, caught.value.message)

    assert refused == {
        name: (
            "missing-claim",
            f"claim `{name}` is missing, expected in every ID token of a `{provider}` issuer",
        )
        for name in refused
    }
    assert refused


@pytest.mark.case("E01")
def test_all_missing_claims_are_named_at_once():
    claims = without(github_claims(), "repository", "event_name", "sha")

    with pytest.raises(Malformed) as caught:
        github(claims)

    assert caught.value.message == (
        "claims `repository`, `event_name`, `sha` are missing,"
        " expected in every ID token of a `github` issuer"
    )
    assert caught.value.hint == (
        "check that the issuer of this token is really registered as `github`"
    )


@pytest.mark.case("E02")
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_claim_equals_a_missing_one(empty):
    with pytest.raises(Malformed, match="claim `repository_owner_id` is missing"):
        github(github_claims(repository_owner_id=empty))


@pytest.mark.case("E02")
@pytest.mark.parametrize("empty", ["", "\t", None])
def test_an_empty_environment_is_no_environment(empty):
    assert github(github_claims(environment=empty)).workload.environment is ABSENT
    assert github(without(github_claims(), "environment")).workload.environment is ABSENT


@pytest.mark.case("D11")
@pytest.mark.parametrize("empty", ["", None])
def test_a_deployment_may_have_a_commit_and_no_ref(empty):
    workload = github(github_claims(ref=empty, ref_type=empty)).workload

    assert workload.ref is ABSENT
    assert workload.commit == COMMIT


@pytest.mark.case("D12")
def test_a_run_with_neither_ref_nor_commit_is_refused():
    with pytest.raises(Malformed) as caught:
        github(github_claims(ref="", sha=""))

    assert caught.value.message == (
        "claim `ref` or `sha` is missing, expected in every ID token of a `github` issuer"
    )


@pytest.mark.case("E03")
def test_claims_that_nobody_knows_are_counted_and_otherwise_ignored():
    reading = github(github_claims(zodiac="leo", moon={"phase": "new"}))

    assert reading.unknown_claims == ("moon", "zodiac")
    assert reading.workload == github(github_claims()).workload


@pytest.mark.case("E04")
def test_custom_properties_and_enterprise_facts_are_known_by_their_prefix():
    reading = github(github_claims(repo_property_tier="gold", enterprise_slug="acme"))

    assert reading.unknown_claims == ()


@pytest.mark.case("E05", "F14")
@pytest.mark.parametrize(
    "sub",
    ["repo:acme@42/rocket@901:ref:refs/heads/main", "repo:acme/rocket", "repo:", "x", None, 7],
)
def test_the_shape_of_sub_does_not_matter(sub):
    assert github(github_claims(sub=sub)).workload == github(github_claims()).workload


@pytest.mark.case("E07")
@pytest.mark.parametrize(
    "repository", ["rocket", "acme/tools/rocket", "/rocket", "acme/", "acme/roc ket", "a/b\n"]
)
def test_a_github_repository_is_an_owner_and_a_name(repository):
    with pytest.raises(Malformed) as caught:
        github(github_claims(repository=repository))

    assert caught.value.code == "malformed-claim"
    assert caught.value.message.startswith("claim `repository` is `")
    assert caught.value.message.endswith(", expected `owner/name`")


@pytest.mark.case("E08")
@pytest.mark.parametrize(
    ("owner_id", "shown"),
    [
        ("acme", "`acme`"),
        ("042", "`042`"),
        ("-1", "`-1`"),
        ("٤٢", "`\\u{664}\\u{662}`"),
        (-1, "`-1`"),
        (True, "`true`"),
        (4.2, "a number"),
        (10**60, "a number"),
        (["42"], "a list"),
        ({"id": 42}, "an object"),
    ],
)
def test_an_owner_id_is_a_decimal_number(owner_id, shown):
    with pytest.raises(Malformed) as caught:
        github(github_claims(repository_owner_id=owner_id))

    assert caught.value.message == (
        f"claim `repository_owner_id` is {shown}, expected a decimal number"
    )


def test_an_id_may_be_a_number_or_its_text():
    assert github(github_claims(repository_id=901)).workload.repository_id == "901"


@pytest.mark.case("F05")
@pytest.mark.parametrize("path", ["rocket", "/rocket", "acme/", "acme//rocket", "acme/ /rocket"])
def test_a_gitlab_project_path_has_two_or_more_segments(path):
    with pytest.raises(Malformed) as caught:
        gitlab(gitlab_claims(project_path=path))

    assert caught.value.message == (
        f"claim `project_path` is `{path}`, expected a path of two or more segments"
    )


@pytest.mark.case("F05", "E02")
def test_an_empty_gitlab_project_path_is_missing():
    with pytest.raises(Malformed, match="claim `project_path` is missing"):
        gitlab(gitlab_claims(project_path=""))


@pytest.mark.case("F08")
@pytest.mark.parametrize("name", ["ref_path", "sha"])
@pytest.mark.parametrize("empty", ["", None])
def test_a_gitlab_token_has_a_ref_path_and_a_commit(name, empty):
    with pytest.raises(Malformed, match=f"claim `{name}` is missing"):
        gitlab(gitlab_claims(**{name: empty}))


@pytest.mark.case("F09")
def test_an_external_pipeline_file_leaves_the_workflow_absent():
    claims = gitlab_claims(ci_config_ref_uri=None, ci_config_sha=None)

    workload = gitlab(claims).workload

    assert workload.caller_workflow_ref is ABSENT
    assert workload.caller_workflow_sha is ABSENT


def test_a_gitlab_job_that_ran_in_another_project_than_it_names_is_refused():
    with pytest.raises(Malformed) as caught:
        gitlab(gitlab_claims(job_project_id="99"))

    assert caught.value.code == "conflicting-claims"
    assert caught.value.message == (
        "claim `job_project_id` is `99`, expected `1234` as in `project_id`"
    )
    assert caught.value.hint == (
        "publish from a pipeline of the project itself, not from one of a merge request"
    )


def test_an_older_gitlab_that_does_not_say_where_the_job_ran_is_accepted():
    claims = without(gitlab_claims(project_id=1234), "job_project_id", "job_namespace_id")

    assert gitlab(claims).workload.repository_id == "1234"


@pytest.mark.case("E23", "E24")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("runner_environment", "Self-Hosted", "`github-hosted` or `self-hosted`"),
        ("runner_environment", "gitlab-hosted", "`github-hosted` or `self-hosted`"),
        ("ref_type", "commit", "`branch` or `tag`"),
        ("repository_visibility", "secret", "`public` or `internal` or `private`"),
    ],
)
def test_a_word_that_the_provider_never_used_is_refused_rather_than_guessed(name, value, expected):
    with pytest.raises(Malformed) as caught:
        github(github_claims(**{name: value}))

    assert caught.value.message == f"claim `{name}` is `{value}`, expected {expected}"


@pytest.mark.case("E20")
@pytest.mark.parametrize(
    ("stated", "known"),
    [("true", True), ("false", False), (True, True), (False, False), ("", ABSENT), (None, ABSENT)],
)
def test_a_flag_may_be_a_boolean_or_its_text(stated, known):
    assert github(github_claims(ref_protected=stated)).workload.ref_protected is known


@pytest.mark.parametrize("stated", ["yes", "True", 1, 0, ["true"], {}])
def test_any_other_flag_is_refused(stated):
    with pytest.raises(
        Malformed, match=r"^claim `ref_protected` is .*, expected `true` or `false`$"
    ):
        github(github_claims(ref_protected=stated))


@pytest.mark.case("F18")
@pytest.mark.parametrize("stated", [True, "true"])
def test_a_shell_inside_the_job_is_seen(stated):
    assert circleci(circleci_claims(ssh_rerun=stated)).workload.ssh_rerun is True


def test_contexts_may_be_none_and_must_be_texts():
    assert circleci(circleci_claims(context_ids=[])).workload.context_ids == ()
    assert circleci(circleci_claims(context_ids=None)).workload.context_ids is ABSENT
    with pytest.raises(Malformed, match="context-ids` is a list, expected a list of texts"):
        circleci(circleci_claims(context_ids=["a", 1]))


def test_a_run_started_by_a_custom_webhook_has_no_repository():
    assert circleci(circleci_claims(vcs_origin=None)).workload.repository is ABSENT


def test_an_untrusted_value_is_cut_and_made_printable():
    with pytest.raises(Malformed) as caught:
        github(github_claims(repository="`\r\n" + "x" * 900))

    assert caught.value.message == (
        "claim `repository` is `\\u{60}\\u{d}\\u{a}" + "x" * 181 + "...`, expected `owner/name`"
    )


def test_every_table_names_fields_that_a_workload_has():
    fields = set(Workload.__struct_fields__)

    named = {name for provider in Provider for name in table_of(provider).fields}
    absent = {name for provider in Provider for name in table_of(provider).absent}

    assert named | absent <= fields


JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.text(max_size=3) | st.integers(), max_size=3),
    st.just({"nested": []}),
)


@given(data=st.data(), provider=st.sampled_from(Provider))
def test_reading_raises_nothing_but_malformed(data, provider):
    whole = {
        Provider.GITHUB: github_claims,
        Provider.GITLAB: gitlab_claims,
        Provider.CIRCLECI: circleci_claims,
        Provider.GENERIC: generic_claims,
    }[provider]()
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(whole)), JSON, max_size=4))

    try:
        reading = read_claims(whole | changed, issuer_url="https://i.test", provider=provider)
    except Malformed as err:
        refused = err.message
    else:
        refused = "none"
        assert reading.workload.provider is provider

    assert refused.isascii()
    assert refused.isprintable()
