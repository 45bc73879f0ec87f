"""Texts that some engine or client chokes on: refused or kept, and the same on every store."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from imprint.registry.authority.passwords import hash_password
from imprint.storage import users
from tests.support.tarballs import tarball

pytestmark = pytest.mark.stores

PASSWORD = "correct horse battery"
NUL = "a\x00b"
LONG = "x" * 500


@pytest.fixture
def with_password(world, widget):
    with world.database.writing() as connection:
        users.set_password(connection, widget.id, hash_password(PASSWORD, salt=b"s" * 16))
    return widget


@pytest.mark.parametrize("name", [NUL, "é", "💥", LONG, "'; DROP TABLE users; --", "%", "_"])
def test_a_user_of_an_odd_name_is_not_found(world, widget, name):
    path = f"/-/user/org.couchdb.user:{quote(name, safe='')}"

    shown = world.request("GET", path, token=widget.token)
    login = world.request("PUT", path, body={"name": name, "password": "x"})

    assert shown.status in (400, 404)
    assert login.status in (400, 401)


@pytest.mark.parametrize("key", ["%00", "é", LONG, "..", "%2e%2e%2f"])
def test_a_token_of_an_odd_key_is_not_found(world, widget, key):
    answers = [
        world.request(
            "DELETE", f"/-/npm/v1/tokens/token/{quote(key, safe='%')}", token=widget.token
        ),
        world.request("DELETE", f"/-/user/token/{quote(key, safe='%')}", token=widget.token),
    ]

    assert {answer.status for answer in answers} <= {400, 404}


@pytest.mark.parametrize("name", [NUL, "💥", LONG])
def test_a_token_of_an_odd_name_is_made_or_refused(world, with_password, name):
    answer = world.request(
        "POST",
        "/-/npm/v1/tokens",
        body={"password": PASSWORD, "name": name, "packages": [NUL, LONG]},
        token=with_password.token,
        npm_otp=world.otp(with_password),
    )

    assert answer.status in (201, 400)


@pytest.mark.parametrize(
    "email", [NUL, LONG, "no address", "a@b.example.test\n", "a@b.example.test"]
)
def test_an_account_with_an_odd_address_is_made_or_refused(world, email):
    world.serve(open_registration=True)

    answer = world.request(
        "PUT",
        "/-/user/org.couchdb.user:newcomer",
        body={"name": "newcomer", "password": PASSWORD, "email": email},
    )

    assert answer.status == (201 if email == "a@b.example.test" else 400)


@pytest.mark.parametrize("message", [NUL, "💥", "x" * 1024, "\ud83d\ude00"])
def test_an_odd_deprecation_is_kept_or_refused(world, widget, message):
    document = world.request("GET", "/@acme%2fwidget?write=true").json
    document["versions"]["0.1.0"]["deprecated"] = message

    answer = world.request(
        "PUT", "/@acme%2fwidget", body=json.dumps(document).encode(), token=widget.token
    )

    assert answer.status == (400 if message == NUL else 200)


@pytest.mark.parametrize("name", [NUL, "💥", LONG])
def test_owners_of_odd_names_are_not_found(world, widget, name):
    answer = world.request(
        "PUT",
        "/@acme%2fwidget/-rev/1",
        body={"_id": "@acme/widget", "maintainers": [{"name": name}]},
        token=widget.token,
        npm_otp=world.otp(widget),
    )

    assert answer.status in (400, 404)


@pytest.mark.parametrize("readme", [b"\x00", b"\xff\xfe", "💥".encode(), b"x" * 100_000])
def test_an_odd_readme_is_kept_as_text(world, widget, readme):
    answer = world.put(widget.token, data=tarball(files={"package/README.md": b"# " + readme}))

    kept = world.packument().json["readme"]
    assert answer.status == 201
    assert kept.startswith("# ")
    assert "\x00" not in kept


@pytest.mark.parametrize("text", [NUL, "💥", LONG])
def test_odd_texts_of_a_manifest_are_served_as_they_are(world, widget, text):
    answer = world.put(widget.token, data=tarball(description=text, keywords=[text]))

    assert answer.status == 201
    assert world.packument().json["versions"]["1.0.0"]["description"] == text


@pytest.mark.parametrize("claim", ["ref", "environment", "actor", "sha", "run_id", "event_name"])
@pytest.mark.parametrize("text", [NUL, "💥", LONG])
def test_an_odd_claim_is_recorded_or_refused(world, widget, claim, text):
    world.trust()

    answer = world.exchange(world.sign(world.claims(**{claim: text})))

    assert answer.status in (201, 400, 403)
    assert answer.notice.isascii()
    assert world.events()[-1]["kind"] in ("exchange-minted", "exchange-refused", "publisher-added")


def test_a_run_that_needs_a_long_description_can_be_staged(world, widget):
    world.trust(
        permissions=("stage",),
        environment="npm",
        refs=("refs/tags/v*", *(f"refs/tags/a-release-with-a-long-name-{n}-*" for n in range(30))),
    )

    answer = world.stage(world.credential())

    assert answer.status == 201


def test_an_odd_user_agent_is_kept(world, widget):
    world.trust()
    path = "/-/npm/v1/oidc/token/exchange/package/@acme%2fwidget"

    answer = world.request("POST", path, token=world.sign(), user_agent="x" * 1000)

    assert answer.status == 201
    assert world.audit()[0]["user_agent"] == "x" * 300
