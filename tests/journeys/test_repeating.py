"""Things that are sent twice: an answer was lost, a job was run again, a token was copied."""

import pytest

from imprint.demo.runs import GitHubRun
from tests.support import ci
from tests.support.tarballs import publish_body


@pytest.fixture
def trusted(registry, package):
    registry.trust(package)
    return package


def exchange(registry, name, id_token):
    path = f"/-/npm/v1/oidc/token/exchange/package/{name.replace('/', '%2f')}"
    return registry.http("POST", path, body=b"", token=id_token)


def id_token(issuer, **claims):
    return issuer.sign(issuer.github, {**GitHubRun().claims(), **claims}, audience=ci.AUDIENCE)


def test_the_same_publication_again_is_answered_the_same(registry, issuer, trusted):
    credential = exchange(registry, trusted, id_token(issuer)).json["token"]
    path, body = f"/{trusted.replace('/', '%2f')}", publish_body(trusted, "1.0.0")

    answers = [
        registry.http("PUT", path, body=body, token=credential),
        registry.http("PUT", path, body=body, token=credential),
    ]

    assert [answer.status for answer in answers] == [201, 200]
    assert len(registry.events(trusted, "version-published")) == 2  # 0.0.1, and 1.0.0 once


@pytest.mark.case("H14")
def test_a_credential_publishes_one_version(registry, issuer, trusted):
    credential = exchange(registry, trusted, id_token(issuer)).json["token"]
    path = f"/{trusted.replace('/', '%2f')}"
    registry.http("PUT", path, body=publish_body(trusted, "1.0.0"), token=credential)

    answer = registry.http("PUT", path, body=publish_body(trusted, "1.0.1"), token=credential)

    assert answer.status == 403
    assert answer.json["message"] == (
        "the publish credential has published `1.0.0`: it is good for one publication"
    )


@pytest.mark.parametrize("client", ["npm11", "npm12"])
def test_a_job_that_is_run_again_is_told_that_the_version_exists(client, bench, issuer, trusted):
    folder = bench.package(trusted)
    bench.run(client, "publish", folder=folder, ci=ci.github(issuer))

    ran = bench.run(client, "publish", folder=folder, ci=ci.github(issuer))

    assert ran.code == 1
    assert "You cannot publish over the previously published versions: 1.0.0." in ran.text


def test_pnpm_shows_it_too(bench, issuer, trusted):
    folder = bench.package(trusted)
    bench.publish("pnpm12", folder=folder, ci=ci.github(issuer))

    ran = bench.publish("pnpm12", folder=folder, ci=ci.github(issuer))

    said = " ".join(ran.text.replace("│", " ").split())
    assert ran.code == 1
    assert "You cannot publish over the previously published versions: 1.0.0." in said


@pytest.mark.case("G01")
@pytest.mark.parametrize("client", ["npm11", "npm12"])
def test_a_copied_id_token_is_good_for_nothing(client, bench, registry, issuer, trusted):
    runner = ci.github_runner(issuer)
    bench.run(client, "publish", folder=bench.package(trusted), ci=runner.variables())

    ran = bench.run(
        client,
        "publish",
        folder=bench.package(trusted, "6.6.6"),
        ci=ci.github_with_token(runner.issued[0]),
    )

    assert ran.code == 1
    assert ran.said == [
        f"the ID token was exchanged for `{trusted}` already (hint: get a new ID token: run the job again)"
    ]


@pytest.mark.case("G07")
def test_a_refused_exchange_burns_nothing(bench, registry, issuer, package):
    token = id_token(issuer)
    before = exchange(registry, package, token)
    registry.trust(package)

    ran = bench.run(
        "npm12", "publish", folder=bench.package(package), ci=ci.github_with_token(token)
    )

    assert (before.status, ran.code) == (404, 0)
