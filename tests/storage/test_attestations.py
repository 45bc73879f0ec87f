"""Attestations as rows: what waits for its log is served to nobody."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from imprint.storage import attestations, packages
from imprint.storage.attestations import (
    AttestedVersion,
    Kind,
    NewAttestation,
    ServedAttestation,
    State,
)
from tests.storage.test_packages import new_version

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0
SLSA = "https://slsa.dev/provenance/v1"
PUBLISH = "https://registry.example.test/specs/publish/v1"


@pytest.fixture
def version_ids(writing, widget):
    """The row ids of two versions, by number."""
    for version in ("1.0.0", "1.0.1"):
        packages.add_version(writing, widget, new_version(version))
    return {v.version: v.id for v in packages.versions_of(writing, widget)}


@pytest.fixture
def add(writing, version_ids):
    def keep(kind=Kind.PROVENANCE, *, version="1.0.0", **changes):
        attestation = NewAttestation(
            **{
                "version_id": version_ids[version],
                "kind": kind,
                "predicate_type": SLSA if kind is Kind.PROVENANCE else PUBLISH,
                "bundle": b'{"of":"' + kind.value.encode() + b'"}',
                "state": State.VERIFIED,
                "domain": "private",
                "proof": "{}",
                "created_at": NOW,
                **changes,
            }
        )
        return attestation, attestations.add(writing, attestation)

    return keep


def test_one_is_read_back_as_it_was_kept(writing, version_ids, add):
    kept, added = add(domain=None, logged_at=NOW + 1)

    (found,) = attestations.of_version(writing, version_ids["1.0.0"])

    assert added
    assert {name: getattr(found, name) for name in NewAttestation.__struct_fields__} == {
        name: getattr(kept, name) for name in NewAttestation.__struct_fields__
    }
    assert (found.kind, found.state) == (Kind.PROVENANCE, State.VERIFIED)


def test_a_version_has_one_of_each_kind(writing, version_ids, add):
    added = [add(kind)[1] for kind in (Kind.PUBLISH, Kind.PROVENANCE, Kind.PUBLISH)]

    found = attestations.of_version(writing, version_ids["1.0.0"])
    assert added == [True, True, False]
    assert [one.kind for one in found] == [Kind.PROVENANCE, Kind.PUBLISH]


def test_what_is_verified_is_served(writing, widget, add):
    add(Kind.PUBLISH)
    add()

    assert attestations.served_of(writing, "@acme/widget", "1.0.0") == AttestedVersion(
        package_id=widget,
        access="public",
        sha512="1" * 128,
        attestations=(
            ServedAttestation(
                kind=Kind.PROVENANCE, predicate_type=SLSA, bundle=b'{"of":"provenance"}'
            ),
            ServedAttestation(
                kind=Kind.PUBLISH, predicate_type=PUBLISH, bundle=b'{"of":"publish"}'
            ),
        ),
    )


@pytest.mark.parametrize("state", [State.WAITING, State.UNSIGNED])
def test_what_waits_is_not_served(writing, add, state):
    add(Kind.PUBLISH, state=state)

    served = attestations.served_of(writing, "@acme/widget", "1.0.0")
    assert served.attestations == ()


@pytest.mark.parametrize("unpublishes", ["version", "package"])
def test_what_is_unpublished_is_not_served(writing, widget, version_ids, add, unpublishes):
    add()
    if unpublishes == "version":
        packages.unpublish_version(writing, version_ids["1.0.0"], now=NOW)
    else:
        packages.update_package(writing, widget, unpublished_at=NOW)

    assert attestations.served_of(writing, "@acme/widget", "1.0.0") is None


class TestMany:
    def test_exactly_those_asked_for_are_there(self, writing, widget, add):
        add()
        add(version="1.0.1")
        other = "00000000-0000-4000-8000-000000000002"
        packages.create(
            writing,
            package_id=other,
            name="rocket",
            canonical="rocket",
            access="restricted",
            owner_ids=(),
            now=NOW,
        )
        for version in ("1.0.0", "1.0.1"):
            packages.add_version(writing, other, new_version(version))

        found = attestations.of_versions(
            writing, [("@acme/widget", "1.0.0"), ("rocket", "1.0.1"), ("rocket", "9.9.9")]
        )

        assert set(found) == {("@acme/widget", "1.0.0"), ("rocket", "1.0.1")}
        assert found["rocket", "1.0.1"] == AttestedVersion(
            package_id=other, access="restricted", sha512="1" * 128, attestations=()
        )

    def test_thousands_are_no_error(self, writing, add):
        add()
        wanted = [("@acme/widget", f"1.{n}.0") for n in range(2000)]

        assert set(attestations.of_versions(writing, wanted)) == {("@acme/widget", "1.0.0")}

    def test_names_that_no_database_takes_are_not_there(self, writing):
        assert attestations.of_versions(writing, [("a\0b", "1.0.0"), ("ab", "1\0")]) == {}
        assert attestations.of_versions(writing, []) == {}


class TestWithdrawing:
    PROOF = '{"key_id":"SHA256:a+b/c","signed_at":1.0}'

    @pytest.fixture
    def logged(self, writing, add):
        """What is verified after the registry's statement was withdrawn."""

        def withdraw(*, kind=Kind.PUBLISH, key_id="SHA256:a+b/c", since=NOW, **changes):
            values = {"proof": self.PROOF, "logged_at": NOW + 1, **changes}
            add(kind, **values)
            attestations.withdraw(writing, key_id, logged_since=since)
            served = attestations.served_of(writing, "@acme/widget", "1.0.0")
            return [one.kind for one in served.attestations]

        return withdraw

    def test_what_a_key_signed_since_then_waits_again(self, writing, logged):
        generation = packages.generation_of(writing, "@acme/widget")

        assert logged() == []
        assert [one.logged_at for one in attestations.waiting(writing)] == [None]
        assert packages.generation_of(writing, "@acme/widget") == (generation or 0) + 1

    def test_what_it_signed_before_stays(self, logged):
        assert logged(since=NOW + 2) == [Kind.PUBLISH]

    @pytest.mark.parametrize("key_id", ["SHA256:another", "SHA256:a+b", "SHA256:a_b/c", "%"])
    def test_what_another_key_signed_stays(self, logged, key_id):
        assert logged(key_id=key_id) == [Kind.PUBLISH]

    def test_a_builds_provenance_stays(self, logged):
        assert logged(kind=Kind.PROVENANCE) == [Kind.PROVENANCE]


class TestWaiting:
    def test_they_come_oldest_first_in_batches(self, writing, version_ids, add):
        add(Kind.PUBLISH, state=State.WAITING)
        add(Kind.PUBLISH, version="1.0.1", state=State.WAITING)
        add()

        (first,) = attestations.waiting(writing, limit=1)
        (second,) = attestations.waiting(writing, after=first.id)

        assert (first.version_id, second.version_id) == tuple(version_ids.values())
        assert attestations.subject_of(writing, second.version_id) == (
            *("@acme/widget", "1.0.1"),
            "1" * 128,
        )
        assert attestations.waiting(writing, after=second.id) == ()

    def test_one_that_is_logged_is_served_and_its_package_changed(self, writing, version_ids, add):
        add(Kind.PUBLISH, state=State.WAITING, domain=None)
        (waits,) = attestations.waiting(writing)
        generation = packages.generation_of(writing, "@acme/widget")

        name = attestations.set_logged(
            writing, waits.id, bundle=b"{1}", proof='{"log":1}', domain="private", now=NOW + 5
        )

        assert name == "@acme/widget"
        assert packages.generation_of(writing, "@acme/widget") == (generation or 0) + 1
        assert attestations.of_version(writing, version_ids["1.0.0"]) == (
            replace(
                waits,
                state=State.VERIFIED,
                bundle=b"{1}",
                proof='{"log":1}',
                domain="private",
                logged_at=NOW + 5,
            ),
        )

    def test_what_is_to_be_signed_waits_for_its_log_afterwards(self, writing, version_ids, add):
        add(Kind.PUBLISH, state=State.UNSIGNED)
        (unsigned,) = attestations.waiting(writing, state=State.UNSIGNED)

        signed = attestations.set_signed(writing, unsigned.id, bundle=b"{2}", proof='{"key":1}')

        assert signed
        assert attestations.waiting(writing, state=State.UNSIGNED) == ()
        assert attestations.waiting(writing) == (
            replace(unsigned, state=State.WAITING, bundle=b"{2}", proof='{"key":1}'),
        )

    def test_what_is_logged_is_signed_no_more(self, writing, version_ids, add):
        add(Kind.PUBLISH)
        (logged,) = attestations.of_version(writing, version_ids["1.0.0"])

        assert not attestations.set_signed(writing, logged.id, bundle=b"{2}", proof="{}")
        assert attestations.of_version(writing, version_ids["1.0.0"]) == (logged,)

    def test_one_is_logged_once(self, writing, add):
        add(Kind.PUBLISH, state=State.WAITING)
        (waits,) = attestations.waiting(writing)

        names = [
            attestations.set_logged(writing, number, bundle=b"{}", proof="{}", domain=None, now=NOW)
            for number in (waits.id, waits.id, waits.id + 1)
        ]

        assert names == ["@acme/widget", None, None]


def test_what_waits_is_among_those_of_its_package(writing, widget, version_ids, add):
    add()
    add(Kind.PUBLISH, state=State.WAITING, domain=None)
    add(Kind.PUBLISH, version="1.0.1")

    found = attestations.of_package(writing, widget)

    assert {
        version_id: [(one.kind, one.state, one.domain) for one in kept]
        for version_id, kept in found.items()
    } == {
        version_ids["1.0.0"]: [
            (Kind.PROVENANCE, State.VERIFIED, "private"),
            (Kind.PUBLISH, State.WAITING, None),
        ],
        version_ids["1.0.1"]: [(Kind.PUBLISH, State.VERIFIED, "private")],
    }


def test_they_are_counted_by_their_state(writing, version_ids, add):
    add()
    add(Kind.PUBLISH, state=State.WAITING)
    add(Kind.PUBLISH, version="1.0.1", state=State.WAITING)

    assert attestations.count_by_state(writing) == {State.VERIFIED: 1, State.WAITING: 2}
