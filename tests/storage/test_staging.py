"""Staged versions and pending publishers as rows."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from imprint.publishers.configuration import identity_of
from imprint.storage import pending, publishers, staging, users
from imprint.storage.staging import StagedVersion
from tests.support.publishers import publisher, rules

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0


def a_staged(**changes):
    values = {
        "id": str(uuid.uuid4()),
        "package_name": "@acme/widget",
        "version": "1.0.0",
        "dist_tags": ("latest", "next"),
        "full": b"{}",
        "corgi": b"{}",
        "dist": b"{}",
        "npm_user": b"{}",
        "readme": "# widget 💥",
        "sha256": "0" * 64,
        "sha512": "1" * 128,
        "shasum": "2" * 40,
        "size_bytes": 2**33,
        "access": None,
        "body_digest": "3" * 64,
        "evidence": "{}",
        "bundle": None,
        "reason": "requested",
        "actor": "x" * 300,
        "actor_type": "trusted automation",
        "publisher_id": None,
        "created_at": NOW,
        **changes,
    }
    return StagedVersion(**values)


@pytest.fixture
def add(writing):
    def keep(**changes):
        version = a_staged(**changes)
        staging.add(writing, version)
        return version

    return keep


def test_one_is_read_back_as_it_was_kept(writing, add):
    kept = add()

    assert staging.find(writing, kept.id) == kept
    assert staging.find(writing, "nothing") is None


def test_one_is_decided_once(writing, add):
    kept = add()

    decided = [
        staging.decide(writing, kept.id, status=status, by="ada", now=NOW)
        for status in ("rejected", "approved")
    ]

    found = staging.find(writing, kept.id)
    assert decided == [True, False]
    assert (found.status, found.decided_by, found.decided_at) == ("rejected", "ada", NOW)


def test_of_eight_who_decide_at_once_one_does(current):
    kept = a_staged()
    with current.writing() as connection:
        staging.add(connection, kept)

    def decide(number):
        with current.writing() as connection:
            return staging.decide(connection, kept.id, status="approved", by=str(number), now=NOW)

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(decide, range(8)))

    assert sorted(decided) == [False] * 7 + [True]


def test_what_waits_of_a_version_is_found_and_what_was_decided_is_not(writing, add):
    rejected, waits = add(), add(created_at=NOW + 1)
    add(version="1.0.1")
    staging.decide(writing, rejected.id, status="rejected", by="ada", now=NOW)

    assert staging.waiting_of(writing, "@acme/widget", "1.0.0") == waits
    assert staging.waiting_of(writing, "@acme/gadget", "1.0.0") is None


def test_pages_hold_what_waits_in_some_packages_oldest_first(writing, add):
    for number in range(5):
        add(version=f"1.0.{number}", created_at=NOW - number)
    add(package_name="@acme/gadget")

    page, total = staging.page(writing, ("@acme/widget",), offset=1, limit=2)

    assert ([v.version for v in page], total) == (["1.0.3", "1.0.2"], 5)
    assert staging.page(writing, (), offset=0, limit=2) == ((), 0)


class TestPendingPublishers:
    @pytest.fixture
    def waiting(self, writing, issuer_ids, people):
        """Two that wait for their packages, of ada and of ben; ada's ends first."""

        def keep(name, environment, expires_at):
            kept = publisher(
                id=str(uuid.uuid4()),
                pending=True,
                expires_at=expires_at,
                rules=rules(environment=environment),
            )
            publishers.add(
                writing,
                kept,
                issuer_id=issuer_ids["github"],
                identity=identity_of(kept),
                owner_user_id=people[name],
            )
            return kept

        return keep("ada", "npm", NOW + 10), keep("ben", "production", NOW + 20)

    def test_those_that_end_come_the_next_first_with_whose_they_are(self, writing, waiting):
        found = pending.expiring(writing, before=NOW + 30)

        assert [(p.id, p.owner) for p in found] == [(waiting[0].id, "ada"), (waiting[1].id, "ben")]
        assert found[0].email == "ada@acme.example.test"
        assert len(pending.expiring(writing, before=NOW + 20)) == 1
        assert pending.expiring(writing, before=NOW + 10) == ()

    def test_one_is_removed_once_and_a_real_one_never(self, writing, waiting):
        publishers.reified(writing, waiting[1].id)

        removed = [pending.remove(writing, p.id) for p in (waiting[0], *waiting)]

        assert removed == [True, False, False]
        assert publishers.find(writing, waiting[1].id) is not None

    def test_the_names_to_come_with_something_waiting_are_their_owners(
        self, writing, waiting, people, add
    ):
        add(package_name="@acme/rocket", publisher_id=waiting[0].id)
        add(package_name="@acme/rocket", version="1.0.1", publisher_id=waiting[0].id)

        assert staging.names_to_be_owned_by(writing, people["ada"]) == ("@acme/rocket",)
        assert staging.names_to_be_owned_by(writing, people["ben"]) == ()


def test_documents_of_any_bytes_are_kept(writing, add):
    kept = add(full=bytes(range(256)), bundle=b"\x00" * 10)

    assert staging.find(writing, kept.id) == replace(kept)
    assert users.list_users(writing) != ()
