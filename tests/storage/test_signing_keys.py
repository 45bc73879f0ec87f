"""Signing keys and registry signatures as rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from imprint.storage import packages, signatures, signing_keys
from imprint.storage.signing_keys import StoredKey
from tests.storage.test_packages import new_version

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0


def a_key(key_id="SHA256:one", **changes):
    values = {
        "key_id": key_id,
        "spki": b"\x30\x00",
        "private_sealed": b"\xff" * 60,
        "signer": "embedded",
        "valid_from": NOW,
        "valid_until": None,
        "created_at": NOW,
        **changes,
    }
    return StoredKey(**values)


class TestKeys:
    def test_one_is_read_back_as_it_was_kept(self, writing):
        embedded = a_key()
        external = a_key(
            "SHA256:two", private_sealed=None, signer="exec:/opt/sign --slot 1", valid_from=NOW - 1
        )

        assert [signing_keys.add(writing, key) for key in (embedded, external)] == [True, True]

        assert signing_keys.list_all(writing) == (external, embedded)

    def test_one_is_kept_once(self, writing):
        signing_keys.add(writing, a_key())

        assert not signing_keys.add(writing, a_key(signer="exec:/other"))
        assert signing_keys.list_all(writing) == (a_key(),)

    def test_of_eight_who_make_the_first_one_does(self, current):
        def make(number):
            with current.writing() as connection:
                is_first = signing_keys.lock_none_yet(connection)
                return is_first and signing_keys.add(connection, a_key(f"SHA256:{number}"))

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(make, range(8)))

        assert sorted(made) == [False] * 7 + [True]

    def test_a_window_is_ended_and_its_end_moved_nearer_never_farther(self, writing):
        signing_keys.add(writing, a_key())

        ended = [
            signing_keys.set_end(writing, "SHA256:one", valid_until=NOW + end, now=NOW + 1)
            for end in (60, 30, 30, 90)
        ]

        (key,) = signing_keys.list_all(writing)
        assert ended == [True, True, False, False]
        assert key == replace(a_key(), valid_until=NOW + 30, retired_at=NOW + 1)

    def test_one_that_is_not_there_is_not_ended(self, writing):
        assert not signing_keys.set_end(writing, "SHA256:none", valid_until=NOW, now=NOW)


@pytest.fixture
def versions(writing, widget):
    """Four versions: unsigned, signed with two keys, and unpublished."""
    for number, key in enumerate((None, "SHA256:one", "SHA256:two", None)):
        packages.add_version(
            writing,
            widget,
            new_version(
                f"1.0.{number}",
                signatures=key and b'[{"keyid":"k","sig":"s"}]',
                signed_with=key,
                published_at=NOW + number,
            ),
        )
    last = packages.version_of(writing, widget, "1.0.3")
    packages.unpublish_version(writing, last.id, now=NOW + 9)
    return packages.versions_of(writing, widget)


class TestSignatures:
    def test_those_are_due_whose_newest_signature_is_another_keys(self, writing, versions):
        due = signatures.not_signed_with(writing, "SHA256:two")

        assert [(d.package_name, d.version) for d in due] == [
            ("@acme/widget", "1.0.0"),
            ("@acme/widget", "1.0.1"),
        ]
        assert due[1].signatures == b'[{"keyid":"k","sig":"s"}]'
        assert signatures.count_not_signed_with(writing, "SHA256:two") == 2

    def test_the_unsigned_alone_are_asked_for(self, writing, versions):
        due = signatures.not_signed_with(writing, "SHA256:two", only_unsigned=True)

        assert [d.version for d in due] == ["1.0.0"]

    def test_they_come_in_batches_by_id(self, writing, versions):
        (first,) = signatures.not_signed_with(writing, "SHA256:two", limit=1)

        (second,) = signatures.not_signed_with(writing, "SHA256:two", after=first.id)

        assert (first.id, second.id) == (versions[0].id, versions[1].id)

    def test_a_version_that_got_its_signatures_is_due_no_longer(self, writing, widget, versions):
        signatures.replace(writing, versions[0].id, signatures=b"[1]", signed_with="SHA256:two")

        stored = packages.version_of(writing, widget, "1.0.0")
        assert (stored.signatures, stored.signed_with) == (b"[1]", "SHA256:two")
        assert signatures.count_by_key(writing) == {"SHA256:one": 1, "SHA256:two": 2}

    def test_they_are_counted_by_key_without_those_unpublished(self, writing, versions):
        assert signatures.count_by_key(writing) == {None: 1, "SHA256:one": 1, "SHA256:two": 1}

    def test_a_change_raises_the_generation_and_nothing_else(self, writing, widget, versions):
        before = packages.find(writing, "@acme/widget")
        assert before is not None

        signatures.changed(writing, [widget, widget])

        after = packages.find(writing, "@acme/widget")
        assert after == replace(before, generation=before.generation + 1)

    @pytest.mark.parametrize(("since", "raised"), [(NOW + 2, 1), (NOW + 2.5, 0)])
    def test_packages_with_signed_versions_since_then_are_changed(
        self, writing, widget, versions, since, raised
    ):
        before = packages.generation_of(writing, "@acme/widget")

        signatures.changed_since(writing, since)

        assert packages.generation_of(writing, "@acme/widget") == before + raised
