"""Which versions of a lockfile are audited, and whose evidence a bundled one has."""

from __future__ import annotations

from imprint.audit.selection import UNVERSIONED, versions_of
from imprint.npm.lockfiles.model import SourceKind
from tests.support.lock_graphs import lockfile, package


def places(*packages):
    found = versions_of(lockfile(packages))
    return [(one.name, one.version, len(one.places)) for one in found]


def test_two_places_of_the_same_bytes_are_one_version():
    deeper = package("a", key="node_modules/b/node_modules/a")

    assert places(package("a"), deeper) == [("a", "1.0.0", 2)]


def test_other_bytes_under_the_same_version_are_another():
    deeper = package("a", key="node_modules/b/node_modules/a", integrity="sha512-other")

    assert places(package("a"), deeper) == [("a", "1.0.0", 1), ("a", "1.0.0", 1)]


def test_workspaces_are_the_projects_own():
    assert places(package("own", source=SourceKind.WORKSPACE), package("a")) == [("a", "1.0.0", 1)]


def test_what_has_no_version_has_a_word_for_it():
    (found,) = versions_of(lockfile([package("a", version=None, source=SourceKind.GIT)]))

    assert (found.version, found.comes_from_registry) == (UNVERSIONED, False)


def test_what_is_bundled_within_what_is_bundled_comes_from_the_first_that_is_not():
    packages = [
        package("a"),
        package("b", key="a/b", bundled_in="node_modules/a"),
        package("c", key="a/b/c", bundled_in="a/b"),
    ]

    *_, last = versions_of(lockfile(packages))

    assert last.carrier is not None
    assert (last.carrier.name, last.comes_from_registry) == ("a", True)


def test_bundled_in_a_git_dependency_nothing_comes_from_a_registry():
    packages = [
        package("a", source=SourceKind.GIT),
        package("b", key="a/b", bundled_in="node_modules/a"),
    ]

    *_, last = versions_of(lockfile(packages))

    assert not last.comes_from_registry


def test_bundles_that_carry_each_other_end():
    packages = [
        package("a", bundled_in="node_modules/b"),
        package("b", bundled_in="node_modules/a"),
    ]

    assert len(versions_of(lockfile(packages))) == 2


def test_a_carrier_that_is_missing_leaves_the_copy_to_itself():
    (found,) = versions_of(lockfile([package("b", bundled_in="node_modules/none")]))

    assert found.carrier is None


def test_the_first_place_with_an_integrity_tells_it():
    deeper = package("a", key="x", integrity=None)
    (first, second) = versions_of(lockfile([deeper, package("a")]))

    assert (first.integrity, second.integrity) == (None, "sha512-a")
