"""Our own routes: health, audience, dry run, revocation, and the envelope of every refusal."""

from __future__ import annotations

import shutil

import pytest

from imprint.storage import switches
from tests.support.claims import AUDIENCE

CHECK = "/-/imprint/v1/exchange/check/package/"
CREDENTIAL = "/-/imprint/v1/credential"
AUDIENCES = "/-/imprint/v1/audience"


def test_health_asks_nothing(site):
    site.database.close()

    assert site.request("GET", "/-/imprint/health").json == {"status": "ok"}


def test_ready_asks_the_stores(site):
    assert site.request("GET", "/-/imprint/ready").json == {"status": "ok"}


def test_not_ready_without_blobs(site):
    shutil.rmtree(site.folder / "blobs")

    answer = site.request("GET", "/-/imprint/ready")

    assert (answer.status, answer.code) == (503, "blobs-unavailable")
    assert answer.json["error"] == answer.json["message"] == answer.json["body"]["message"]
    assert answer.notice == "the blob store does not answer"


def test_a_database_that_does_not_answer_is_one_503(site):
    site.database.close()
    for path in site.folder.glob("imprint.sqlite3*"):
        path.unlink()
    (site.folder / "imprint.sqlite3").mkdir()

    answer = site.request("GET", AUDIENCES)

    assert (answer.status, answer.code) == (503, "database-unavailable")


@pytest.mark.case("B15")
def test_the_audience_is_told_before_a_token_is_asked_for(site):
    answer = site.request("GET", AUDIENCES)

    assert answer.json == {"audience": AUDIENCE, "audiences": [AUDIENCE]}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.case("B15", "L05")
def test_no_audience_while_the_exchange_is_off(site):
    with site.database.writing() as connection:
        switches.switch_off(
            connection, kind="exchange", target="", reason="an issuer was broken into", now=1.0
        )

    answer = site.request("GET", AUDIENCES)

    assert (answer.status, answer.code) == (403, "exchange-switched-off")
    assert answer.json["message"] == "the exchange is switched off: an issuer was broken into"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/-/imprint/health"),
        ("GET", CREDENTIAL),
        ("GET", CHECK + "@acme/widget"),
        ("DELETE", "/-/imprint/"),
    ],
)
def test_other_methods_are_refused_in_the_envelope(site, method, path):
    answer = site.request(method, path)

    assert (answer.status, answer.code) == (405, "method-not-allowed")
    assert answer.json["message"] == f"this path does not take `{method}`"


def test_other_paths_are_no_routes(site):
    answer = site.request("GET", "/-/imprint/v1/nothing")

    assert (answer.status, answer.code) == (404, "no-route")


def test_head_has_the_headers_alone(site):
    answer = site.request("HEAD", "/-/imprint/health")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == "15"


def test_a_body_that_nobody_wants_is_bounded(site):
    answer = site.request("POST", CHECK + "@acme/widget", body=b"x" * 70_000)

    assert (answer.status, answer.code) == (413, "body-too-large")


@pytest.mark.case("L08")
def test_the_dry_run_says_who_would_be_accepted_and_uses_nothing_up(site):
    site.trust(by=site.person())
    id_token = site.sign()

    first = site.request("POST", CHECK + "@acme/widget", token=id_token)
    second = site.request("POST", CHECK + "@acme%2fwidget", token=id_token)

    assert first.status == 200
    assert first.json["accepted"] is True
    assert first.json["publisher"] == "github acme/rocket release.yml"
    assert first.json == second.json
    assert site.exchange(id_token).status == 201


@pytest.mark.case("L08")
def test_the_dry_run_refuses_as_the_exchange_does(site):
    site.trust(by=site.person(), environment="release")

    checked = site.request("POST", CHECK + "@acme/widget", token=site.sign())
    exchanged = site.exchange()

    assert (checked.status, checked.code) == (exchanged.status, exchanged.code)
    assert checked.json["mismatches"] == [
        {"claim": "environment", "expected": "release", "actual": "npm"}
    ]
    assert checked.json == exchanged.json


def test_the_dry_run_of_no_package_name_is_bad_input(site):
    answer = site.request("POST", CHECK + "UPPER", token=site.sign())

    assert (answer.status, answer.code) == (400, "invalid-package-name")


@pytest.mark.case("H15")
def test_a_credential_is_given_back(site):
    site.trust(by=site.person())
    credential = site.credential()

    first = site.request("DELETE", CREDENTIAL, token=credential)
    second = site.request("DELETE", CREDENTIAL, token=credential)

    assert (first.status, first.body, second.status) == (204, b"", 204)
    assert site.put(credential).code == "credential-revoked"
    assert len(site.events("credential-revoked")) == 1


@pytest.mark.case("H15")
def test_nobody_learns_which_credentials_there_are(site):
    site.trust(by=site.person())
    credential = site.credential()
    unknown = type(site)(site.folder / "other")
    unknown.app = type(site.app)(unknown.app)

    answer = unknown.request("DELETE", CREDENTIAL, token=credential)
    unknown.close()

    assert answer.status == 204


@pytest.mark.case("H15")
@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "not-authenticated"),
        ("imp_p_damaged", "damaged-token"),
        ("ghs_" + "a" * 36, "forge-token"),
    ],
)
def test_what_is_no_credential_is_refused(site, token, code):
    answer = site.request("DELETE", CREDENTIAL, token=token)

    assert (answer.status, answer.code) == (401, code)


def test_a_long_lived_token_is_not_revoked_here(site):
    person = site.person()

    answer = site.request("DELETE", CREDENTIAL, token=person.token)

    assert (answer.status, answer.code) == (403, "not-a-credential")
    assert site.request("GET", "/-/whoami", token=person.token).json == {"username": person.name}
