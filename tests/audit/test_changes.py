"""What a change of lockfile does to each version."""

from __future__ import annotations

from pathlib import Path

from imprint.audit.changes import changes_of
from imprint.audit.lockfiles import FoundLockfile
from imprint.audit.model import Change
from tests.support.lock_graphs import lockfile, package


def found(*packages):
    return FoundLockfile(
        path=Path("package-lock.json"),
        data=b"",
        filename="package-lock.json",
        manifests={},
        lockfile=lockfile(packages),
        folder=Path(),
    )


def test_without_a_base_nothing_is_a_change():
    assert changes_of(None, found(package("a"))).by_version == {}


def test_what_is_added_replaces_nothing_and_what_is_changed_names_it():
    before = found(package("a"), package("gone"))
    after = found(package("a", version="1.1.0"), package("new"))

    told = changes_of(before, after)

    assert told.by_version == {
        ("a", "1.1.0"): (Change.CHANGED, "1.0.0"),
        ("new", "1.0.0"): (Change.ADDED, None),
    }
    assert told.removed == ("gone@1.0.0",)


def test_the_same_lockfile_is_no_change():
    told = changes_of(found(package("a")), found(package("a")))

    assert (told.by_version, told.removed) == ({}, ())
