"""The ambient ID token."""

from __future__ import annotations

import pytest

from imprint.publish.ambient import ambient_token
from imprint.refusals import Malformed, Unavailable
from tests.support.answering import answering

AUDIENCE = "npm:registry.example.test"


def github(url, **more):
    return {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": url,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-secret",
        **more,
    }


def missing(environment):
    with pytest.raises(Malformed) as caught:
        ambient_token(environment, audience=AUDIENCE)
    assert caught.value.message == "this job has no ID token"
    return caught.value.hint


def test_npms_variable_comes_first():
    environment = github("http://127.0.0.1:1/", NPM_ID_TOKEN=" given \n")

    assert ambient_token(environment, audience=AUDIENCE).reveal() == "given"


def test_github_is_asked_for_the_registrys_audience():
    with answering(body=b'{"count": 1, "value": "made"}') as server:
        token = ambient_token(github(f"{server.url}token?v=1"), audience=AUDIENCE)

    (asked,) = server.asked
    assert token.reveal() == "made"
    assert asked.path == "/token?v=1&audience=npm%3Aregistry.example.test"
    assert asked.headers["authorization"] == "Bearer request-secret"


def test_a_token_is_not_asked_for_in_clear_over_a_network():
    with pytest.raises(Malformed) as caught:
        ambient_token(github("http://ci.example.test/token"), audience=AUDIENCE)

    assert caught.value.code == "id-token-url"


@pytest.mark.parametrize(("status", "body"), [(403, b"{}"), (200, b"{}"), (200, b"no JSON")])
def test_a_ci_that_gives_none_is_unavailable(status, body):
    with answering(status, body) as server, pytest.raises(Unavailable) as caught:
        ambient_token(github(server.url), audience=AUDIENCE)

    assert caught.value.code == "id-token-refused"


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({}, "run it in a CI job, or set `NPM_ID_TOKEN`"),
        ({"GITHUB_ACTIONS": "true"}, "the job needs `permissions: id-token: write`"),
        ({"GITLAB_CI": "true"}, "the job needs `id_tokens: NPM_ID_TOKEN: aud: npm:HOST`"),
    ],
)
def test_what_the_job_lacks_is_said(environment, hint):
    assert missing(environment) == hint


def test_a_pull_request_from_a_fork_is_told_that_nothing_will_help():
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}

    assert missing(environment).startswith("runs for pull requests from forks never get one")


def test_circleci_is_told_its_own_way():
    assert missing({"CIRCLECI": "true"}).startswith("set `NPM_ID_TOKEN` from `circleci run oidc")
