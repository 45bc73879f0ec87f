"""`imprint exchange`: a job asks what its exchange would say, or makes it."""

from __future__ import annotations

import stat

import pytest

from imprint.identity.workload import Provider
from imprint.publish.ambient import ambient_token
from imprint.publishers.credentials import SecretKind, parse_secret
from tests.cli.served import issuer, maintainer, name, running, signed_in
from tests.support import ci
from tests.support.answering import answering

__all__ = ["issuer", "maintainer", "name", "running", "signed_in"]


@pytest.fixture
def trusted(running, maintainer, name):
    running.trust(name, by=maintainer, refs=("refs/tags/v*",), environment="npm")
    return name


def id_token(issuer):
    """An ID token as a job would get it."""
    return ambient_token(ci.github(issuer), audience=ci.AUDIENCE).reveal()


@pytest.mark.case("L08")
def test_a_job_that_would_be_accepted_learns_by_whom(signed_in, running, issuer, trusted):
    ran = signed_in("exchange", trusted, "--dry-run", **ci.github(issuer))

    assert ran.code == 0
    assert ran.out == (
        "accepted by github acme/widget release.yml, environment npm, refs/tags/v*\n"
        "  may: publish\n"
    )
    npmrc = signed_in.folder / "home" / ".npmrc"
    assert ran.err == (
        f"registry {running.url}/ (from {npmrc})\nasking for an ID token for npm:127.0.0.1\n"
    )


@pytest.mark.case("L08")
def test_a_job_that_would_be_refused_learns_why_field_by_field(signed_in, issuer, trusted):
    job = ci.github(issuer, environment="dev", ref="refs/heads/main")

    ran = signed_in("exchange", trusted, "--dry-run", **job)

    assert ran.code == 1
    assert ran.out == (
        f"refused (environment-mismatch): trusted publisher of `{trusted}` refuses this run:"
        " `environment` is `dev`, expected `npm` (and 1 more)\n"
        "  environment: expected npm, actual dev\n"
        "  ref: expected refs/tags/v*, actual refs/heads/main\n"
        "hint: this publisher requires environment `npm`: name it on the job that publishes\n"
    )


def test_json_has_what_scripts_rely_on(signed_in, issuer, trusted):
    job = ci.github(issuer, environment="dev")

    ran = signed_in("exchange", trusted, "--dry-run", "--format", "json", **job)

    assert ran.json["schema"] == 1
    assert ran.json["command"] == "exchange"
    assert ran.json["summary"] == {"accepted": False}
    assert ran.json["accepted"] is False
    assert ran.json["publisher"] is None
    assert ran.json["mismatches"] == [{"claim": "environment", "expected": "npm", "actual": "dev"}]
    assert ran.json["hint"].startswith("this publisher requires environment `npm`")


def test_nothing_is_used_up(signed_in, running, issuer, trusted):
    token = id_token(issuer)

    first = signed_in("exchange", trusted, "--dry-run", NPM_ID_TOKEN=token)
    second = signed_in("exchange", trusted, "--dry-run", NPM_ID_TOKEN=token)

    assert (first.code, second.code) == (0, 0)
    assert running.events(trusted, "credential-issued") == []


def test_a_job_without_permission_is_told_which(signed_in, trusted):
    ran = signed_in("exchange", trusted, "--dry-run", **ci.github_without_permission())

    assert ran.code == 2
    assert ran.err.endswith(
        "error: this job has no ID token\nhint: the job needs `permissions: id-token: write`\n"
    )


def test_a_gitlab_job_has_its_token_in_a_variable(signed_in, running, issuer, maintainer, name):
    running.trust(name, by=maintainer, provider=Provider.GITLAB)

    assert signed_in("exchange", name, "--dry-run", **ci.gitlab(issuer)).code == 0


def test_no_token_is_ever_shown(signed_in, issuer, trusted):
    token = id_token(issuer)
    damaged = token[:-10] + "A" * 10

    for text in (token, damaged):
        ran = signed_in("exchange", trusted, "--dry-run", "-vv", NPM_ID_TOKEN=text)
        assert text.rpartition(".")[2] not in ran.out + ran.err


def test_without_any_configuration_the_ways_to_name_a_registry_are_told(imprint):
    ran = imprint("exchange", "@acme/widget", "--dry-run", NPM_ID_TOKEN="x")

    assert ran.code == 2
    assert ran.err == (
        "error: no configuration names a registry\n"
        "hint: name it with `--registry URL`, `npm_config_registry=URL`, or a line"
        " `registry=URL` in .npmrc\n"
    )


def test_a_registry_without_the_route_is_not_taken_for_a_refusal(imprint):
    with answering(404, b'{"error":"not_found"}') as server:
        ran = imprint("exchange", "a", "--dry-run", "--registry", server.url, NPM_ID_TOKEN="x")

    assert ran.code == 3
    assert ran.err.endswith(
        "error: this registry has no dry run of the exchange: nothing was checked\n"
        "hint: only imprint has one; with others `npm publish --dry-run` makes a real exchange and"
        " publishes nothing\n"
    )


def test_a_token_is_not_sent_on_where_a_registry_redirects(imprint):
    with answering() as elsewhere, answering(307, location=elsewhere.url) as server:
        ran = imprint("exchange", "a", "--dry-run", "--registry", server.url, NPM_ID_TOKEN="x")

    assert (ran.code, elsewhere.asked) == (2, [])
    assert f"redirects to `{elsewhere.url}`" in ran.err


def test_a_registry_that_fails_decided_nothing(imprint):
    with answering(503, b'{"message":"keys cannot be had"}') as server:
        ran = imprint("exchange", "a", "--dry-run", "--registry", server.url, NPM_ID_TOKEN="x")

    assert ran.code == 3
    assert f"error: `{server.url.rstrip('/')}` answered `503`: keys cannot be had\n" in ran.err


def test_a_registry_that_is_not_there_decided_nothing(imprint):
    url = "http://127.0.0.1:1/"

    ran = imprint("exchange", "a", "--dry-run", "--registry", url, NPM_ID_TOKEN="x")

    assert ran.code == 3
    assert "error: `http://127.0.0.1:1` does not answer: " in ran.err


def test_a_package_name_that_cannot_be_is_a_usage_error(imprint):
    assert imprint("exchange", "UPPER", "--dry-run").code == 2


# --- the exchange itself ------------------------------------------------------------------------


def test_a_credential_is_alone_on_stdout(signed_in, issuer, trusted):
    ran = signed_in("exchange", trusted, "-q", NPM_ID_TOKEN=id_token(issuer))

    found = parse_secret(ran.out.strip())
    assert found is not None
    assert (ran.code, found.kind, ran.err) == (0, SecretKind.PUBLISH_CREDENTIAL, "")


def test_github_is_told_to_hide_it_before_it_is_shown(signed_in, issuer, trusted):
    ran = signed_in("exchange", trusted, "-q", **ci.github(issuer))

    assert ran.err == f"::add-mask::{ran.out.strip()}\n"


def test_a_job_that_is_refused_gets_none(signed_in, issuer, trusted):
    ran = signed_in("exchange", trusted, "-q", **ci.github(issuer, environment="dev"))

    assert (ran.code, ran.out) == (1, "")
    assert "  environment: expected npm, actual dev\n" in ran.err


def test_for_npm_10_it_is_written_and_taken_out_again(signed_in, running, issuer, trusted):
    npmrc = signed_in.folder / "home" / ".npmrc"
    npmrc.write_text(f"registry={running.url}/\nfund=false\n")

    written = signed_in("exchange", trusted, "--write-npmrc", **ci.github(issuer))
    held = npmrc.read_text()
    back = signed_in("exchange", trusted, "--revoke")

    assert (written.code, written.out) == (0, f"wrote it to {npmrc}\n")
    assert f"//{running.host}/:_authToken=imp_p_" in held
    assert stat.S_IMODE(npmrc.stat().st_mode) == 0o600
    assert (back.code, back.out) == (0, f"revoked\ntook it out of {npmrc}\n")
    assert npmrc.read_text() == f"registry={running.url}/\nfund=false\n"


def test_a_long_lived_token_is_not_given_back(signed_in, running, name):
    ran = signed_in("exchange", name, "--revoke")

    assert ran.code == 1
    assert f"//{running.host}/:_authToken=" in (signed_in.folder / "home" / ".npmrc").read_text()


def test_without_a_credential_there_is_none_to_give_back(imprint, running):
    assert imprint("exchange", "a", "--revoke", "--registry", running.url).code == 2


def test_one_thing_at_a_time(imprint):
    assert imprint("exchange", "a", "--dry-run", "--revoke").code == 2


def test_an_answer_without_a_credential_is_no_success(imprint):
    with answering(201, b"{}") as server:
        ran = imprint("exchange", "a", "--registry", server.url, NPM_ID_TOKEN="x")

    assert (ran.code, ran.out) == (3, "")
    assert server.asked[0].path == "/-/npm/v1/oidc/token/exchange/package/a"


def test_it_asks_at_the_root_of_the_host_as_npm_does(imprint):
    with answering(201, b'{"token": "t"}') as server:
        ran = imprint("exchange", "@a/b", "--registry", f"{server.url}npm/", NPM_ID_TOKEN="x")

    assert (ran.code, ran.out) == (0, "t\n")
    assert server.asked[0].path == "/-/npm/v1/oidc/token/exchange/package/@a%2fb"
