"""`npm trust`: who may add, list and revoke trusted publishers, and what is refused."""

from __future__ import annotations

import json

import pytest

from imprint.registry.trust import publishers as use_cases
from imprint.storage import publishers, users

TRUST = "/-/package/@acme%2fwidget/trust"


def entry(**changes):
    return {
        "type": "github",
        "claims": {"repository": "acme/rocket", "workflow_ref": {"file": "release.yml"}},
        "permissions": ["createPackage", "createStagedPackage"],
        **changes,
    }


@pytest.fixture
def add(world, widget):
    """Posts npm's body, by the owner with a fresh code unless said otherwise."""

    def send(body=None, *, token=widget.token, path=TRUST, **headers):
        headers.setdefault("npm_otp", world.otp(widget))
        return world.request(
            "POST", path, body=[entry()] if body is None else body, token=token, **headers
        )

    return send


@pytest.fixture
def open_window(world, widget):
    """The five minutes in which no further code is asked for."""
    answer = world.request("GET", TRUST, token=widget.token, npm_otp=world.otp(widget))
    assert answer.status == 200


class TestWho:
    @pytest.mark.case("K01")
    def test_nobody_without_a_token(self, world, add):
        answer = add(token=None)

        assert (answer.status, answer.code) == (401, "not-authenticated")

    @pytest.mark.case("K01")
    def test_nobody_who_does_not_own_the_package(self, world, add):
        stranger = world.person("stranger")

        answer = add(token=stranger.token, npm_otp=world.otp(stranger))

        assert (answer.status, answer.code) == (403, "not-an-owner")

    @pytest.mark.case("K01")
    def test_nobody_without_a_second_factor(self, world, add):
        plain = world.person("plain", with_totp=False)
        world.put(plain.token, "@acme/gadget")

        answer = add(token=plain.token, path="/-/package/@acme%2fgadget/trust")

        assert (answer.status, answer.code) == (403, "second-factor-not-enrolled")
        assert "Please enable 2fa" in answer.json["message"]

    @pytest.mark.case("K01")
    def test_no_owner_without_a_code(self, world, widget):
        answers = [
            world.request("POST", TRUST, body=[entry()], token=widget.token),
            world.request("GET", TRUST, token=widget.token),
            world.request("DELETE", f"{TRUST}/x", token=widget.token),
        ]

        assert [(a.status, a.code) for a in answers] == [(401, "second-factor-needed")] * 3
        assert {a.headers["www-authenticate"].upper() for a in answers} == {"OTP"}

    @pytest.mark.case("K01")
    @pytest.mark.parametrize(
        ("permission", "targets"),
        [
            ("read-only", ()),
            ("stage-only", ()),
            ("read-write", ("@acme/gadget",)),
            ("read-write", ("@other/*",)),
        ],
    )
    def test_no_token_that_may_not_write_this_package(
        self, world, add, widget, permission, targets
    ):
        token = world.token_of(widget, permission=permission, targets=targets)

        answer = add(token=token)

        assert (answer.status, answer.code) == (403, "token-permission")
        assert world.row_counts()["publishers"] == 0

    @pytest.mark.case("K01")
    def test_no_publish_credential(self, world, widget):
        world.trust()

        answer = world.request("POST", TRUST, body=[entry()], token=world.credential())

        assert (answer.status, answer.code) == (403, "outside-package")

    @pytest.mark.case("K01")
    def test_no_disabled_account(self, world, add, widget):
        with world.database.writing() as connection:
            users.set_disabled(connection, widget.id, at=world.clock())

        assert add().code == "user-disabled"

    def test_an_owner_with_a_code(self, world, add):
        answer = add()

        (added,) = answer.json
        assert answer.status == 201
        assert added["type"] == "github"
        assert added["claims"] == {
            "repository": "acme/rocket",
            "workflow_ref": {"file": "release.yml"},
        }
        assert sorted(added["permissions"]) == ["createPackage", "createStagedPackage"]

    def test_an_administrator_who_owns_nothing(self, world, add):
        admin = world.person("admin", is_admin=True)

        answer = add(token=admin.token, npm_otp=world.otp(admin))

        assert answer.status == 201

    def test_one_code_opens_five_minutes(self, world, widget, open_window):
        world.clock.pass_(299)
        inside = world.request("GET", TRUST, token=widget.token)
        world.clock.pass_(2)

        outside = world.request("GET", TRUST, token=widget.token)

        assert (inside.status, outside.status) == (200, 401)

    def test_the_window_of_one_token_is_not_anothers(self, world, widget, open_window):
        answer = world.request("GET", TRUST, token=world.token_of(widget))

        assert answer.code == "second-factor-needed"


class TestWhat:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"{}",
            b"[]",
            b"[1]",
            json.dumps([entry(), entry()]).encode(),
            json.dumps([entry(type="gitea")]).encode(),
            json.dumps([entry(permissions=[])]).encode(),
            json.dumps([entry(permissions=["everything"])]).encode(),
            json.dumps([entry(surprise=1)]).encode(),
            json.dumps([entry(claims={"repository": "acme/rocket"})]).encode(),
            json.dumps([entry(imprint={"unknown": True})]).encode(),
            json.dumps([entry(imprint={"repository_id": "901"})]).encode(),
            json.dumps([entry(imprint={"issuer": "nobody"})]).encode(),
            b"[" * 50_000 + b"]" * 50_000,
        ],
    )
    def test_a_body_that_says_no_publisher_is_refused_and_leaves_nothing(self, world, add, body):
        before = world.row_counts()

        answer = add(body)

        assert answer.status == 400
        assert answer.json["message"].isprintable()
        assert world.row_counts() == before

    @pytest.mark.case("K03")
    @pytest.mark.parametrize(
        "claims",
        [
            {"repository": "acme/rocket", "workflow_ref": {"file": "release.yml"}},
            {"repository": "ACME/Rocket", "workflow_ref": {"file": "release.yml"}},
            {
                "repository": "acme/rocket",
                "workflow_ref": {"file": ".github/workflows/release.yml"},
            },
        ],
    )
    def test_the_same_publisher_in_another_spelling_is_there_already(self, world, add, claims):
        add()

        answer = add([entry(claims=claims)])

        assert (answer.status, answer.code) == (409, "publisher-exists")
        assert answer.json["message"].startswith("trusted publisher config already exists")

    @pytest.mark.case("K04")
    def test_the_same_repository_under_new_ids_is_another_publisher(self, world, add):
        add([entry(imprint={"repository_id": "901", "owner_id": "42"})])

        answer = add([entry(imprint={"repository_id": "902", "owner_id": "43"})])

        assert answer.status == 201
        assert world.row_counts()["publishers"] == 2

    def test_what_the_stock_client_cannot_say_is_kept_and_shown(self, world, add, widget):
        extension = {
            "repository_id": "901",
            "owner_id": "42",
            "refs": ["refs/tags/v*"],
            "tag_template": "v{{version}}",
            "dist_tags": ["latest"],
        }

        add([entry(imprint=extension)])

        (shown,) = world.request("GET", TRUST, token=widget.token).json
        assert {name: shown["imprint"][name] for name in extension} == extension
        assert shown["imprint"]["state"] == "active"

    @pytest.mark.case("K10")
    def test_one_person_makes_no_more_than_a_hundred_a_day(self, world, add, widget):
        for n in range(use_cases.MAX_PER_DAY):
            world.trust(by=widget, environment=f"environment-{n}")

        refused = add()
        world.clock.pass_(86_401)
        accepted = add()

        assert (refused.status, refused.code) == (429, "too-many-publishers")
        assert refused.headers["retry-after"] == "86400"
        assert accepted.status == 201


class TestRevoking:
    @pytest.mark.case("K05")
    def test_what_publishes_another_package_stays(self, world, widget, open_window):
        world.put(widget.token, "@acme/gadget")
        here, there = world.trust(), world.trust("@acme/gadget")

        answer = world.request("DELETE", f"{TRUST}/{here.id}", token=widget.token)

        assert answer.status == 204
        assert world.exchange().status == 404
        assert world.exchange(package="@acme/gadget").status == 201
        with world.database.reading() as connection:
            assert publishers.find(connection, there.id) is not None

    @pytest.mark.case("K06")
    def test_the_id_of_another_package_is_not_found(self, world, widget, open_window):
        world.put(world.person("other").token, "@acme/gadget")
        there = world.trust("@acme/gadget")

        answer = world.request("DELETE", f"{TRUST}/{there.id}", token=widget.token)

        assert (answer.status, answer.code) == (404, "no-such-publisher")
        assert world.row_counts()["publishers"] == 1

    @pytest.mark.case("K06")
    @pytest.mark.parametrize(
        "publisher_id", ["x", "00000000-0000-4000-8000-000000000000", "%2e%2e"]
    )
    def test_an_id_that_is_none_is_not_found(self, world, widget, open_window, publisher_id):
        answer = world.request("DELETE", f"{TRUST}/{publisher_id}", token=widget.token)

        assert answer.status == 404

    @pytest.mark.case("H10")
    def test_revoking_kills_credentials_and_owners_are_told(self, world, widget, open_window):
        publisher = world.trust()
        credential = world.credential()

        world.request("DELETE", f"{TRUST}/{publisher.id}", token=widget.token)

        assert world.put(credential).code == "publisher-changed"
        assert len(world.mails("publisher-removed")) == 1
        assert world.events("publisher-removed")[0]["publisher.id"] == publisher.id

    def test_a_pattern_is_not_revoked_through_one_of_its_packages(self, world, widget, open_window):
        pattern = world.trust("@acme/*")

        answer = world.request("DELETE", f"{TRUST}/{pattern.id}", token=widget.token)

        assert answer.status == 404


class TestListing:
    @pytest.mark.case("K09")
    def test_an_owner_sees_what_applies_to_the_package(self, world, widget, open_window):
        world.put(widget.token, "@acme/gadget")
        world.trust("@acme/gadget")
        expected = [world.trust().id, world.trust("@acme/*").id]

        listed = world.request("GET", TRUST, token=widget.token).json

        assert sorted(item["id"] for item in listed) == sorted(expected)

    @pytest.mark.case("K09")
    def test_a_stranger_sees_nothing(self, world, widget):
        world.trust()
        stranger = world.person("stranger")

        answer = world.request("GET", TRUST, token=stranger.token, npm_otp=world.otp(stranger))

        assert (answer.status, answer.code) == (403, "not-an-owner")

    @pytest.mark.case("K09")
    def test_a_token_for_other_packages_sees_nothing(self, world, widget):
        world.trust()
        token = world.token_of(widget, targets=("@acme/gadget",))

        answer = world.request("GET", TRUST, token=token, npm_otp=world.otp(widget))

        assert (answer.status, answer.code) == (403, "token-permission")


def test_owners_are_told_of_a_new_publisher(world, add):
    add()

    (mail,) = world.mails("publisher-added")
    assert mail["recipient"] == "maintainer@acme.example.test"
    assert mail["publisher"] == "github acme/rocket release.yml, unpinned"
