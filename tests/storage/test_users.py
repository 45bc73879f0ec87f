"""Users and their tokens as rows."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from imprint.storage import users
from imprint.storage.users import Token

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0


def a_token(user_id, **changes):
    values = {
        "id": str(uuid.uuid4()),
        "user_id": user_id,
        "shown": "imp_t_ab...wxyz",
        "name": "laptop",
        "permission": "read-write",
        "targets": ("@acme/widget", "@acme/*"),
        "two_factor_until": None,
        "created_at": NOW,
        "expires_at": NOW + 100,
        "used_at": None,
        **changes,
    }
    return Token(**values)


@pytest.fixture
def token(writing, people):
    kept = a_token(people["ada"])
    users.add_token(writing, kept, token_hash="h" * 64)
    return kept


def test_a_name_is_taken_once(current, people):
    with pytest.raises(IntegrityError), current.writing() as connection:
        users.add_user(
            connection, name="ada", email=None, password_hash=None, is_admin=True, now=NOW
        )


@pytest.mark.parametrize("name", ["nobody", "ADA", "ada ", "", "%", "a\x00"])
def test_who_is_not_there_is_none(writing, name):
    assert users.find_user(writing, name) is None


def test_they_come_by_name(writing):
    assert [user.name for user in users.list_users(writing)] == ["ada", "ben", "cleo"]


def test_one_is_disabled_and_enabled_again(writing, people):
    users.set_disabled(writing, people["ada"], at=NOW)
    during = users.find_user(writing, "ada").disabled_at
    users.set_disabled(writing, people["ada"], at=None)

    assert (during, users.find_user(writing, "ada").disabled_at) == (NOW, None)


def test_a_password_is_replaced(writing, people):
    users.set_password(writing, people["ada"], "$argon2id$...")

    assert users.find_user(writing, "ada").password_hash == "$argon2id$..."


class TestSteps:
    def test_a_step_is_spent_once_and_never_an_earlier_one(self, writing, people):
        spent = [users.use_totp_step(writing, people["ada"], step) for step in (7, 7, 6, 8)]

        assert spent == [True, False, False, True]

    def test_a_new_secret_starts_over(self, writing, people):
        users.use_totp_step(writing, people["ada"], 2**40)
        users.set_totp(writing, people["ada"], b"\x00sealed\xff")

        assert users.find_user(writing, "ada").totp_sealed == b"\x00sealed\xff"
        assert users.use_totp_step(writing, people["ada"], 1)

    def test_of_eight_who_spend_a_step_at_once_one_does(self, current, people):
        def spend(_):
            with current.writing() as connection:
                return users.use_totp_step(connection, people["ada"], 7)

        with ThreadPoolExecutor(8) as pool:
            spent = list(pool.map(spend, range(8)))

        assert sorted(spent) == [False] * 7 + [True]


class TestTokens:
    def test_one_is_found_by_its_hash_with_its_user(self, writing, token, people):
        found = users.find_token(writing, "h" * 64)

        assert found == (token, users.find_user(writing, "ada"))
        assert users.find_token(writing, "g" * 64) is None

    def test_those_of_one_user_come_newest_first(self, writing, token, people):
        later = a_token(people["ada"], created_at=NOW + 1, targets=())
        users.add_token(writing, later, token_hash="i" * 64)
        users.add_token(writing, a_token(people["ben"]), token_hash="j" * 64)

        assert users.tokens_of(writing, people["ada"]) == (later, token)

    def test_one_is_removed_by_its_user_alone_and_once(self, writing, token, people):
        removed = [
            users.remove_token(writing, people[name], token.id) for name in ("ben", "ada", "ada")
        ]

        assert removed == [False, True, False]

    def test_one_is_removed_by_hash_by_its_user_alone(self, writing, token, people):
        removed = [
            users.remove_token_by_hash(writing, people[name], "h" * 64) for name in ("ben", "ada")
        ]

        assert removed == [False, True]
        assert users.find_token(writing, "h" * 64) is None

    def test_its_window_and_its_use_are_noted(self, writing, token):
        users.open_two_factor_window(writing, token.id, until=NOW + 300)
        users.touch_token(writing, token.id, now=NOW + 5)

        (found,) = users.tokens_of(writing, token.user_id)
        assert (found.two_factor_until, found.used_at) == (NOW + 300, NOW + 5)

    def test_two_tokens_never_have_one_hash(self, current, people):
        with current.writing() as connection:
            users.add_token(connection, a_token(people["ada"]), token_hash="h" * 64)

        with pytest.raises(IntegrityError), current.writing() as connection:
            users.add_token(connection, a_token(people["ben"]), token_hash="h" * 64)
