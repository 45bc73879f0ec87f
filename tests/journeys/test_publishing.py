"""A trusted publisher publishes with every client that can: what the registry keeps, what is seen."""

import pytest

from imprint.identity.workload import Provider
from tests.support import ci


def published(registry, name):
    answer = registry.http("GET", "/" + name.replace("/", "%2f"))
    return answer.json["versions"]


@pytest.mark.case("I01", "H08")
@pytest.mark.parametrize("client", ["npm11", "npm12"])
def test_npm_publishes_without_any_token(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(client, "publish", folder=folder, ci=ci.github(issuer))

    assert (ran.code, ran.stdout) == (0, f"+ {package}@1.0.0\n")
    assert ran.errors == []
    assert ran.notices[-2:] == [
        f"Publishing to {registry.url}/ with tag latest and default access",
        f"{package}@1.0.0 is published, by trusted publisher github acme/widget release.yml",
    ]
    mark = published(registry, package)["1.0.0"]["_npmUser"]
    assert mark["name"] == "GitHub Actions"
    assert mark["trustedPublisher"]["id"] == "github"


@pytest.mark.parametrize("client", ["npm12", "pnpm12", "yarn4"])
def test_an_unscoped_package_is_published(client, bench, registry, issuer, owner, name):
    plain = name.replace("@acme/", "")
    registry.seed(plain, by=owner)
    registry.trust(plain)
    folder = bench.package(plain)

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer))

    assert ran.code == 0, ran.text
    assert set(published(registry, plain)) == {"0.0.1", "1.0.0"}


@pytest.mark.parametrize("client", ["pnpm10", "pnpm11", "pnpm12", "yarn4"])
def test_the_other_clients_publish_without_any_token(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package, publishConfig={"access": "public"})

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer))

    assert ran.code == 0, ran.text
    assert published(registry, package)["1.0.0"]["_npmUser"]["name"] == "GitHub Actions"


@pytest.mark.case("F17")
@pytest.mark.parametrize("client", ["npm11", "npm12", "pnpm12"])
def test_a_job_of_circleci_publishes(client, bench, registry, issuer, package):
    registry.trust(package, provider=Provider.CIRCLECI)
    folder = bench.package(package)

    ran = bench.publish(client, folder=folder, ci=ci.circleci(issuer))

    assert ran.code == 0, ran.text
    assert published(registry, package)["1.0.0"]["_npmUser"]["name"] == "CircleCI"


@pytest.mark.case("J01")
def test_the_first_version_of_a_package_needs_no_token_either(
    bench, registry, issuer, person, name
):
    registry.trust(name, by=person)
    folder = bench.package(name)

    ran = bench.run("npm12", "publish", folder=folder, ci=ci.github(issuer))

    assert ran.code == 0, ran.text
    assert ran.notices[-2:] == [
        f"Publishing to {registry.url}/ with tag latest and default access",
        f"{name}@1.0.0 is published, by trusted publisher github acme/widget release.yml",
    ]


@pytest.mark.case("L08")
@pytest.mark.parametrize("client", ["npm11", "npm12"])
def test_a_dry_run_of_npm_exchanges_and_publishes_nothing(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(client, "publish", "--dry-run", folder=folder, ci=ci.github(issuer))

    assert ran.code == 0, ran.text
    assert [event["kind"] for event in registry.events(package)][-1] == "exchange-minted"
    assert set(published(registry, package)) == {"0.0.1"}


@pytest.mark.parametrize("client", ["npm11", "npm12"])
def test_a_dry_run_of_npm_says_why_the_exchange_would_fail(
    client, bench, registry, issuer, package
):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(
        client, "publish", "--dry-run", folder=folder, ci=ci.github(issuer, workflow="ci.yml")
    )

    assert ran.code == 0
    assert (
        f"trusted publisher of `{package}` refuses this run: `workflow_ref` is"
        " `acme/widget/.github/workflows/ci.yml@refs/tags/v1.0.0`, expected"
        " `acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0`"
    ) in ran.notices


@pytest.mark.parametrize("client", ["npm10", "npm12", "pnpm12", "yarn4", "bun"])
def test_a_token_publishes_where_nobody_is_trusted(client, bench, registry, owner, package):
    bench.npmrc(token=owner.token)
    folder = bench.package(package, publishConfig={"access": "public"})

    ran = bench.publish(client, folder=folder)

    assert ran.code == 0, ran.text
    assert published(registry, package)["1.0.0"]["_npmUser"]["name"] == "owner"


@pytest.mark.parametrize("client", ["npm10", "npm11", "npm12"])
def test_npm_shows_why_a_version_cannot_be_replaced(client, bench, registry, owner, package):
    bench.npmrc(token=owner.token)
    folder = bench.package(package, "0.0.1")

    ran = bench.run(client, "publish", folder=folder)

    assert ran.code == 1
    assert "You cannot publish over the previously published versions: 0.0.1." in ran.text


def test_yarn_says_restricted_of_itself_and_a_public_package_stays_public(
    bench, registry, owner, package
):
    bench.npmrc(token=owner.token)
    folder = bench.package(package)

    ran = bench.publish("yarn4", folder=folder)

    assert ran.code == 1
    assert f"`{package}` is public, the publication asks for `restricted`" in ran.text
