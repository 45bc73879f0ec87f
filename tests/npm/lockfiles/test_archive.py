"""The archive's lockfiles: one project, as five package managers and three versions of npm's write it."""

import pytest

from imprint.npm.lockfiles.flags import flags_of
from imprint.npm.lockfiles.graph import Graph
from imprint.npm.lockfiles.model import Lockfile, LockfileFormat, SourceKind
from tests.support.archived_lockfiles import NAMES, archived, archived_bytes, needs_archive
from tests.support.lockfile_counts import Counts, counts_of

pytestmark = needs_archive

EXPECTED = {
    "package-lock.json": Counts(
        places=2211,
        versions=1924,
        names=1611,
        names_with_several=245,
        dev=675,
        optional=91,
        bundled=195,
        without_integrity=195,
        install_scripts=6,
        patched=0,
        aliases=6,
        edges=5344,
        edges_to_nothing=75,
        direct=31,
        last_line=28581,
    ),
    "package-lock.resolved.json": Counts(
        places=2211,
        versions=1924,
        names=1611,
        names_with_several=245,
        dev=675,
        optional=91,
        bundled=195,
        without_integrity=195,
        install_scripts=6,
        patched=0,
        aliases=6,
        edges=5344,
        edges_to_nothing=75,
        direct=31,
        last_line=30596,
    ),
    "package-lock.v1.json": Counts(
        places=2211,
        versions=1924,
        names=1611,
        names_with_several=245,
        dev=675,
        optional=91,
        bundled=195,
        without_integrity=195,
        install_scripts=0,
        patched=0,
        aliases=6,
        edges=4888,
        edges_to_nothing=28,
        direct=31,
        last_line=17509,
    ),
    "package-lock.v2.json": Counts(
        places=2211,
        versions=1924,
        names=1611,
        names_with_several=245,
        dev=675,
        optional=91,
        bundled=195,
        without_integrity=195,
        install_scripts=6,
        patched=0,
        aliases=6,
        edges=5344,
        edges_to_nothing=75,
        direct=31,
        last_line=28581,
    ),
    "pnpm-lock.yaml": Counts(
        places=1798,
        versions=1797,
        names=1505,
        names_with_several=235,
        dev=386,
        optional=83,
        bundled=0,
        without_integrity=0,
        install_scripts=0,
        patched=0,
        aliases=0,
        edges=4465,
        edges_to_nothing=0,
        direct=31,
        last_line=8280,
    ),
    "yarn-v1.lock": Counts(
        places=1984,
        versions=1953,
        names=1612,
        names_with_several=253,
        dev=597,
        optional=143,
        bundled=0,
        without_integrity=0,
        install_scripts=0,
        patched=0,
        aliases=31,
        edges=4464,
        edges_to_nothing=0,
        direct=31,
        last_line=15531,
    ),
    "yarn-berry.lock": Counts(
        places=1964,
        versions=1960,
        names=1613,
        names_with_several=257,
        dev=555,
        optional=123,
        bundled=0,
        without_integrity=1964,
        install_scripts=0,
        patched=0,
        aliases=4,
        edges=4938,
        edges_to_nothing=176,
        direct=31,
        last_line=21092,
    ),
    "bun.lock": Counts(
        places=2495,
        versions=1912,
        names=1612,
        names_with_several=240,
        dev=532,
        optional=92,
        bundled=68,
        without_integrity=0,
        install_scripts=6,
        patched=0,
        aliases=6,
        edges=6354,
        edges_to_nothing=89,
        direct=31,
        last_line=5033,
    ),
}


def versions(lockfile: Lockfile) -> set[tuple[str, str | None]]:
    return {(package.name, package.version) for package in lockfile.packages.values()}


def test_every_lockfile_of_the_archive_has_its_counts_written_down():
    assert set(EXPECTED) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_lockfile_has_what_it_has(name):
    assert counts_of(archived(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_project_is_from_anywhere_but_a_registry(name):
    assert {package.source for package in archived(name).packages.values()} == {SourceKind.REGISTRY}


def test_npm_writes_2212_places_the_project_itself_among_them():
    lockfile = archived("package-lock.json")

    assert len(lockfile.packages) + len(lockfile.projects) == 2212


@pytest.mark.parametrize(
    "name", ["package-lock.resolved.json", "package-lock.v1.json", "package-lock.v2.json"]
)
def test_all_versions_of_npms_lockfile_have_the_same_places(name):
    newest = archived("package-lock.json").packages
    other = archived(name).packages

    assert list(other) == list(newest) or set(other) == set(newest)
    assert [other[key].integrity for key in newest] == [p.integrity for p in newest.values()]
    assert [other[key].is_dev for key in newest] == [p.is_dev for p in newest.values()]
    assert [other[key].bundled_in for key in newest] == [p.bundled_in for p in newest.values()]


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("pnpm-lock.yaml", 1792),
        ("yarn-v1.lock", 1905),
        ("yarn-berry.lock", 1905),
        ("bun.lock", 1899),
    ],
)
def test_other_package_managers_lock_nearly_the_same_versions(name, shared):
    assert len(versions(archived("package-lock.json")) & versions(archived(name))) == shared


@pytest.mark.parametrize("name", ["pnpm-lock.yaml", "yarn-v1.lock", "bun.lock"])
def test_the_same_version_has_the_same_integrity_in_all_formats(name):
    known = {
        (package.name, package.version): package.integrity
        for package in archived("package-lock.json").packages.values()
        if package.integrity is not None
    }
    both = [
        (package.integrity, known[package.name, package.version])
        for package in archived(name).packages.values()
        if (package.name, package.version) in known
    ]

    assert len(both) > 1600
    assert {(ours == theirs) for ours, theirs in both} == {True}


def test_the_graphs_flags_are_npms_own():
    lockfile = archived("package-lock.json")
    packages = lockfile.packages

    # The archive's lockfile was made with `legacy-peer-deps`: no peer is an edge.
    flags = flags_of(
        lockfile.projects, {key: p.edges for key, p in packages.items()}, follows_peers=False
    )

    assert flags.dev_only == {key for key, package in packages.items() if package.is_dev}
    assert flags.optional_only == {key for key, package in packages.items() if package.is_optional}


@pytest.mark.parametrize("name", NAMES)
def test_every_package_has_a_path_from_the_project(name):
    lockfile = archived(name)
    graph = Graph(lockfile)

    assert [key for key in lockfile.packages if graph.path_to(key)[-1:] != (key,)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_the_one_where_the_package_is_named(name):
    lockfile = archived(name)
    lines = archived_bytes(name).decode().split("\n")
    wrong = [
        (package.line, lines[package.line - 1])
        for package in lockfile.packages.values()
        if (package.alias or package.name) not in lines[package.line - 1]
    ]

    assert wrong == []


def test_what_npm_bundles_comes_in_npms_own_tarball():
    lockfile = archived("package-lock.json")
    carriers = {p.bundled_in for p in lockfile.packages.values() if p.bundled_in is not None}

    assert {lockfile.packages[key].name for key in carriers} == {"npm"}
    assert len(list(lockfile.registry_packages())) == 2211 - 195


def test_an_override_of_yarns_is_known_by_what_it_was_replaced_with():
    for name in ("yarn-v1.lock", "yarn-berry.lock"):
        lockfile = archived(name)
        found = [
            p for p in lockfile.packages.values() if p.name == "is-number" and p.version == "7.0.0"
        ]

        assert len(found) == (29 if lockfile.format is LockfileFormat.YARN else 1)
