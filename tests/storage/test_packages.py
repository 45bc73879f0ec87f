"""Packages, owners, versions and dist-tags as rows: names are taken once, numbers given once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from imprint.storage import packages, publications
from imprint.storage.packages import NewVersion

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0


def new_version(version="1.0.0", **changes):
    values = {
        "version": version,
        "full": b'{"name":"@acme/widget"}',
        "corgi": b"{}",
        "dist": b"{}",
        "npm_user": None,
        "sha256": "0" * 64,
        "sha512": "1" * 128,
        "size_bytes": 2**40,
        "access": None,
        "body_digest": "2" * 64,
        "evidence": "{}",
        "bundle": b"\x00\xff",
        "published_at": NOW,
        **changes,
    }
    return NewVersion(**values)


def create(connection, name, *, number=7, owner_ids=()):
    return packages.create(
        connection,
        package_id=f"00000000-0000-4000-8000-{number:012}",
        name=name,
        canonical=name.replace("-", ""),
        access="public",
        owner_ids=owner_ids,
        now=NOW,
    )


class TestNames:
    def test_a_name_is_taken_once(self, writing):
        assert create(writing, "rocket", number=1000)
        assert not create(writing, "rocket", number=1001)
        assert packages.find(writing, "rocket").id.endswith("1000")

    def test_of_eight_who_take_a_name_at_once_one_has_it(self, current):
        def take(number):
            with current.writing() as connection:
                return create(connection, "rocket", number=number)

        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(take, range(100, 108)))

        assert sorted(taken) == [False] * 7 + [True]

    def test_a_name_that_differs_in_punctuation_is_found(self, writing):
        create(writing, "rocket-launcher")

        assert packages.similar(writing, "rocketlauncher", other_than="rocketlauncher") == (
            "rocket-launcher"
        )
        assert packages.similar(writing, "rocketlauncher", other_than="rocket-launcher") is None

    def test_one_that_is_not_there_is_none(self, writing):
        assert packages.find(writing, "nothing") is None
        assert packages.hold(writing, "nothing") is None
        assert packages.generation_of(writing, "nothing") is None

    def test_names_are_compared_to_the_letter(self, writing):
        assert packages.find(writing, "@ACME/widget") is None
        assert packages.find(writing, "@acme/widget ") is None
        assert packages.find(writing, "@acme/%") is None


class TestOwners:
    def test_they_come_by_name(self, writing, widget, people):
        packages.set_owners(writing, widget, tuple(people[n] for n in ("cleo", "ben", "ada")))

        assert [o.name for o in packages.owners_of(writing, widget)] == ["ada", "ben", "cleo"]

    def test_the_packages_of_one_come_by_name_without_unpublished_ones(
        self, writing, widget, people
    ):
        for number, name in enumerate(("rocket", "anvil"), start=50):
            create(writing, name, number=number, owner_ids=(people["ada"],))
        create(writing, "gone", number=60, owner_ids=(people["ada"],))
        gone = packages.find(writing, "gone").id
        packages.update_package(writing, gone, unpublished_at=NOW)

        assert packages.names_owned_by(writing, people["ada"]) == (
            "@acme/widget",
            "anvil",
            "rocket",
        )
        assert packages.names_owned_by(writing, people["ben"]) == ()


class TestVersions:
    def test_one_is_read_back_as_it_was_kept(self, writing, widget):
        packages.add_version(writing, widget, new_version())

        stored = packages.version_of(writing, widget, "1.0.0")
        assert (stored.size_bytes, stored.bundle, stored.unpublished_at) == (
            2**40,
            b"\x00\xff",
            None,
        )
        assert stored.full == b'{"name":"@acme/widget"}'

    def test_a_number_is_given_once_even_when_unpublished(self, writing, widget):
        assert packages.add_version(writing, widget, new_version())
        stored = packages.version_of(writing, widget, "1.0.0")
        packages.unpublish_version(writing, stored.id, now=NOW)

        assert not packages.add_version(writing, widget, new_version())
        assert packages.versions_of(writing, widget) == ()
        assert packages.version_of(writing, widget, "1.0.0").unpublished_at == NOW

    def test_of_eight_who_add_a_number_at_once_one_does(self, current, widget):
        def add(size):
            with current.writing() as connection:
                return packages.add_version(connection, widget, new_version(size_bytes=size))

        with ThreadPoolExecutor(8) as pool:
            added = list(pool.map(add, range(8)))

        with current.reading() as connection:
            stored = packages.version_of(connection, widget, "1.0.0")
        assert sorted(added) == [False] * 7 + [True]
        assert stored.size_bytes == added.index(True)

    def test_they_come_oldest_first_and_as_added_where_the_time_is_the_same(self, writing, widget):
        for version, at in (("2.0.0", NOW + 1), ("1.0.0", NOW), ("1.1.0", NOW + 1)):
            packages.add_version(writing, widget, new_version(version, published_at=at))

        assert [v.version for v in packages.versions_of(writing, widget)] == [
            "1.0.0",
            "2.0.0",
            "1.1.0",
        ]

    def test_those_of_a_time_are_counted(self, writing, widget):
        for hour in range(3):
            at = NOW + 3600 * hour
            packages.add_version(writing, widget, new_version(f"1.0.{hour}", published_at=at))

        counts = [
            packages.count_versions_since(writing, widget, since=NOW + n) for n in (0, 1, 9e9)
        ]

        assert counts == [3, 2, 0]

    def test_a_deprecation_is_set_and_taken_back(self, writing, widget):
        packages.add_version(writing, widget, new_version())
        stored = packages.version_of(writing, widget, "1.0.0")
        packages.set_deprecated(writing, stored.id, "use 2.x")
        during = packages.version_of(writing, widget, "1.0.0").deprecated
        packages.set_deprecated(writing, stored.id, None)

        assert during == "use 2.x"
        assert packages.version_of(writing, widget, "1.0.0").deprecated is None

    def test_a_served_versions_blob_is_found_by_name(self, writing, widget):
        packages.add_version(writing, widget, new_version(sha256="a" * 64, size_bytes=5))
        found = packages.blob_of(writing, "@acme/widget", "1.0.0")
        stored = packages.version_of(writing, widget, "1.0.0")
        packages.unpublish_version(writing, stored.id, now=NOW)

        assert found == ("a" * 64, 5, "public")
        assert packages.blob_of(writing, "@acme/widget", "1.0.0") is None
        assert packages.blob_of(writing, "@acme/widget", "9.9.9") is None

    def test_what_no_version_can_be_called_is_not_looked_for(self, writing, widget):
        assert packages.version_of(writing, widget, "1.0.0\x00") is None


class TestDistTags:
    def test_one_is_set_moved_and_dropped(self, writing, widget):
        packages.set_tag(writing, widget, "latest", "1.0.0")
        packages.set_tag(writing, widget, "latest", "1.0.1")
        packages.set_tag(writing, widget, "beta", "2.0.0")

        assert packages.tags_of(writing, widget) == {"beta": "2.0.0", "latest": "1.0.1"}
        assert packages.drop_tag(writing, widget, "beta")
        assert not packages.drop_tag(writing, widget, "beta")
        assert packages.tags_of(writing, widget) == {"latest": "1.0.1"}

    def test_of_eight_who_set_one_at_once_all_succeed_and_one_stands(self, current, widget):
        def tag(number):
            with current.writing() as connection:
                packages.set_tag(connection, widget, "next", f"1.0.{number}")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tag, range(8)))

        with current.reading() as connection:
            assert packages.tags_of(connection, widget)["next"] in {f"1.0.{n}" for n in range(8)}


def test_every_change_raises_the_generation(writing, widget):
    packages.changed(writing, widget, now=NOW + 5)

    after = packages.find(writing, "@acme/widget")
    assert (after.generation, after.changed_at) == (2, NOW + 5)
    assert packages.generation_of(writing, "@acme/widget") == 2


def test_of_eight_changes_at_once_none_is_lost(current, widget):
    def change(_):
        with current.writing() as connection:
            packages.changed(connection, widget, now=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(8)))

    with current.reading() as connection:
        assert packages.generation_of(connection, "@acme/widget") == 9


@pytest.mark.parametrize("column", [{"access": "everybody"}, {"token_rule": "sometimes"}])
def test_a_word_that_is_none_of_a_columns_is_refused(current, widget, column):
    with pytest.raises(IntegrityError), current.writing() as connection:
        packages.update_package(connection, widget, **column)


def test_who_holds_a_package_is_waited_for(current, widget):
    order = []

    def first():
        with current.writing() as connection:
            packages.hold(connection, "@acme/widget")
            order.append("held")
            pool.submit(second)
            order.append("done")
            packages.update_package(connection, widget, readme="first")

    def second():
        with current.writing() as connection:
            order.append(packages.hold(connection, "@acme/widget").readme)

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first).result()

    assert order == ["held", "done", "first"]


def test_a_page_of_publications_comes_newest_first_with_unpublished_ones(writing, widget):
    for number in range(5):
        packages.add_version(writing, widget, new_version(f"1.0.{number}"))
    gone = packages.version_of(writing, widget, "1.0.3")
    packages.unpublish_version(writing, gone.id, now=NOW)

    first = publications.newest(writing, widget, before=None, limit=2)
    rest = publications.newest(writing, widget, before=first[-1].id, limit=10)

    assert [p.version for p in first] == ["1.0.4", "1.0.3"]
    assert [p.version for p in rest] == ["1.0.2", "1.0.1", "1.0.0"]
    assert (first[1].unpublished_at, first[0].signatures) == (NOW, None)
