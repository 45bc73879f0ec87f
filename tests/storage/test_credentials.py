"""Publish credentials and used ID tokens as rows: spent once, revoked once, claimed once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from imprint.npm.names import PackageName
from imprint.publishers.credentials import PublishCredential
from imprint.storage import credentials
from imprint.storage.credentials import RecordedExchange, UsedToken
from imprint.storage.schema import exchanges
from tests.support.publishers import github_run, limits

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0
ISSUER = "https://ci.example.test"


def a_credential(**changes):
    values = {
        "id": str(uuid.uuid4()),
        "publisher_id": "8b0f3c0e-0000-4000-8000-000000000001",
        "publisher_revision": 1,
        "package": PackageName.parse("@acme/widget"),
        "package_id": None,
        "limits": limits(dist_tags=("next",), version_range="1.x"),
        "workload": github_run(),
        "claims_digest": "c" * 64,
        "address": "192.0.2.1",
        "created_at": NOW,
        "expires_at": NOW + 900,
        **changes,
    }
    return PublishCredential(**values)


@pytest.fixture
def kept(writing):
    credential = a_credential()
    credentials.add(writing, credential, token_hash="h" * 64)
    return credential


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stage_only": True, "package_id": str(uuid.uuid4())},
        {"dist_tag_only": True, "version": "1.0.0", "sha512": "5" * 128},
    ],
)
def test_one_is_read_back_as_it_was_kept(writing, changes):
    credential = a_credential(**changes)
    credentials.add(writing, credential, token_hash="h" * 64)

    assert credentials.find(writing, "h" * 64) == credential
    assert credentials.find_by_id(writing, credential.id) == credential


def test_one_that_nobody_made_is_none(writing, kept):
    assert credentials.find(writing, "g" * 64) is None
    assert credentials.find_by_id(writing, "nothing") is None


class TestSpending:
    def test_one_is_spent_once(self, writing, kept):
        assert credentials.spend(writing, kept.id, version="1.0.0", now=NOW)
        assert not credentials.spend(writing, kept.id, version="1.0.1", now=NOW)
        assert credentials.find_by_id(writing, kept.id).spent_version == "1.0.0"

    def test_a_revoked_one_is_not_spent(self, writing, kept):
        credentials.revoke(writing, kept.id, now=NOW)

        assert not credentials.spend(writing, kept.id, version="1.0.0", now=NOW)

    def test_one_that_is_not_there_is_not_spent(self, writing):
        assert not credentials.spend(writing, "nothing", version="1.0.0", now=NOW)

    @pytest.mark.case("H14")
    def test_of_eight_who_spend_it_at_once_one_does(self, current):
        credential = a_credential()
        with current.writing() as connection:
            credentials.add(connection, credential, token_hash="h" * 64)

        def spend(number):
            with current.writing() as connection:
                return credentials.spend(
                    connection, credential.id, version=f"1.0.{number}", now=NOW
                )

        with ThreadPoolExecutor(8) as pool:
            spent = list(pool.map(spend, range(8)))

        with current.reading() as connection:
            found = credentials.find_by_id(connection, credential.id)
        assert sorted(spent) == [False] * 7 + [True]
        assert found.spent_version == f"1.0.{spent.index(True)}"


def test_one_is_revoked_once_and_keeps_its_first_time(writing, kept):
    assert credentials.revoke(writing, kept.id, now=NOW)
    assert not credentials.revoke(writing, kept.id, now=NOW + 5)
    assert credentials.find_by_id(writing, kept.id).revoked_at == NOW


def test_what_could_still_publish_is_counted(writing):
    made = [a_credential() for _ in range(4)]
    for number, credential in enumerate(made):
        credentials.add(writing, credential, token_hash=f"{number}" * 64)
    before = credentials.count_live(writing, "@acme/widget", now=NOW)
    credentials.spend(writing, made[0].id, version="1.0.0", now=NOW)
    credentials.revoke(writing, made[1].id, now=NOW)

    assert before == 4
    assert credentials.count_live(writing, "@acme/widget", now=NOW) == 2
    assert credentials.count_live(writing, "@acme/widget", now=NOW + 900) == 0
    assert credentials.count_live(writing, "@acme/gadget", now=NOW) == 0


class TestUses:
    def claim(self, connection, *, credential_id="first", key="k" * 64, package="", issuer=ISSUER):
        use = UsedToken(
            package=package, address="192.0.2.1", credential_id=credential_id, used_at=NOW
        )
        return credentials.claim_use(
            connection, issuer=issuer, replay_key=key, use=use, expires_at=NOW + 100
        )

    @pytest.mark.case("G01")
    def test_a_token_is_claimed_once(self, writing):
        assert self.claim(writing)
        assert not self.claim(writing, credential_id="second")
        found = credentials.find_use(writing, issuer=ISSUER, replay_key="k" * 64, package="")
        assert found.credential_id == "first"

    @pytest.mark.case("G02", "G09")
    @pytest.mark.parametrize(
        "other",
        [{"package": "@acme/gadget"}, {"key": "l" * 64}, {"issuer": "https://b.example.test"}],
    )
    def test_another_package_token_or_issuer_is_another_use(self, writing, other):
        self.claim(writing)

        assert self.claim(writing, **other)

    @pytest.mark.case("G03")
    def test_of_twenty_who_claim_at_once_one_does(self, current):
        def claim(number):
            with current.writing() as connection:
                return self.claim(connection, credential_id=str(number))

        with ThreadPoolExecutor(8) as pool:
            claimed = list(pool.map(claim, range(20)))

        assert sorted(claimed) == [False] * 19 + [True]

    @pytest.mark.case("G07")
    def test_a_claim_that_is_rolled_back_never_was(self, current):
        def claim_and_fail():
            with current.writing() as connection:
                self.claim(connection)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            claim_and_fail()

        with current.writing() as connection:
            assert self.claim(connection)

    @pytest.mark.case("G11")
    def test_a_use_moves_on_from_the_credential_it_points_at(self, writing):
        self.claim(writing)

        def move(old, new):
            return credentials.replace_use(
                writing, issuer=ISSUER, replay_key="k" * 64, package="", old=old, new=new
            )

        assert [move("first", "second"), move("first", "third"), move("second", "third")] == [
            True,
            False,
            True,
        ]

    @pytest.mark.case("G06", "H18")
    def test_only_what_cannot_matter_any_more_is_purged(self, writing):
        self.claim(writing)
        credentials.add(writing, a_credential(), token_hash="h" * 64)

        purged = [
            credentials.purge(writing, now=NOW + n, keep_seconds=1000)
            for n in (100, 101, 1900, 1901)
        ]

        assert purged == [(0, 0), (1, 0), (0, 0), (0, 1)]


def test_what_was_decided_on_an_exchange_is_kept_and_cut_to_its_columns(writing):
    credentials.record_exchange(
        writing,
        RecordedExchange(
            package="@acme/widget",
            issuer=ISSUER,
            claims_digest="c" * 64,
            outcome="already-used",
            message="the ID token was used, é 💥",
            compared="[]",
            publisher_id=None,
            address="a" * 100,
            user_agent="u" * 1000,
            at=NOW,
        ),
    )

    row = writing.execute(select(exchanges)).one()
    assert (len(row.address), len(row.user_agent)) == (64, 300)
    assert row.message == "the ID token was used, é 💥"
