"""A long-lived token is never a silent fall-back: where it may publish, and who may change that."""

from __future__ import annotations

import pytest

from imprint.registry.administration import rules
from imprint.registry.recent import FOLLOW_SECONDS
from imprint.storage import users

ACCESS = "/-/package/@acme%2fwidget/access"
DISALLOW = {"publish_requires_tfa": True}
ALLOW = {"publish_requires_tfa": True, "automation_token_overrides_tfa": True}
DEFAULT = {"publish_requires_tfa": False}


@pytest.fixture
def set_access(world, widget):
    def send(body, *, with_code=True, by=widget):
        headers = {"npm_otp": world.otp(by)} if with_code else {}
        return world.request("POST", ACCESS, body=body, token=by.token, **headers)

    return send


def disallow(world, level, target=""):
    refusal = rules.set_tokens_allowed(
        world.registry, level=level, target=target, allowed=False, by="operator"
    )
    assert refusal is None


class TestDisallowed:
    @pytest.mark.case("I02")
    @pytest.mark.parametrize(
        ("level", "target", "whose"),
        [
            ("registry", "", "this registry takes trusted publishers only"),
            ("scope", "@acme", "the scope `@acme` takes trusted publishers only"),
            ("owner", "maintainer", "packages of `maintainer` take trusted publishers only"),
        ],
    )
    def test_a_rule_above_the_package_refuses_tokens_before_any_publisher_exists(
        self, world, widget, level, target, whose
    ):
        disallow(world, level, target)

        answer = world.put(widget.token)

        assert (answer.status, answer.code) == (403, "tokens-disallowed")
        assert answer.json["message"] == f"tokens cannot publish `@acme/widget`: {whose}"

    @pytest.mark.case("I02")
    @pytest.mark.parametrize("level", ["registry", "scope", "owner"])
    def test_a_rule_above_refuses_tokens_for_names_to_come(self, world, maintainer, level):
        disallow(world, level, {"registry": "", "scope": "@acme", "owner": "maintainer"}[level])

        answer = world.put(maintainer.token, "@acme/brand-new")

        assert (answer.status, answer.code) == (403, "tokens-disallowed")
        assert world.row_counts()["packages"] == 0

    @pytest.mark.case("I02")
    @pytest.mark.parametrize("level", ["registry", "scope", "owner"])
    def test_a_run_publishes_where_tokens_cannot(self, world, widget, level):
        world.trust()
        disallow(world, level, {"registry": "", "scope": "@acme", "owner": "maintainer"}[level])

        assert world.put(world.credential()).status == 201

    def test_a_rule_for_one_scope_or_owner_leaves_the_others_alone(self, world, maintainer):
        other = world.person("other")
        disallow(world, "scope", "@elsewhere")
        disallow(world, "owner", "maintainer")

        answers = [world.put(other.token, "@acme/gadget"), world.put(maintainer.token, "@acme/x")]

        assert [answer.status for answer in answers] == [201, 403]

    def test_an_owners_opt_in_does_not_lift_a_rule_above(self, world, set_access, widget):
        set_access(ALLOW)
        disallow(world, "scope", "@acme")

        assert world.put(widget.token).code == "tokens-disallowed"

    @pytest.mark.case("I02")
    def test_an_owner_disallows_tokens_for_one_package(self, world, set_access, widget):
        set_access(DISALLOW, with_code=False)

        answer = world.put(widget.token)

        assert (answer.status, answer.code) == (403, "tokens-disallowed")
        assert answer.json["hint"] == "publish from the CI workflow that is its trusted publisher"


class TestBesidePublishers:
    def test_a_token_cannot_publish_beside_a_publisher(self, world, widget):
        world.trust()

        answer = world.put(widget.token)

        assert (answer.status, answer.code) == (403, "token-beside-publisher")
        assert answer.json["message"] == (
            "a token cannot publish `@acme/widget`: it has a trusted publisher,"
            " and its owner did not opt in to tokens beside it"
        )

    def test_a_publisher_of_the_whole_scope_counts(self, world, widget):
        world.trust("@acme/*")

        assert world.put(widget.token).code == "token-beside-publisher"

    def test_somebodys_pending_publisher_closes_nothing(self, world, maintainer):
        world.trust("@acme/brand-new", by=world.person("other"))

        assert world.put(maintainer.token, "@acme/brand-new").status == 201

    @pytest.mark.case("I04")
    def test_an_opted_in_token_publishes_and_is_told_of_once(self, world, set_access, widget):
        world.trust()
        set_access(ALLOW)

        answers = [world.put(widget.token, version=f"1.0.{n}") for n in range(3)]

        assert [answer.status for answer in answers] == [201] * 3
        assert len(world.events("token-beside-publisher")) == 3
        assert len(world.mails("token-beside-publisher")) == 1

    @pytest.mark.case("I04")
    def test_another_token_is_told_of_again(self, world, set_access, widget):
        world.trust()
        set_access(ALLOW)
        world.put(widget.token)

        world.put(world.token_of(widget), version="1.0.1")

        assert len(world.mails("token-beside-publisher")) == 2


class TestChangingTheRule:
    @pytest.mark.case("I03")
    def test_tightening_needs_no_second_factor_and_owners_are_told(self, world, set_access):
        answer = set_access(DISALLOW, with_code=False)

        assert (answer.status, answer.json["token_rule"]) == (200, "disallowed")
        assert len(world.mails("access-changed")) == 1
        (event,) = world.events("access-changed")
        assert event["before"]["token_rule"] == "default"
        assert event["after"]["token_rule"] == "disallowed"

    @pytest.mark.case("I03")
    @pytest.mark.parametrize(
        ("before", "after"), [(DISALLOW, DEFAULT), (DISALLOW, ALLOW), (DEFAULT, ALLOW)]
    )
    def test_loosening_needs_a_one_time_password(self, world, set_access, before, after):
        set_access(before, with_code=False)

        refused = set_access(after, with_code=False)
        accepted = set_access(after)

        assert (refused.status, refused.code) == (401, "second-factor-needed")
        assert refused.headers["www-authenticate"].upper() == "OTP"
        assert accepted.status == 200

    @pytest.mark.case("I03")
    def test_loosening_without_an_enrolled_second_factor_is_refused(self, world, maintainer):
        person = world.person("plain", with_totp=False)
        world.put(person.token, "@acme/gadget")

        answer = world.request(
            "POST", "/-/package/@acme%2fgadget/access", body=ALLOW, token=person.token
        )

        assert (answer.status, answer.code) == (403, "second-factor-not-enrolled")

    @pytest.mark.case("I03")
    def test_nobody_but_an_owner_changes_it(self, world, set_access):
        stranger = world.person("stranger")

        answer = set_access(DISALLOW, by=stranger)

        assert (answer.status, answer.code) == (403, "not-an-owner")

    @pytest.mark.case("I03")
    def test_a_token_that_may_not_publish_cannot_loosen_it_alone(self, world, set_access, widget):
        set_access(DISALLOW, with_code=False)
        set_access(DEFAULT, with_code=False)

        assert world.put(widget.token).code == "tokens-disallowed"

    def test_a_body_of_another_form_changes_nothing(self, world, set_access):
        before = world.row_counts()

        bodies: tuple[object, ...] = ([], {"access": "everybody"}, {"access": 7})
        answers = [set_access(body) for body in bodies]

        assert [(a.status, a.code) for a in answers] == [(400, "malformed-body")] * 3
        assert world.row_counts() == before


class TestAfterAFailedExchange:
    @pytest.fixture
    def failed(self, world, widget):
        """An exchange that the environment spoilt."""
        world.trust(environment="production")
        answer = world.exchange()
        assert answer.status == 403
        return answer.json["message"]

    @pytest.mark.case("I05")
    def test_the_token_that_follows_is_refused_with_the_cause(self, world, widget, failed):
        answer = world.put(widget.token)

        assert (answer.status, answer.code) == (403, "token-after-failed-exchange")
        assert failed in answer.json["message"]
        assert "fell back to a token" in answer.json["message"]

    @pytest.mark.case("I05")
    def test_an_opted_in_token_publishes_and_the_owners_are_told(
        self, world, set_access, widget, failed
    ):
        set_access(ALLOW)

        answer = world.put(widget.token)

        assert answer.status == 201
        assert failed in answer.notice
        assert world.events("token-after-failed-exchange")[0]["exchange"] == failed
        assert len(world.mails("token-after-failed-exchange")) == 1

    @pytest.mark.case("I05")
    def test_pnpm_that_sends_the_publication_without_a_token_reads_the_cause(
        self, world, widget, failed
    ):
        answer = world.put(None)

        assert (answer.status, answer.code) == (401, "not-authenticated")
        assert failed in answer.json["message"]

    @pytest.mark.case("I05")
    @pytest.mark.parametrize("token", ["XXXXX-XXXXX-XXXXX-XXXXX", "${NPM_TOKEN}"])
    def test_npm_that_sends_a_placeholder_reads_the_cause(self, world, widget, failed, token):
        answer = world.put(token)

        assert answer.status == 401
        assert failed in answer.json["message"]

    @pytest.mark.case("I05")
    @pytest.mark.parametrize("id_token", ["garbage", "eyJ.eyJ.x"])
    def test_an_exchange_of_something_unreadable_counts_as_well(self, world, widget, id_token):
        world.trust()
        world.exchange(id_token)

        assert world.put(widget.token).code == "token-after-failed-exchange"

    def test_somebody_elses_failed_exchange_is_not_held_against_a_token(
        self, world, widget, failed
    ):
        assert world.put(widget.token, address="198.51.100.7").code == "token-beside-publisher"

    def test_a_failed_exchange_is_forgotten_in_time(self, world, widget, failed):
        world.clock.pass_(FOLLOW_SECONDS + 1)

        assert world.put(widget.token).code == "token-beside-publisher"

    def test_a_failed_exchange_is_forgotten_when_a_later_one_succeeds(self, world, widget, failed):
        world.exchange(world.sign(world.claims(environment="production")))

        assert world.put(widget.token).code == "token-beside-publisher"


class TestTokensOfUsers:
    def test_a_read_only_token_cannot_publish(self, world, maintainer):
        token = world.token_of(maintainer, permission="read-only")

        answer = world.put(token)

        assert (answer.status, answer.code) == (403, "token-permission")

    def test_a_token_for_staging_stages_alone(self, world, widget):
        token = world.token_of(widget, permission="stage-only")

        answers = [world.put(token), world.stage(token)]

        assert [answer.status for answer in answers] == [403, 201]

    @pytest.mark.parametrize(
        ("targets", "status"),
        [(("@acme/widget",), 201), (("@acme/*",), 201), (("@acme/wid*",), 201),
         (("@acme/gadget",), 403), (("@other/*",), 403), (("*",), 403), (("acme/*",), 403)],
    )  # fmt: skip
    def test_a_token_for_some_packages_publishes_those(self, world, maintainer, targets, status):
        token = world.token_of(maintainer, targets=targets)

        assert world.put(token).status == status

    def test_an_expired_token_is_refused(self, world, maintainer):
        token = world.token_of(maintainer, lifetime_seconds=60)
        world.clock.pass_(60)

        answer = world.put(token)

        assert (answer.status, answer.code) == (401, "token-is-expired")

    def test_somebody_who_owns_nothing_of_a_package_cannot_publish_it(self, world, widget):
        stranger = world.person("stranger")

        answer = world.put(stranger.token)

        assert (answer.status, answer.code) == (403, "not-an-owner")
        assert "npm owner add stranger @acme/widget" in answer.json["hint"]

    def test_an_administrators_token_owns_nothing_by_itself(self, world, widget):
        admin = world.person("admin", is_admin=True)

        assert world.put(admin.token).code == "not-an-owner"

    def test_a_disabled_accounts_token_is_refused(self, world, maintainer):
        with world.database.writing() as connection:
            users.set_disabled(connection, maintainer.id, at=world.clock())

        answer = world.put(maintainer.token)

        assert (answer.status, answer.code) == (403, "user-disabled")
