"""`imprint trust …`: through a registry's routes, and on stores at hand."""

from __future__ import annotations

import json

import pytest

from imprint.demo.runs import GitHubRun
from tests.cli.served import issuer, maintainer, name, running, signed_in

__all__ = ["issuer", "maintainer", "name", "running", "signed_in"]


RULES = (
    "--repository",
    "acme/widget",
    "--workflow",
    "release.yml",
    "--repository-id",
    "901",
    "--owner-id",
    "42",
)
RUN = ("--repository", "acme/widget", "--workflow", "release.yml")


@pytest.fixture
def trusted(running, signed_in, maintainer, name):
    """A pending publisher with every kind of rule; the second factor's five minutes are open."""
    ran = signed_in(
        *("trust", "add", "github", name, *RULES, "--ref", "refs/tags/v*", "--environment", "npm"),
        *("--event", "push", "--allow", "publish", "--allow", "dist-tag"),
        *("--otp", running.otp(maintainer)),
    )
    assert ran.code == 0, ran.err
    return name


def listed(ran):
    return [entry["id"] for entry in ran.json["publishers"]]


# --- through a registry -------------------------------------------------------------------------


def test_a_publisher_is_added_with_its_rules(signed_in, trusted):
    ran = signed_in("trust", "list", trusted)

    (first, second) = ran.out.splitlines()
    assert first.endswith(f"  {trusted}")
    assert second == (
        "  github acme/widget release.yml, environment npm, refs/tags/v*, on push; pending;"
        " may dist-tag, publish"
    )


def test_a_list_is_shown_as_the_registry_sent_it(signed_in, trusted):
    ran = signed_in("trust", "list", trusted, "--format", "json")

    (entry,) = ran.json["publishers"]
    assert entry["type"] == "github"
    assert entry["claims"] == {
        "repository": "acme/widget",
        "workflow_ref": {"file": "release.yml"},
        "environment": "npm",
    }
    assert entry["permissions"] == ["createPackage"]
    assert entry["imprint"]["permissions"] == ["dist-tag"]
    assert entry["imprint"]["pending"] is True


def test_a_second_factor_is_asked_for(signed_in, name):
    ran = signed_in("trust", "list", name)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "error: this operation requires a one-time password\n"
        "hint: repeat it with `--otp=CODE` from your authenticator\n"
    )


def test_without_a_token_it_says_so(imprint, running, name):
    ran = imprint("trust", "list", name, "--registry", running.url)

    assert ran.code == 1
    assert ran.err.endswith("hint: `npm login`, or set `_authToken` for this registry in .npmrc\n")


def test_the_same_again_is_refused(signed_in, trusted):
    rules = (*RULES, "--ref", "refs/tags/v*", "--environment", "npm", "--event", "push")

    ran = signed_in("trust", "add", "github", trusted, *rules)

    assert ran.code == 1
    assert ran.err.startswith(f"error: trusted publisher config already exists for `{trusted}`: ")


def test_what_cannot_be_a_publisher_is_a_usage_error(signed_in, running, maintainer, name):
    rules = ("--repository", "acme/widget", "--workflow", "release.yml")

    ran = signed_in("trust", "add", "github", name, *rules, "--otp", running.otp(maintainer))

    assert ran.code == 2
    assert ran.err == (
        "error: a trusted publisher for a package that does not exist yet needs `repository_id`"
        " and `owner_id`\n"
        "hint: names can be taken over: only ids make such a publisher safe\n"
    )


def test_a_scope_is_for_administrators_at_the_machine(signed_in):
    ran = signed_in("trust", "add", "github", "@acme/*", *RULES)

    assert ran.code == 2
    assert ran.err.endswith("hint: there, say --data DIR or --database URL\n")


def test_an_owner_is_said_on_stores_alone(signed_in, name):
    assert signed_in("trust", "add", "github", name, *RULES, "--owner", "wile").code == 2


def test_a_publisher_is_revoked_by_id(signed_in, trusted):
    (found,) = listed(signed_in("trust", "list", trusted, "--format", "json"))

    assert signed_in("trust", "revoke", trusted, found).out == f"revoked {found}\n"
    assert signed_in("trust", "list", trusted).out == "there is no trusted publisher\n"
    assert signed_in("trust", "revoke", trusted, found).code == 1


@pytest.mark.parametrize("bad", ["../../x", "a/b", "x y", "é"])
def test_an_id_never_becomes_a_path(signed_in, trusted, bad):
    assert signed_in("trust", "revoke", trusted, bad).code == 2


def test_gitlab_circleci_and_the_rest_have_their_own_words(signed_in, running, maintainer, name):
    code = ("--otp", running.otp(maintainer))
    gitlab = ("--repository", "acme/tools/widget", "--workflow", ".gitlab-ci.yml")
    ids = ("--repository-id", "1234", "--owner-id", "77")
    project = "7d0b6a8e-51b1-4f0f-8d8b-7f6d3c3a9a02"
    circleci = (
        *("--repository", "forge.example.test/acme/widget", "--repository-id", project),
        *("--owner-id", project, "--workflow", project),
    )

    first = signed_in("trust", "add", "gitlab", name, *gitlab, *ids, *code)
    second = signed_in("trust", "add", "circleci", name, *circleci)
    third = signed_in("trust", "add", "generic", name, "--claim", "a=b")

    assert (first.code, first.err) == (0, "")
    assert (second.code, second.err) == (0, "")
    assert third.code == 2
    assert third.err.startswith("error: no issuer of generic is registered here\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*RUN, "--ref", "refs/tags/v1.0.0", "--environment", "npm"), 0),
        ((*RUN, "--ref", "refs/heads/main", "--environment", "npm"), 1),
        ((*RUN, "--ref", "refs/tags/v1.0.0"), 1),
        ((*RUN, "--ref", "refs/tags/v1.0.0", "--environment", "npm", "--event", "schedule"), 1),
        (
            (
                *("--repository", "evil/widget", "--workflow", "release.yml"),
                *("--ref", "refs/tags/v1.0.0", "--environment", "npm"),
            ),
            1,
        ),
        ((*RUN, "--repository-id", "902", "--ref", "refs/tags/v1", "--environment", "npm"), 1),
    ],
)
def test_a_run_in_words_is_judged(signed_in, trusted, words, code):
    assert signed_in("trust", "test", trusted, *words).code == code


def test_a_refused_run_learns_everything_that_speaks_against_it(signed_in, trusted):
    ran = signed_in("trust", "test", trusted, *RUN, "--format", "json")

    assert ran.json["summary"] == {"accepted": False}
    assert ran.json["publisher"] == (
        "github acme/widget release.yml, environment npm, refs/tags/v*, on push"
    )
    assert ran.json["mismatches"] == [
        {"claim": "environment", "expected": "npm", "actual": None},
        {"claim": "ref", "expected": "refs/tags/v*", "actual": "refs/heads/main"},
    ]
    assert ran.json["hint"] == (
        "this publisher requires environment `npm`: name it on the job that publishes"
    )


@pytest.fixture
def claims(tmp_path, issuer):
    """Writes the claims of a job's ID token to a file."""

    def write(**run):
        path = tmp_path / "claims.json"
        path.write_text(json.dumps({"iss": issuer.github, **GitHubRun(**run).claims()}))
        return str(path)

    return write


def test_claims_in_a_file_are_judged(signed_in, issuer, trusted, claims):
    ran = signed_in("trust", "test", trusted, "--claims", claims())

    assert ran.code == 0
    assert ran.err == (
        f"the registry does not list issuers by URL: `{issuer.github}` is taken for theirs\n"
    )


def test_claims_that_lack_something_are_a_usage_error(signed_in, trusted, tmp_path):
    (tmp_path / "claims.json").write_text('{"iss": "https://ci.example.test"}')

    ran = signed_in("trust", "test", trusted, "--claims", str(tmp_path / "claims.json"))

    assert ran.code == 2
    assert "are missing, expected in every ID token of a `github` issuer" in ran.err


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "a": 2}', "x" * 70_000])
def test_a_file_that_has_no_claims_is_a_usage_error(signed_in, trusted, tmp_path, text):
    (tmp_path / "claims.json").write_text(text)

    ran = signed_in("trust", "test", trusted, "--claims", str(tmp_path / "claims.json"))

    assert ran.code == 2


def test_it_says_which_run_is_wanted(signed_in, name):
    for words in ((), ("--repository", "acme/widget"), ("--workflow", "release.yml")):
        assert signed_in("trust", "test", name, *words).code == 2


def test_nobody_is_trusted_where_there_is_no_publisher(signed_in, running, maintainer, name):
    ran = signed_in("trust", "test", name, *RUN, "--otp", running.otp(maintainer))

    assert ran.code == 1
    assert ran.out == "refused (no-publisher): there is no trusted publisher for this package\n"


# --- on stores at hand --------------------------------------------------------------------------


@pytest.fixture
def scope(registry):
    """A registry on disk that trusts a workflow with a whole scope."""
    ran = registry.local("trust", "add", "github", "@acme/*", *RULES, "--create", "--owner", "wile")
    assert ran.code == 0, ran.err
    return registry


def test_a_scope_is_trusted_on_stores(scope):
    ran = scope.local("trust", "list", "@acme/*")

    assert ran.out.splitlines()[1] == "  github acme/widget release.yml; may publish"
    assert listed(scope.local("trust", "list", "@acme/any", "--format", "json")) == listed(
        scope.local("trust", "list", "@acme/*", "--format", "json")
    )


def test_a_name_to_come_needs_who_will_own_it(registry):
    without = registry.local("trust", "add", "github", "widget", *RULES)
    ran = registry.local("trust", "add", "github", "widget", *RULES, "--owner", "wile")

    assert without.code == 1
    assert without.err.endswith("hint: `--owner USER`\n")
    assert ran.code == 0
    assert "pending" in ran.out


def test_an_owner_who_is_nobody_is_a_finding(registry):
    ran = registry.local("trust", "add", "github", "widget", *RULES, "--owner", "ana")

    assert ran.code == 1


def test_stores_judge_a_run_with_the_issuer_that_they_know(scope, claims, tmp_path, issuer):
    ran = scope.local("trust", "test", "@acme/any", "--claims", claims())

    assert ran.code == 1
    assert ran.out == (
        f"refused (unsupported-issuer): the issuer `{issuer.github}` is not registered there\n"
    )


def test_stores_judge_a_run_in_words(scope):
    assert scope.local("trust", "test", "@acme/any", *RUN).code == 0
    assert scope.local("trust", "test", "@other/any", *RUN).code == 1


def test_a_publisher_of_another_package_is_not_revoked(scope):
    (found,) = listed(scope.local("trust", "list", "@acme/*", "--format", "json"))

    assert scope.local("trust", "revoke", "@acme/any", found).code == 1
    assert scope.local("trust", "revoke", "@acme/*", found).code == 0
    assert scope.local("trust", "list", "@acme/*").out == "there is no trusted publisher\n"


@pytest.mark.parametrize(
    "words",
    [
        ("--claim", "a"),
        ("--claim", "=b"),
        ("--claim", "a=b", "--claim", "a=c"),
        ("--claim", "sub=x"),
        (),
    ],
)
def test_claims_of_a_generic_issuer_have_a_name_and_a_text(registry, words):
    issuer = ("--provider", "generic", "--issuer", "https://builds.example.test")
    registry.admin("issuer", "add", "builds", *issuer)

    assert registry.local("trust", "add", "generic", "@acme/*", *words).code == 2


def test_what_a_provider_never_states_is_no_option_of_its(registry):
    assert registry.local("trust", "add", "circleci", "a", "--environment", "x").code == 2
