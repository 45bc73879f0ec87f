"""What an attacker with one of the keys, a flood, or good timing would try."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from imprint.registry.authority.passwords import hash_password, is_password
from imprint.registry.guesses import MOST, WITHIN_SECONDS
from imprint.storage import users

PASSWORD = "correct horse battery"


class TestPasswords:
    def test_four_checks_of_passwords_at_once_end(self):
        stored = hash_password(PASSWORD, salt=b"s" * 16)
        pool = ThreadPoolExecutor(4)

        checks = [pool.submit(is_password, PASSWORD, stored) for _ in range(4)]

        done, _ = wait(checks, timeout=30)
        pool.shutdown(wait=False)
        assert [check.result() for check in done] == [True] * 4


class TestGuessing:
    TRUST = "/-/package/@acme%2fwidget/trust"

    def guess(self, world, token, code="000000"):
        return world.request("GET", self.TRUST, token=token, npm_otp=code)

    def test_codes_cannot_be_tried_without_end(self, world, widget):
        wrong = [self.guess(world, widget.token).code for _ in range(MOST)]

        answer = self.guess(world, widget.token, world.otp(widget))

        assert wrong == ["second-factor-wrong"] * MOST
        assert (answer.status, answer.code) == (429, "too-many-guesses")
        assert answer.headers["retry-after"] == "3600"
        assert answer.json["message"] == (
            "10 one-time passwords in a row were wrong: no more are taken for now"
        )

    def test_whoever_guessed_may_try_again_later(self, world, widget):
        for _ in range(MOST + 5):
            self.guess(world, widget.token)

        world.clock.pass_(WITHIN_SECONDS)

        assert self.guess(world, widget.token, world.otp(widget)).status == 200

    def test_a_good_code_ends_the_count(self, world, widget):
        for _ in range(MOST - 1):
            self.guess(world, widget.token)
        self.guess(world, widget.token, world.otp(widget))
        world.clock.pass_(3000)

        again = [self.guess(world, widget.token).code for _ in range(MOST)]

        assert again == ["second-factor-wrong"] * MOST

    def test_guesses_with_one_token_do_not_lock_out_another(self, world, widget):
        for _ in range(MOST + 1):
            self.guess(world, widget.token)

        answer = self.guess(world, world.token_of(widget), world.otp(widget))

        assert answer.status == 200

    def test_codes_at_the_login_are_counted_too(self, world, maintainer):
        with world.database.writing() as connection:
            users.set_password(connection, maintainer.id, hash_password(PASSWORD, salt=b"s" * 16))

        codes = [
            world.request(
                "PUT",
                "/-/user/org.couchdb.user:maintainer",
                body={"name": "maintainer", "password": PASSWORD},
                npm_otp="000000",
            ).code
            for _ in range(MOST + 1)
        ]

        assert codes == [*["second-factor-wrong"] * MOST, "too-many-guesses"]

    @pytest.mark.stores
    def test_guesses_at_the_same_moment_are_counted_each(self, world, widget):
        answers = world.together(
            *(
                world.send("GET", self.TRUST, token=widget.token, npm_otp=f"{n:06d}")
                for n in range(MOST + 6)
            )
        )

        assert [answer.code for answer in answers].count("too-many-guesses") == 6
