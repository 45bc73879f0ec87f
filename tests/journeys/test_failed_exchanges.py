"""What a person sees at the default log level when a job has no token and its exchange fails."""

import re
import time

import pytest

from imprint.demo.runs import CircleCIJob, GitHubRun
from imprint.identity.workload import Provider
from imprint.storage import issuers
from imprint.tokens.registration import new_issuer
from tests.support import ci

NPMS = ["npm11", "npm12"]
RELEASE = "acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0"


def need_auth(registry):
    """The last words of npm, which are the same for every cause."""
    return [
        "code ENEEDAUTH",
        f"need auth This command requires you to be logged in to {registry.url}/",
    ]


def foreign_token(issuer, **claims):
    """An ID token that differs from the release's in some claims."""
    return issuer.sign(issuer.github, {**GitHubRun().claims(), **claims}, audience=ci.AUDIENCE)


# --- no exchange happens --------------------------------------------------------------------------


def test_npm_10_asks_for_nothing_and_says_nothing(bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run("npm10", "publish", folder=folder, ci=ci.github(issuer))

    assert (ran.code, ran.said, ran.errors[:2]) == (1, [], need_auth(registry))
    assert registry.events(package, "exchange-minted") == []


@pytest.mark.parametrize("client", NPMS)
@pytest.mark.parametrize(
    "job",
    [ci.github_without_permission(), ci.gitlab_without_token()],
    ids=["github-without-permission", "gitlab-without-token"],
)
def test_npm_without_an_id_token_says_nothing(client, job, bench, registry, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(client, "publish", folder=folder, ci=job)

    assert (ran.code, ran.said, ran.errors[:2]) == (1, [], need_auth(registry))


@pytest.mark.parametrize("client", NPMS)
def test_npm_says_nothing_in_a_ci_that_it_does_not_know(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(client, "publish", folder=folder, ci=ci.jenkins(foreign_token(issuer)))

    assert (ran.code, ran.said, ran.errors[:2]) == (1, [], need_auth(registry))


def test_pnpm_takes_an_id_token_in_any_ci(bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.publish("pnpm12", folder=folder, ci=ci.jenkins(foreign_token(issuer)))

    assert ran.code == 0, ran.text


@pytest.mark.parametrize("client", NPMS)
def test_npm_says_nothing_when_the_ci_gives_no_token(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)
    job = {**ci.github(issuer), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another run's"}

    ran = bench.run(client, "publish", folder=folder, ci=job)

    assert (ran.code, ran.said, ran.errors[:2]) == (1, [], need_auth(registry))


# --- the exchange is refused ----------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "another-repository": (
        {
            "repository": "mallory/widget",
            "repository_id": "666",
            "repository_owner": "mallory",
            "repository_owner_id": "66",
            "workflow_ref": "mallory/widget/.github/workflows/release.yml@refs/tags/v1.0.0",
            "job_workflow_ref": "mallory/widget/.github/workflows/release.yml@refs/tags/v1.0.0",
        },
        (
            "no trusted publisher of `{name}` accepts this run (hint: a trusted publisher must match"
            " this token: issuer `{issuer}`, repository `mallory/widget`, repository_id `666`,"
            " repository_owner_id `66`, workflow_ref"
            " `mallory/widget/.github/workflows/release.yml@refs/tags/v1.0.0`, job_workflow_ref"
            " `mallory/widget/.github/workflows/release.yml@refs/tags/v1.0.0`, ref"
            " `refs/tags/v1.0.0`, environment `npm`)"
        ),
    ),
    "another-workflow": (
        {"workflow_ref": RELEASE.replace("release.yml", "ci.yml")},
        (
            "trusted publisher of `{name}` refuses this run: `workflow_ref` is"
            " `acme/widget/.github/workflows/ci.yml@refs/tags/v1.0.0`, expected"
            f" `{RELEASE}`"
        ),
    ),
    "another-environment": (
        {"environment": "staging"},
        (
            "trusted publisher of `{name}` refuses this run: `environment` is `staging`, expected"
            " `npm` (hint: this publisher requires environment `npm`: name it on the job that"
            " publishes)"
        ),
    ),
    "pull-request-target": (
        {"event_name": "pull_request_target"},
        (
            "trusted publisher of `{name}` refuses this run: `event_name` is `pull_request_target`,"
            " expected another event: it gives a stranger's pull request the rights of the repository"
            " (hint: publish on a push, a release or by hand, or name this event on the publisher)"
        ),
    ),
    "self-hosted-runner": (
        {"runner_environment": "self-hosted"},
        (
            "trusted publisher of `{name}` refuses this run: `runner_environment` is `self-hosted`,"
            " expected `hosted`"
        ),
    ),
    "another-registry": (
        {"aud": "npm:registry.example.test"},
        (
            "token was issued for `npm:registry.example.test`, this registry is `npm:127.0.0.1` (hint:"
            " request an ID token with the audience `npm:127.0.0.1`)"
        ),
    ),
    "another-issuer": (
        {"iss": "https://ci.example.test"},
        (
            "the issuer `https://ci.example.test` is not registered here (hint: an administrator"
            " registers it: `imprint admin issuer add`)"
        ),
    ),
    "expired": (
        {"iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_300},
        (
            "token expired `…` seconds ago (hint: request the ID token right before the"
            " exchange; check the runner's clock)"
        ),
    ),
}


@pytest.mark.case("B12", "B14", "B07", "B16", "E10", "E14", "E16", "E23")
@pytest.mark.parametrize("why", REFUSED)
def test_npm_shows_why_the_exchange_was_refused(why, bench, registry, issuer, package):
    claims, sentence = REFUSED[why]
    registry.trust(package, environment="npm")
    folder = bench.package(package)
    job = ci.github_with_token(foreign_token(issuer, **claims))

    ran = bench.run("npm12", "publish", folder=folder, ci=job)

    shown = [re.sub(r"`\d+` seconds", "`…` seconds", line) for line in ran.said]
    assert shown == [sentence.format(name=package, issuer=issuer.github)]
    assert (ran.code, ran.errors[:2]) == (1, need_auth(registry))


@pytest.mark.parametrize("client", NPMS)
def test_both_npms_show_the_refusal(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(client, "publish", folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    assert ran.said == [REFUSED["another-workflow"][1].format(name=package)]
    assert (ran.code, ran.errors[:2]) == (1, need_auth(registry))


@pytest.mark.parametrize("client", ["pnpm11", "pnpm12"])
def test_pnpm_warns_with_the_refusal(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    sentence = REFUSED["another-workflow"][1].format(name=package)
    assert ran.code == 1
    assert (
        "[WARN] Skipped OIDC: ERR_PNPM_AUTH_TOKEN_EXCHANGE: Failed token exchange request with body"
        f" message: {sentence} (status code 403)"
    ) in ran.text


def test_pnpm_publishes_without_any_credential_and_the_registry_refuses(
    bench, registry, issuer, package
):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.publish("pnpm11", folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    sentence = REFUSED["another-workflow"][1].format(name=package)
    path = package.replace("/", "%2f")
    assert (
        f"[E401] 401 Unauthorized - PUT {registry.url}/{path} - the exchange of the ID token failed"
        f" ({sentence}), and the request has no token: this needs one"
    ) in ran.text.splitlines()


def test_yarn_keeps_the_refusal_to_itself(bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.publish("yarn4", folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    assert ran.code == 1
    assert "No authentication configured for request" in ran.text
    assert [event["code"] for event in registry.events(package, "exchange-refused")] == [
        "workflow-mismatch"
    ]


def test_bun_has_no_exchange(bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.publish("bun", folder=folder, ci=ci.github(issuer))

    assert ran.code == 1
    assert ran.stderr.strip() == "error: missing authentication (run `bunx npm login`)"


@pytest.mark.case("F18")
@pytest.mark.parametrize("client", NPMS)
def test_npm_shows_that_an_ssh_rerun_may_not_publish(client, bench, registry, issuer, package):
    registry.trust(package, provider=Provider.CIRCLECI)
    folder = bench.package(package)

    ran = bench.run(
        client, "publish", folder=folder, ci=ci.circleci(issuer, job=CircleCIJob(ssh_rerun=True))
    )

    assert ran.code == 1
    assert ran.said == [
        (
            f"trusted publisher of `{package}` refuses this run: `oidc.circleci.com/ssh-rerun` is `true`,"
            " expected `false`: a job that was run again with SSH never publishes (hint: run the job"
            " again without SSH)"
        )
    ]


# --- the exchange cannot be decided ---------------------------------------------------------------


@pytest.mark.case("C19")
@pytest.mark.parametrize("client", NPMS)
def test_npm_shows_that_the_issuer_does_not_answer(client, bench, registry, issuer, package):
    down = f"http://127.0.0.1:9/{client}"
    # Generic, so that the one issuer of GitHub stays the only one.
    gone = new_issuer(name=f"gone-{client}", url=down, provider=Provider.GENERIC)
    with registry.database.writing() as connection:
        issuers.add(connection, gone, now=time.time())
    time.sleep(1.2)  # the exchange believes its list of issuers for a second
    folder = bench.package(package)
    job = ci.github_with_token(foreign_token(issuer, iss=down))

    ran = bench.run(client, "publish", folder=folder, ci=job)

    assert ran.said == [
        (
            f"keys of issuer `{gone.name}` could not be had: `{down}/.well-known/openid-configuration`"
            " could not be reached: nothing listens there (hint: try again: nothing was used up)"
        )
    ]
    assert (ran.code, ran.errors[:2]) == (1, need_auth(registry))
