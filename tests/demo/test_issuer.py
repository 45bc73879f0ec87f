"""The stand-in issuer speaks as the real ones do: the registry's own code believes it."""

import asyncio
import json
import time
import urllib.error
import urllib.request

import jwt
import pytest

from imprint.demo.issuer import StandInIssuer
from imprint.demo.runs import CircleCIJob, GitHubRun, GitLabJob
from imprint.identity.workload import Provider
from imprint.tokens.envelope import parse
from imprint.tokens.proof import TokenProof
from imprint.tokens.registration import new_issuer
from imprint.tokens.verify import verify
from imprint.upstream.fetch import Fetcher
from imprint.upstream.keysets import KeySets
from tests.support.claims import circleci_claims, github_claims, gitlab_claims

AUDIENCE = "npm:127.0.0.1"


@pytest.fixture(scope="module")
def issuer():
    with StandInIssuer() as running:
        yield running


def proof_of(token, *, url, provider):
    """What the registry makes of a token, with the keys fetched as it fetches them."""
    registered = new_issuer(name="stand-in", url=url, provider=provider)
    parsed = parse(token.encode())

    async def keys():
        async with Fetcher() as fetcher:
            return await KeySets(fetcher).get(registered, parsed.key_id)

    held, age_seconds = asyncio.run(keys())
    return verify(
        parsed,
        issuer=registered,
        keys=held,
        keys_age_seconds=age_seconds,
        audiences=(AUDIENCE,),
        now=time.time(),
    )


def asked(runner, audience, *, token=None):
    request = urllib.request.Request(
        f"{runner.request_url}&audience={audience}",
        headers={"authorization": f"Bearer {token or runner.request_token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_a_github_run_gets_a_token_that_the_registry_proves(issuer):
    runner = issuer.start(GitHubRun())

    token = asked(runner, "npm%3A127.0.0.1")["value"]

    proof = proof_of(token, url=issuer.github, provider=Provider.GITHUB)
    assert isinstance(proof, TokenProof)
    assert proof.workload.repository == "acme/widget"
    assert proof.unknown_claims == ()


def test_each_request_of_a_github_run_gets_another_token(issuer):
    runner = issuer.start(GitHubRun())

    tokens = [asked(runner, "npm%3A127.0.0.1")["value"] for _ in range(2)]

    ids = {jwt.decode(t, options={"verify_signature": False})["jti"] for t in tokens}
    assert len(ids) == 2
    assert runner.issued == tokens


def test_a_stranger_gets_no_token(issuer):
    runner = issuer.start(GitHubRun())

    with pytest.raises(urllib.error.HTTPError, match="401"):
        asked(runner, "npm%3A127.0.0.1", token="another run's")


def test_a_gitlab_job_gets_a_token_that_the_registry_proves(issuer):
    token = issuer.gitlab_token(GitLabJob(), audience=AUDIENCE)

    proof = proof_of(token, url=issuer.gitlab, provider=Provider.GITLAB)

    assert isinstance(proof, TokenProof)
    assert proof.workload.repository == "acme/tools/widget"
    assert proof.unknown_claims == ()


def test_a_circleci_job_gets_a_token_that_the_registry_proves(issuer):
    token = issuer.circleci_token(CircleCIJob(), audience=AUDIENCE)

    proof = proof_of(token, url=issuer.circleci, provider=Provider.CIRCLECI)

    assert isinstance(proof, TokenProof)
    assert proof.workload.repository == "forge.example.test/acme/widget"
    assert proof.unknown_claims == ()


@pytest.mark.parametrize(
    ("ours", "real"),
    [
        (GitHubRun().claims(), github_claims()),
        (GitLabJob().claims(), gitlab_claims()),
        (CircleCIJob().claims(), circleci_claims()),
    ],
    ids=["github", "gitlab", "circleci"],
)
def test_claims_have_the_names_and_types_of_the_real_ones(ours, real):
    added = {"aud", "exp", "iat", "iss", "jti", "nbf"}
    optional = {"enterprise", "enterprise_id", "user_identities"}

    assert set(ours) == set(real) - added - optional
    assert {name: type(value) for name, value in ours.items()} == {
        name: type(real[name]) for name in ours
    }


def test_an_outage_is_503(issuer):
    issuer.is_down = True
    try:
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"{issuer.address}/keys", timeout=30)
    finally:
        issuer.is_down = False
