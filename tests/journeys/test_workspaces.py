"""Several packages of one repository in one job: one exchange for each, and no credential for two."""

import pytest

from imprint.demo.runs import GitLabJob
from imprint.identity.workload import Provider
from tests.support import ci

NPMS = ["npm11", "npm12"]
REFUSED = "trusted publisher of `{}` refuses this run: `workflow_ref` is `acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0`, expected `acme/widget/.github/workflows/other.yml@refs/tags/v1.0.0`"


@pytest.fixture
def packages(registry, owner, name):
    names = [f"{name}-a", f"{name}-b"]
    for each in names:
        registry.seed(each, by=owner)
    return names


def minted(registry, name):
    return registry.events(name, "exchange-minted")


@pytest.mark.parametrize("client", NPMS)
def test_npm_asks_for_an_id_token_and_a_credential_for_each_package(
    client, bench, registry, issuer, packages
):
    for each in packages:
        registry.trust(each)
    root = bench.workspaces(*packages)
    runner = ci.github_runner(issuer)

    ran = bench.run(client, "publish", "--workspaces", folder=root, ci=runner.variables())

    assert (ran.code, ran.stdout.split()) == (
        0,
        ["+", f"{packages[0]}@1.0.0", "+", f"{packages[1]}@1.0.0"],
    )
    assert len(set(runner.issued)) == 2
    assert [len(minted(registry, each)) for each in packages] == [1, 1]


@pytest.mark.case("G02")
@pytest.mark.parametrize("client", [*NPMS, "pnpm12"])
def test_the_one_id_token_of_a_gitlab_job_is_good_for_each_package(
    client, bench, registry, issuer, packages
):
    for each in packages:
        registry.trust(each, provider=Provider.GITLAB)
    root = bench.workspaces(*packages)
    job = ci.gitlab(issuer)

    if client == "pnpm12":
        ran = bench.publish(client, "--recursive", folder=root, ci=job)
    else:
        ran = bench.publish(client, "--workspaces", folder=root, ci=job)

    assert ran.code == 0, ran.text
    assert [len(minted(registry, each)) for each in packages] == [1, 1]


@pytest.mark.case("G01")
def test_the_one_id_token_of_a_gitlab_job_publishes_each_package_once(
    bench, registry, issuer, package
):
    registry.trust(package, provider=Provider.GITLAB)
    job = ci.gitlab(issuer)
    first = bench.publish("npm12", folder=bench.package(package, "1.0.0"), ci=job)

    second = bench.publish("npm12", folder=bench.package(package, "1.0.1"), ci=job)

    assert (first.code, second.code) == (0, 1)
    assert second.said == [
        f"the ID token was exchanged for `{package}` already (hint: get a new ID token: run the job again)"
    ]


@pytest.mark.case("H04")
def test_npm_11_17_sends_the_credential_of_another_package_and_is_told_so(
    bench, registry, issuer, packages
):
    trusted, other = packages
    registry.trust(trusted)
    registry.trust(other, workflow="other.yml")
    root = bench.workspaces(trusted, other)

    ran = bench.run("npm11_17", "publish", "--workspaces", folder=root, ci=ci.github(issuer))

    assert (ran.code, ran.stdout) == (1, f"+ {trusted}@1.0.0\n")
    assert ran.notices[-2:] == [
        REFUSED.format(other),
        f"the publish credential is for `{trusted}`, not for `{other}` (hint: look for the refused exchange of `{other}` earlier in the log)",
    ]
    assert ran.errors[:2] == [
        "code E403",
        f"403 403 Forbidden - PUT {registry.url}/{other.replace('/', '%2f')} - the publish credential is for `{trusted}`, not for `{other}`",
    ]


@pytest.mark.parametrize("client", NPMS)
def test_later_npms_have_no_credential_for_a_package_whose_exchange_failed(
    client, bench, registry, issuer, packages
):
    trusted, other = packages
    registry.trust(trusted)
    registry.trust(other, workflow="other.yml")
    root = bench.workspaces(trusted, other)

    ran = bench.run(client, "publish", "--workspaces", folder=root, ci=ci.github(issuer))

    assert (ran.code, ran.stdout) == (1, f"+ {trusted}@1.0.0\n")
    assert ran.notices[-1] == REFUSED.format(other)
    assert ran.errors[0] == "code ENEEDAUTH"


def test_a_job_of_another_gitlab_project_is_refused(bench, registry, issuer, package):
    registry.trust(package, provider=Provider.GITLAB)
    fork = GitLabJob(project="mallory/widget", project_id="666", namespace_id="66")

    ran = bench.publish("npm12", folder=bench.package(package), ci=ci.gitlab(issuer, job=fork))

    assert ran.code == 1
    assert ran.said[0].startswith(f"no trusted publisher of `{package}` accepts this run (hint: ")
