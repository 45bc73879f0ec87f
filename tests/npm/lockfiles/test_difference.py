"""What a change of lockfile changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.npm.lockfiles import pairing
from imprint.npm.lockfiles.difference import LockfileDifference, difference
from imprint.npm.lockfiles.model import SourceKind
from tests.support.archived_lockfiles import NAMES, archived, needs_archive
from tests.support.locked import INTEGRITY, lockfile, package

OTHER = "sha512-" + "B" * 86 + "=="


def told(found: LockfileDifference) -> list[str]:
    return [
        *(f"+ {one.name} {one.version}" for one in found.added),
        *(f"- {one.name} {one.version}" for one in found.removed),
        *(f"{c.what}: {c.before.name} {c.before.version} {c.after.version}" for c in found.changed),
    ]


def of(*keys: str, projects: dict[str, list[str]] | None = None, **edges: list[str]):
    return lockfile(
        projects or {"": list(keys)}, {key: edges.get(key.partition("@")[0], []) for key in keys}
    )


def test_the_same_lockfile_has_no_difference():
    assert difference(of("a", "b"), of("a", "b")) == LockfileDifference()


def test_names_come_and_go():
    assert told(difference(of("a", "b"), of("b", "c"))) == ["+ c 1.0.0", "- a 1.0.0"]


def test_the_only_version_of_a_name_becomes_the_other_one():
    assert told(difference(of("a@1.0.0"), of("a@2.0.0"))) == ["version: a 1.0.0 2.0.0"]


def test_a_second_version_is_added():
    assert told(difference(of("a@1.0.0"), of("a@1.0.0", "a@2.0.0"))) == ["+ a 2.0.0"]


def test_of_several_versions_those_of_one_major_are_a_pair():
    old, new = of("a@1.0.0", "a@2.0.0", "a@3.0.0"), of("a@2.1.0", "a@1.0.1")

    assert told(difference(old, new)) == [
        "- a 3.0.0",
        "version: a 1.0.0 1.0.1",
        "version: a 2.0.0 2.1.0",
    ]


def test_versions_in_the_same_place_are_a_pair_before_the_nearest_ones():
    packages: dict[str, list[str]] = {"x": [], "y": [], "a@1.0.0": [], "a@2.0.0": []}
    old = lockfile({"": ["x", "y"]}, {**packages, "x": ["a@1.0.0"], "y": ["a@2.0.0"]})
    packages = {"x": [], "y": [], "a@3.0.0": [], "a@2.5.0": []}
    new = lockfile({"": ["x", "y"]}, {**packages, "x": ["a@2.5.0"], "y": ["a@3.0.0"]})

    assert told(difference(old, new)) == ["version: a 1.0.0 2.5.0", "version: a 2.0.0 3.0.0"]


def test_more_versions_than_can_be_compared_are_paired_in_their_order(monkeypatch):
    monkeypatch.setattr(pairing, "MAX_COMBINATIONS", 3)

    found = difference(of("a@10.0.0", "a@9.0.0"), of("a@9.0.1", "a@10.0.1"))

    assert told(found) == ["version: a 9.0.0 9.0.1", "version: a 10.0.0 10.0.1"]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({}, {"integrity": OTHER}, "integrity"),
        ({"integrity": f"sha1-AAA= {INTEGRITY}"}, {}, None),
        ({"integrity": "sha1-AAA="}, {}, "integrity"),
        ({"integrity": None}, {}, None),
        ({}, {"integrity": None}, "integrity"),
        ({}, {"integrity": "sha256-AAA="}, "integrity"),
        ({"integrity": None}, {"integrity": None}, None),
        (
            {"integrity": None, "resolved": "https://a.test/a/-/a.tgz"},
            {"integrity": None, "resolved": "https://a.test/evil/-/evil.tgz"},
            "integrity",
        ),
        ({"integrity": f"sha1-AAA= {INTEGRITY}"}, {"integrity": "sha1-BBB="}, "integrity"),
        ({}, {"source": SourceKind.GIT, "resolved": "git+ssh://x#1"}, "source"),
        (
            {"source": SourceKind.GIT, "resolved": "g#1"},
            {"source": SourceKind.GIT, "resolved": "g#2"},
            "source",
        ),
        ({}, {"bundled_in": "b"}, "source"),
        (
            {"resolved": "https://a.test/x/-/x.tgz"},
            {"resolved": "https://b.test/x/-/x.tgz"},
            "source",
        ),
        ({"resolved": "https://a.test/x/-/x.tgz"}, {"resolved": "https://a.test/y.tgz"}, None),
        ({"resolved": None}, {"resolved": "https://a.test/y.tgz"}, None),
    ],
)
def test_the_same_version_of_other_bytes_or_from_elsewhere_is_changed(before, after, what):
    old = lockfile({"": ["a"]}, {}, kept=[package("a", **before)])
    new = lockfile({"": ["a"]}, {}, kept=[package("a", **after)])

    assert told(difference(old, new)) == ([] if what is None else [f"{what}: a 1.0.0 1.0.0"])


def test_a_link_to_a_workspace_is_no_package():
    link = replace(package("a"), source=SourceKind.WORKSPACE, version=None)

    assert told(difference(of("b"), lockfile({"": ["a"]}, {"b": []}, kept=[link]))) == []


KEYS = st.sets(
    st.builds("{}@{}.{}.0".format, st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 3))
)


@given(old=KEYS, new=KEYS)
def test_a_difference_leads_from_the_old_lockfile_to_the_new_one(old, new):
    found = difference(of(*sorted(old)), of(*sorted(new)))
    became = {f"{c.before.name}@{c.before.version}" for c in found.changed}
    become = {f"{c.after.name}@{c.after.version}" for c in found.changed}
    gone = {f"{one.name}@{one.version}" for one in found.removed}
    come = {f"{one.name}@{one.version}" for one in found.added}

    assert (old - gone - became) | come | become == new
    assert len(become) == len(became) == len(found.changed)
    assert gone <= old
    assert come <= new


@needs_archive
@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("package-lock.resolved.json", (0, 0, 0)),
        ("package-lock.v1.json", (0, 0, 0)),
        ("package-lock.v2.json", (0, 0, 0)),
        ("pnpm-lock.yaml", (5, 132, 0)),
        ("yarn-v1.lock", (39, 10, 9)),
        ("yarn-berry.lock", (46, 10, 9)),
        ("bun.lock", (4, 16, 9)),
    ],
)
def test_formats_of_the_archive_differ_by_few_packages(name, numbers):
    found = difference(archived("package-lock.json"), archived(name))

    assert (len(found.added), len(found.removed), len(found.changed)) == numbers
    assert name in NAMES
