"""Which forges may be asked, and which of them is shown which token."""

import asyncio

import pytest

from imprint.upstream.fetch import Fetcher
from imprint.upstream.forge.github import GitHub
from imprint.upstream.forge.gitlab import GitLab
from imprint.upstream.forge.hosts import hosts_of, open_forges


def tokens(environment):
    hosts = hosts_of(environment)
    return {host: one.token and one.token.reveal() for host, one in hosts.items()}


def test_the_public_forges_are_asked_without_a_token():
    assert tokens({}) == {"github.com": None, "gitlab.com": None}


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GH_TOKEN"])
def test_github_s_token_is_github_s_alone(name):
    assert tokens({name: "gh"}) == {"github.com": "gh", "gitlab.com": None}


def test_the_token_of_a_server_of_one_s_own_goes_there_alone():
    environment = {
        "GITHUB_TOKEN": "own",
        "GITHUB_SERVER_URL": "https://ghe.example.test",
        "GITHUB_API_URL": "https://ghe.example.test/api/v3/",
        "GITLAB_TOKEN": "lab",
        "CI_SERVER_URL": "https://gitlab.example.test:8443",
        "CI_API_V4_URL": "https://gitlab.example.test:8443/api/v4",
    }

    assert tokens(environment) == {
        "github.com": None,
        "gitlab.com": None,
        "ghe.example.test": "own",
        "gitlab.example.test:8443": "lab",
    }
    assert hosts_of(environment)["ghe.example.test"].api == "https://ghe.example.test/api/v3"


def test_a_job_of_the_public_forge_says_where_its_api_is():
    environment = {
        "GITHUB_TOKEN": "gh",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": "https://api.github.com",
    }

    assert tokens(environment) == {"github.com": "gh", "gitlab.com": None}


def test_an_empty_token_is_none():
    assert tokens({"GITHUB_TOKEN": ""})["github.com"] is None


def test_no_token_is_shown_with_the_host():
    assert "secret" not in repr(hosts_of({"GITHUB_TOKEN": "secret"}))


def test_each_host_is_asked_as_its_kind_is():
    async def kinds():
        async with Fetcher() as fetcher:
            return {host: type(one) for host, one in open_forges(hosts_of({}), fetcher).items()}

    assert asyncio.run(kinds()) == {"github.com": GitHub, "gitlab.com": GitLab}
