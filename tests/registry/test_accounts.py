"""Accounts as npm knows them: login, whoami, profile, tokens, logout, and the second factor."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from imprint.publishers.credentials import SecretKind, parse_secret
from imprint.registry.authority import second_factor
from imprint.storage import users

PASSWORD = "correct horse battery"
USER = "/-/user/org.couchdb.user:maintainer"
TOKENS = "/-/npm/v1/tokens"


@pytest.fixture
def person(world, maintainer):
    """The maintainer, who has a password, which takes less work to try than a real one."""
    kdf = Argon2id(salt=b"s" * 16, length=32, iterations=1, lanes=1, memory_cost=64)
    with world.database.writing() as connection:
        hashed = kdf.derive_phc_encoded(PASSWORD.encode())
        users.set_password(connection, maintainer.id, hashed)
    return maintainer


def login(world, name="maintainer", password=PASSWORD, **headers):
    return world.request(
        "PUT",
        f"/-/user/org.couchdb.user:{name}",
        body={
            "_id": f"org.couchdb.user:{name}",
            "name": name,
            "password": password,
            "type": "user",
        },
        **headers,
    )


class TestLogin:
    def test_password_and_code_give_a_token_of_thirty_days(self, world, person):
        answer = login(world, npm_otp=world.otp(person))

        token = answer.json["token"]
        whoami = world.request("GET", "/-/whoami", token=token)
        world.clock.pass_(30 * 86_400)
        assert answer.status == 201
        assert parse_secret(token).kind is SecretKind.TOKEN
        assert whoami.json == {"username": "maintainer"}
        assert world.request("GET", "/-/whoami", token=token).code == "token-is-expired"

    def test_npm_asks_for_the_code_when_told_so(self, world, person):
        answer = login(world)

        assert (answer.status, answer.code) == (401, "second-factor-needed")
        assert answer.headers["www-authenticate"].upper() == "OTP"

    @pytest.mark.parametrize(
        ("name", "password"), [("maintainer", "wrong"), ("nobody", PASSWORD), ("maintainer", "")]
    )
    def test_nothing_tells_which_accounts_there_are(self, world, person, name, password):
        answer = login(world, name, password)

        assert (answer.status, answer.json["message"]) == (
            401,
            "the user name or the password is wrong",
        )

    def test_an_account_without_a_password_has_none_that_fits(self, world, maintainer):
        assert login(world).code == "wrong-password"

    def test_a_disabled_account_does_not_log_in(self, world, person):
        with world.database.writing() as connection:
            users.set_disabled(connection, person.id, at=world.clock())

        assert login(world, npm_otp=world.otp(person)).code == "wrong-password"

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"{}", b'{"name": "maintainer"}', b'{"name": "other", "password": "x"}'],
    )
    def test_a_body_of_another_form_is_refused(self, world, person, body):
        assert (world.request("PUT", USER, body=body).status) == 400

    def test_accounts_are_not_made_by_strangers_unless_that_is_open(self, world):
        assert login(world, "newcomer").code == "wrong-password"
        assert world.row_counts()["users"] == 0

    def test_where_it_is_open_an_account_is_made_once(self, world):
        world.serve(open_registration=True)

        first = login(world, "newcomer")
        again = login(world, "newcomer", "another password")

        assert (first.status, again.code) == (201, "wrong-password")
        assert world.events("user-created")[0]["user"] == "newcomer"

    @pytest.mark.parametrize(
        ("name", "password"),
        [("UPPER", PASSWORD), ("-x", PASSWORD), ("a" * 65, PASSWORD), ("fine", "short")],
    )
    def test_an_account_that_cannot_be_is_refused(self, world, name, password):
        world.serve(open_registration=True)

        assert login(world, name, password).status == 400

    @pytest.mark.stores
    def test_of_two_people_who_take_a_name_at_once_one_has_it(self, world):
        world.serve(open_registration=True)
        path = "/-/user/org.couchdb.user:newcomer"

        answers = world.together(
            *(
                world.send("PUT", path, body={"name": "newcomer", "password": f"password {n} long"})
                for n in range(2)
            )
        )

        assert min(answer.status for answer in answers) == 201
        assert {answer.status for answer in answers} <= {201, 401, 409}
        assert world.row_counts()["users"] == 1
        assert world.row_counts()["tokens"] == 1


class TestSecondFactor:
    def test_a_code_is_good_once(self, world, person):
        code = world.otp(person)
        first, again = login(world, npm_otp=code), login(world, npm_otp=code)

        assert (first.status, again.code) == (201, "second-factor-wrong")

    @pytest.mark.stores
    def test_of_eight_uses_of_a_code_at_once_one_is_good(self, world, person):
        code = world.otp(person)
        body = {"name": "maintainer", "password": PASSWORD}

        answers = world.together(
            *(world.send("PUT", USER, body=body, npm_otp=code) for _ in range(8))
        )

        assert sorted(answer.status for answer in answers) == [201] + [401] * 7

    @pytest.mark.parametrize(
        ("drift", "is_good"), [(-30, True), (0, True), (30, True), (-61, False), (90, False)]
    )
    def test_clocks_may_differ_by_one_step(self, world, person, drift, is_good):
        code = second_factor.code_at(person.totp, world.clock() + drift)

        assert (login(world, npm_otp=code).status == 201) is is_good

    def test_an_earlier_code_is_not_good_after_a_later_one(self, world, person):
        earlier = second_factor.code_at(person.totp, world.clock() - 30)
        login(world, npm_otp=world.otp(person))

        assert login(world, npm_otp=earlier).code == "second-factor-wrong"

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000\x00"])
    def test_what_is_no_code_is_wrong(self, world, person, code):
        assert login(world, npm_otp=code.encode().decode("latin-1")).status == 401

    def test_a_new_authenticator_makes_the_old_one_worthless(self, world, person):
        old = world.otp(person)
        with world.database.writing() as connection:
            user = users.user_of_id(connection, person.id)
            assert user is not None
            second_factor.enrol(world.registry, connection, user)

        assert login(world, npm_otp=old).code == "second-factor-wrong"

    def test_the_secret_is_sealed_in_the_database(self, world, person):
        with world.database.reading() as connection:
            kept = users.user_of_id(connection, person.id).totp_sealed

        assert person.totp not in bytes(kept or b"")


class TestWhoAmI:
    def test_nobody_is_told_that_a_token_is_needed(self, world):
        answer = world.request("GET", "/-/whoami")

        assert (answer.status, answer.code) == (401, "not-authenticated")

    def test_the_profile_says_whether_there_is_a_second_factor(self, world, maintainer):
        plain = world.person("plain", with_totp=False)

        answers = [
            world.request("GET", "/-/npm/v1/user", token=p.token).json for p in (maintainer, plain)
        ]

        assert [answer["tfa"] for answer in answers] == [
            {"mode": "auth-and-writes", "pending": False},
            False,
        ]
        assert answers[0]["name"] == "maintainer"

    def test_a_user_is_shown_to_users_alone(self, world, maintainer):
        shown = world.request("GET", USER, token=maintainer.token)
        unseen = world.request("GET", USER)

        assert shown.json["name"] == "maintainer"
        assert unseen.status == 401


class TestTokens:
    def create(self, world, person, *, otp=True, token=None, **body):
        headers = {"npm_otp": world.otp(person)} if otp else {}
        return world.request(
            "POST",
            TOKENS,
            body={"password": PASSWORD, **body},
            token=token or person.token,
            **headers,
        )

    def test_one_is_made_with_password_and_code_and_shown_once(self, world, person):
        answer = self.create(world, person, name="ci", expires=3, packages=["@acme/widget"])

        listed = world.request("GET", TOKENS, token=person.token).json["objects"]
        assert answer.status == 201
        assert answer.json["expires"] == "2026-11-21T11:06:40.000Z"
        assert answer.json["packages"] == ["@acme/widget"]
        assert {item["name"] for item in listed} == {"test", "ci"}
        assert answer.json["token"] not in str(listed)

    @pytest.mark.parametrize(
        ("asked", "permission"),
        [
            ({"readonly": True}, "read-only"),
            ({}, "read-write"),
            ({"packages_and_scopes_permission": "read-write-stage-only"}, "stage-only"),
            ({"packages_and_scopes_permission": "read-only"}, "read-only"),
        ],
    )
    def test_it_has_the_permission_that_was_asked_for(self, world, person, asked, permission):
        assert self.create(world, person, **asked).json["permission"] == permission

    def test_scopes_are_patterns(self, world, person):
        token = self.create(world, person, scopes=["@acme"]).json["token"]

        answers = [world.put(token, name) for name in ("@acme/widget", "@other/widget")]

        assert [answer.status for answer in answers] == [201, 403]

    def test_a_wrong_password_or_no_code_makes_none(self, world, person):
        before = world.row_counts()["tokens"]

        wrong = self.create(world, person, password="wrong")
        without = self.create(world, person, otp=False)

        assert (wrong.code, without.code) == ("wrong-password", "second-factor-needed")
        assert world.row_counts()["tokens"] == before

    @pytest.mark.parametrize(
        "body",
        [
            {"expires": 0},
            {"expires": 91},
            {"expires": -1},
            {"packages_and_scopes_permission": "all"},
            {"packages": "x"},
        ],
    )
    def test_one_that_cannot_be_is_refused(self, world, person, body):
        answer = self.create(world, person, **body)

        assert (answer.status, answer.code) == (400, "malformed-body")

    def test_one_is_revoked_by_its_key_at_once(self, world, person):
        made = self.create(world, person).json

        revoked = world.request("DELETE", f"{TOKENS}/token/{made['key']}", token=person.token)
        again = world.request("DELETE", f"{TOKENS}/token/{made['key']}", token=person.token)

        assert (revoked.status, again.status) == (204, 404)
        assert world.request("GET", "/-/whoami", token=made["token"]).code == "unknown-token"

    def test_nobody_revokes_anothers(self, world, person):
        made = self.create(world, person).json
        stranger = world.person("stranger")

        answer = world.request("DELETE", f"{TOKENS}/token/{made['key']}", token=stranger.token)

        assert answer.status == 404
        assert world.request("GET", "/-/whoami", token=made["token"]).status == 200

    def test_logging_out_revokes_that_token_alone(self, world, person):
        made = self.create(world, person).json["token"]

        answer = world.request("DELETE", f"/-/user/token/{made}", token=made)

        assert answer.status == 200
        assert world.request("GET", "/-/whoami", token=made).status == 401
        assert world.request("GET", "/-/whoami", token=person.token).status == 200

    def test_when_one_was_last_used_is_noted(self, world, person):
        world.clock.pass_(5000)
        world.put(person.token)

        (item,) = world.request("GET", TOKENS, token=person.token).json["objects"]
        assert item["updated"] > item["created"]


class TestAccess:
    ACCESS = "/-/package/@acme%2fwidget/access"

    def test_a_package_is_restricted_at_once_and_opened_with_a_code(self, world, widget):
        closed = world.request(
            "POST", self.ACCESS, body={"access": "restricted"}, token=widget.token
        )
        hidden = world.packument().status
        without = world.request("POST", self.ACCESS, body={"access": "public"}, token=widget.token)
        opened = world.request(
            "POST",
            self.ACCESS,
            body={"access": "public"},
            token=widget.token,
            npm_otp=world.otp(widget),
        )

        assert (closed.status, hidden, without.status, opened.status) == (200, 404, 401, 200)
        assert world.packument().status == 200

    def test_what_is_set_is_shown_to_owners(self, world, widget):
        stranger = world.person("stranger")

        shown = world.request("GET", self.ACCESS, token=widget.token)
        unseen = world.request("GET", self.ACCESS, token=stranger.token)

        assert shown.json["access"] == "public"
        assert shown.json["token_rule"] == "default"
        assert unseen.status == 403

    def test_collaborators_are_the_owners(self, world, widget):
        path = "/-/package/@acme%2fwidget/collaborators"

        assert world.request("GET", path, token=widget.token).json == {"maintainer": "write"}

    @pytest.mark.parametrize("name", ["@acme%2fwidget", "@acme%2fnothing"])
    def test_visibility_is_the_same_answer_for_a_package_and_for_none(self, world, widget, name):
        answer = world.request("GET", f"/-/package/{name}/visibility")

        assert (answer.status, answer.json) == (200, {"public": False})
