"""`npm trust`: trusted publishers by npm's own commands, and what they let happen."""

import json

import pytest

from imprint.demo.runs import CircleCIJob, GitHubRun
from tests.support import ci

NPMS = ["npm11", "npm12"]
CIRCLECI = CircleCIJob()
ADD = {
    "github": ("--file", "release.yml", "--repo", "acme/widget"),
    "gitlab": ("--file", ".gitlab-ci.yml", "--project", "acme/tools/widget"),
    "circleci": (
        *("--org-id", CIRCLECI.organization_id, "--project-id", CIRCLECI.project_id),
        *("--pipeline-definition-id", CIRCLECI.definition_id, "--vcs-origin", CIRCLECI.origin),
        *("--context-id", CIRCLECI.context_ids[0]),
    ),
}
SHOWN = {
    "github": "file: release.yml\nrepository: acme/widget\npermissions: publish\n",
    "gitlab": "file: .gitlab-ci.yml\nproject: acme/tools/widget\npermissions: publish\n",
    "circleci": (
        f"orgId: {CIRCLECI.organization_id}\nprojectId: {CIRCLECI.project_id}\n"
        f"pipelineDefinitionId: {CIRCLECI.definition_id}\nvcsOrigin: {CIRCLECI.origin}\n"
        f"contextIds: {CIRCLECI.context_ids[0]}\npermissions: publish\n"
    ),
}


@pytest.fixture
def mine(registry, person, name, bench):
    """A package of `person`, who is signed in."""
    registry.seed(name, by=person)
    bench.npmrc(token=person.token)
    return name


def trust(bench, client, *words):
    return bench.run(client, "trust", *words, folder=bench.folder)


def add(bench, client, provider, name, *options):
    return trust(
        bench, client, provider, name, *ADD[provider], "--allow-publish", "--yes", *options
    )


@pytest.mark.parametrize("client", NPMS)
@pytest.mark.parametrize("provider", ADD)
def test_npm_adds_lists_and_revokes(client, provider, bench, registry, person, mine):
    added = add(bench, client, provider, mine, f"--otp={registry.otp(person)}")
    listed = trust(bench, client, "list", mine)
    publisher_id = json.loads(trust(bench, client, "list", mine, "--json").stdout)["id"]
    revoked = trust(bench, client, "revoke", mine, "--id", publisher_id)
    after = trust(bench, client, "list", mine)

    shown = f"type: {provider}\nid: {publisher_id}\n{SHOWN[provider]}"
    assert added.code == 0, added.text
    assert added.stdout.rstrip().endswith(f"with the following settings:\n\n{shown}".rstrip())
    assert (listed.code, listed.stdout.strip()) == (0, shown.strip())
    assert revoked.code == 0, revoked.text
    assert after.stdout == f"No trust configurations found for package ({mine})\n"


@pytest.mark.case("I01")
@pytest.mark.parametrize("provider", ADD)
def test_what_npm_adds_lets_the_run_publish(provider, bench, registry, issuer, person, mine):
    add(bench, "npm12", provider, mine, f"--otp={registry.otp(person)}")
    bench.npmrc()
    job = {
        "github": lambda: ci.github(issuer),
        "gitlab": lambda: ci.gitlab(issuer),
        "circleci": lambda: ci.circleci(issuer),
    }[provider]()

    ran = bench.run("npm12", "publish", folder=bench.package(mine), ci=job)

    assert ran.code == 0, ran.text
    # CircleCI's claims are ids already; by name alone the first use waits for its owner.
    kinds = [event["kind"] for event in registry.events(mine)]
    assert kinds[-1] == ("version-published" if provider == "circleci" else "version-staged")


@pytest.mark.parametrize("client", NPMS)
def test_all_of_it_needs_a_one_time_password(client, bench, mine):
    added = add(bench, client, "github", mine)
    listed = trust(bench, client, "list", mine)

    for ran in (added, listed):
        assert (ran.code, ran.errors[0]) == (1, "code EOTP")
        assert ran.notices == [
            "this operation requires a one-time password (hint: repeat it with `--otp=CODE` from your authenticator)"
        ]


def test_one_password_opens_a_window_for_many_packages(bench, registry, person, mine, owner):
    names = [mine, f"{mine}-b", f"{mine}-c"]
    for each in names[1:]:
        registry.seed(each, by=person)

    first = add(bench, "npm12", "github", names[0], f"--otp={registry.otp(person)}")
    others = [add(bench, "npm12", "github", each) for each in names[1:]]

    assert [ran.code for ran in (first, *others)] == [0, 0, 0]


@pytest.mark.case("K03")
def test_the_same_again_is_a_conflict(bench, registry, person, mine):
    add(bench, "npm12", "github", mine, f"--otp={registry.otp(person)}")

    again = add(bench, "npm12", "github", mine)

    assert (again.code, again.errors[0]) == (1, "code E409")
    assert again.notices == [
        f"trusted publisher config already exists for `{mine}`: github acme/widget release.yml, unpinned (hint: `npm trust list` shows it; revoke it first to change it)"
    ]


@pytest.mark.case("K01")
def test_only_its_owner_may(bench, registry, person, package):
    bench.npmrc(token=person.token)

    ran = add(bench, "npm12", "github", package, f"--otp={registry.otp(person)}")

    assert (ran.code, ran.errors[0]) == (1, "code E403")
    assert ran.notices == [f"`{person.name}` does not own `{package}`"]


@pytest.mark.case("K01", "H07")
def test_a_run_of_ci_may_not_add_publishers(bench, registry, issuer, package):
    registry.trust(package)
    id_token = issuer.sign(issuer.github, GitHubRun().claims(), audience=ci.AUDIENCE)
    path = f"/-/npm/v1/oidc/token/exchange/package/{package.replace('/', '%2f')}"
    bench.npmrc(token=registry.http("POST", path, body=b"", token=id_token).json["token"])

    ran = add(bench, "npm12", "github", package)

    assert (ran.code, ran.errors[0]) == (1, "code E403")
    assert ran.notices == ["a publish credential may publish; settings need a token of an owner"]


@pytest.mark.case("H10")
def test_revoking_kills_the_credential_that_was_given(bench, registry, issuer, person, mine):
    publisher = registry.trust(mine)
    folder = bench.package(mine)
    path = f"/-/npm/v1/oidc/token/exchange/package/{mine.replace('/', '%2f')}"
    id_token = issuer.sign(issuer.github, GitHubRun().claims(), audience=ci.AUDIENCE)
    credential = registry.http("POST", path, body=b"", token=id_token).json["token"]
    otp = f"--otp={registry.otp(person)}"
    revoked = trust(bench, "npm12", "revoke", mine, "--id", publisher.id, otp)
    bench.npmrc(token=credential)

    ran = bench.run("npm12", "publish", folder=folder)

    assert (revoked.code, ran.code) == (0, 1)
    # npm shows one notice once: that of its first look at the package is the publication's, too.
    assert (
        "the trusted publisher was removed or disabled since this publish credential was issued (hint: publish again: every `npm publish` in CI asks for a new one)"
        in ran.said
    )


def test_a_pending_publisher_by_npm_is_refused_without_ids(bench, registry, person, name):
    bench.npmrc(token=person.token)

    ran = add(bench, "npm12", "github", name, f"--otp={registry.otp(person)}")

    assert ran.code == 1
    assert ran.notices == [
        "a trusted publisher for a package that does not exist yet needs `repository_id` and `owner_id` (hint: names can be taken over: only ids make such a publisher safe)"
    ]


@pytest.mark.parametrize("client", NPMS)
def test_npm_lets_a_run_stage_only(client, bench, registry, issuer, person, mine):
    otp = f"--otp={registry.otp(person)}"
    words = ("github", mine, *ADD["github"], "--allow-stage-publish", "--yes", otp)

    added = trust(bench, client, *words)
    bench.npmrc()
    refused = bench.run(client, "publish", folder=bench.package(mine), ci=ci.github(issuer))

    assert added.stdout.rstrip().endswith("permissions: stage publish")
    assert refused.code == 1
    assert (
        "the trusted publisher may not publish: it has permission `stage` (hint: add permission `publish` to the trusted publisher)"
        in refused.said
    )
