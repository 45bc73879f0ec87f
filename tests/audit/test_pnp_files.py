"""Projects whose packages stay in archives: yarn's Plug'n'Play, without running any of it."""

from __future__ import annotations

import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imprint.audit.archive_files import (
    MOST_DIRECTORY_BYTES,
    MOST_ENTRIES,
    MOST_OPEN,
    ArchiveFiles,
    OpenArchives,
)
from imprint.audit.disk_files import DiskFiles
from imprint.audit.pnp_files import PnpFiles
from imprint.audit.sources import Engine, Reached, reach_of
from imprint.npm.lockfiles.read import read_lockfile
from imprint.storage.verdicts import VerdictCache

if TYPE_CHECKING:
    from imprint.npm.lockfiles.model import Lockfile

LOCKFILE = """__metadata:
  version: 8
  cacheKey: 10

"@s/c@npm:^1.0.0":
  version: 1.0.0
  resolution: "@s/c@npm:1.0.0"
  languageName: node
  linkType: hard

"a@npm:^1.0.0":
  version: 1.0.0-rc-1.2
  resolution: "a@npm:1.0.0-rc-1.2"
  dependencies:
    "@s/c": "npm:^1.0.0"
    b: "npm:^2.0.0"
  peerDependencies:
    d: "*"
  languageName: node
  linkType: hard

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1.0.0"
    b: "npm:^1.0.0"
    d: "npm:^1.0.0"
    w: "workspace:*"
  languageName: unknown
  linkType: soft

"b@npm:^1.0.0":
  version: 1.0.0
  resolution: "b@npm:1.0.0"
  languageName: node
  linkType: hard

"b@npm:^2.0.0":
  version: 2.0.0
  resolution: "b@npm:2.0.0"
  languageName: node
  linkType: hard

"d@npm:^1.0.0":
  version: 1.0.0
  resolution: "d@npm:1.0.0"
  languageName: node
  linkType: hard

"w@workspace:*, w@workspace:packages/w":
  version: 0.0.0-use.local
  resolution: "w@workspace:packages/w"
  dependencies:
    b: "npm:^2.0.0"
  languageName: unknown
  linkType: soft
"""
MANIFEST = {
    "name": "app",
    "workspaces": ["packages/*"],
    "dependencies": {"a": "^1.0.0", "b": "^1.0.0", "d": "^1.0.0", "w": "workspace:*"},
}
ARCHIVES = {
    "a-npm-1.0.0-rc-1.2-0123456789-10c0.zip": {
        "node_modules/a/package.json": '{"name": "a", "version": "1.0.0-rc-1.2", "main": "lib"}',
        "node_modules/a/lib/index.js": "require('b'); require('@s/c'); require('d')",
    },
    "b-npm-1.0.0-0123456789-abcdef0123.zip": {
        "node_modules/b/package.json": '{"name": "b", "version": "1.0.0"}',
        "node_modules/b/index.js": "",
    },
    "b-npm-2.0.0-0123456789-abcdef0123.zip": {
        "node_modules/b/package.json": '{"name": "b", "version": "2.0.0"}',
        "node_modules/b/index.js": "",
    },
    "@s-c-npm-1.0.0-0123456789-abcdef0123.zip": {
        "node_modules/@s/c/package.json": '{"name": "@s/c", "version": "1.0.0"}',
        "node_modules/@s/c/index.js": "",
    },
}
UNPLUGGED = {
    "d-npm-1.0.0-0123456789/node_modules/d/package.json": '{"name": "d", "version": "1.0.0"}',
    "d-npm-1.0.0-0123456789/node_modules/d/index.js": "",
}
SOURCES = {
    ".pnp.cjs": "throw new Error('is never run')",
    "package.json": json.dumps(MANIFEST),
    "packages/w/package.json": '{"name": "w", "main": "w.js", "dependencies": {"b": "^2.0.0"}}',
}


@dataclass(frozen=True)
class Found:
    """What is asked about."""

    folder: Path
    lockfile: Lockfile


def archive(path: Path, files: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in files.items():
            written.writestr(name, text)


def project(folder: Path, sources: dict[str, str], *, has_cache: bool = True) -> Found:
    below = {f".yarn/unplugged/{path}": text for path, text in UNPLUGGED.items()}
    for path, text in {**SOURCES, **(below if has_cache else {}), **sources}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    for name, files in ARCHIVES.items() if has_cache else ():
        archive(folder / ".yarn/cache" / name, files)
    manifests = {"package.json": SOURCES["package.json"].encode()}
    locked = read_lockfile(LOCKFILE.encode(), filename="yarn.lock", manifests=manifests)
    return Found(folder, locked)


def words(found: Reached) -> dict[str, str]:
    return {
        key.split(",")[0]: each.exposure.word
        for key, each in found.reaches.items()
        if "workspace" not in key
    }


def test_packages_in_archives_are_looked_into(tmp_path):
    found = reach_of(project(tmp_path, {"src/a.ts": "import 'a'\n"}))

    assert (found.engine, found.notes) == (Engine.FILES, ())
    assert words(found) == {
        "@s/c@npm:^1.0.0": "runtime-imported",
        "a@npm:^1.0.0": "runtime-imported",
        "b@npm:^1.0.0": "dev-only-inert",
        "b@npm:^2.0.0": "runtime-imported",
        "d@npm:^1.0.0": "runtime-imported",
    }
    assert found.reaches["b@npm:^2.0.0"].proof == ("src/a.ts:1", "a", "b")


def test_each_workspace_has_the_version_that_it_needs(tmp_path):
    sources = {"src/a.ts": "import 'w'\n", "packages/w/w.js": "require('b')\n"}

    found = reach_of(project(tmp_path, sources))

    assert words(found)["b@npm:^2.0.0"] == "runtime-imported"
    assert words(found)["b@npm:^1.0.0"] == "dev-only-inert"


def test_packages_in_a_cache_outside_the_project_are_judged_by_the_lockfile_and_said(tmp_path):
    found = reach_of(project(tmp_path, {"src/a.ts": "import 'a'\n"}, has_cache=False))

    assert found.engine is Engine.LOCK
    assert words(found)["@s/c@npm:^1.0.0"] == "runtime-closure"
    (note,) = found.notes
    assert note.startswith("yarn's Plug'n'Play keeps the packages in a cache outside the project")


def test_an_archive_that_was_read_is_kept_until_it_changes(tmp_path):
    asked = project(tmp_path / "app", {"src/a.ts": "import 'a'\n"})
    with VerdictCache(tmp_path / "edges.sqlite3", secret=b"s" * 32) as cache:
        first = reach_of(asked, cache=cache)
        second = reach_of(asked, cache=cache)
        name = "a-npm-1.0.0-rc-1.2-0123456789-10c0.zip"
        changed = {**ARCHIVES[name], "node_modules/a/lib/index.js": "require('b')"}
        archive(tmp_path / "app/.yarn/cache" / name, changed)
        third = reach_of(asked, cache=cache)

    assert second == first
    assert words(third)["@s/c@npm:^1.0.0"] == "runtime-closure"


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04", b"nothing", b"PK\x05\x06" + b"\xff" * 18])
def test_a_damaged_archive_has_no_files(tmp_path, damaged):
    path = tmp_path / "a.zip"
    path.write_bytes(damaged)
    files = ArchiveFiles(path, OpenArchives())

    assert files.names("") == ()
    assert files.read("node_modules/a/index.js") is None


def listed(path: Path, count: int, *, more: bytes = b"") -> Path:
    """Write an archive that is nothing but a list of entries, which says that it has none."""
    entry = b"PK\x01\x02" + struct.pack("<6H3L5H2L", *([0] * 9), 1, *([0] * 6)) + b"a"
    directory = entry * count + more
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 0, 0, len(directory), 0, 0)
    path.write_bytes(directory + end)
    return path


@pytest.mark.parametrize(
    ("count", "more"),
    [(MOST_ENTRIES + 1, 0), (0, MOST_DIRECTORY_BYTES + 1)],
    ids=["too many entries", "a list without end"],
)
def test_a_list_of_entries_that_is_too_long_is_not_read(tmp_path, count, more):
    opened = OpenArchives()

    files = ArchiveFiles(listed(tmp_path / "a.zip", count, more=b"\0" * more), opened)

    assert files.names("") == ()
    assert list(opened.refused) == ["a.zip"]


def test_a_list_that_is_not_too_long_is(tmp_path):
    opened = OpenArchives()

    assert ArchiveFiles(listed(tmp_path / "a.zip", 100), opened).names("") == ("a",)
    assert not opened.refused


def test_archives_have_so_many_entries_together_however_often_they_are_opened(tmp_path):
    opened = OpenArchives(most_entries=MOST_OPEN + 20)
    paths = [tmp_path / f"{number}.zip" for number in range(MOST_OPEN + 10)]
    for path in paths:
        archive(path, {"a.js": "1"})

    files = [ArchiveFiles(path, opened) for path in paths]
    first = [each.read("a.js") for each in files]
    again = [each.read("a.js") for each in files]

    assert first == [b"1"] * len(paths)
    assert again[:10] == [b"1"] * 10
    assert again[10:20] == [None] * 10
    assert list(opened.refused) == [path.name for path in paths[10:20]]


def test_what_an_archive_that_is_refused_may_load_is_told_by_the_lockfile(tmp_path):
    asked = project(tmp_path, {"src/a.ts": "import 'a'\n"})
    name = "a-npm-1.0.0-rc-1.2-0123456789-10c0.zip"
    listed(tmp_path / ".yarn/cache" / name, MOST_ENTRIES + 1)

    found = reach_of(asked)

    assert words(found)["b@npm:^2.0.0"] == "runtime-closure"
    assert words(found)["@s/c@npm:^1.0.0"] == "runtime-closure"
    note = (
        f"1 archive is broken, or too large to be looked at: {name};"
        " what it loads is told by the lockfile"
    )
    assert note in found.notes


def test_an_archive_whose_files_are_damaged_gives_none_of_them(tmp_path):
    path = tmp_path / "a.zip"
    archive(path, {"a.js": "import 'x'" * 100})
    path.write_bytes(path.read_bytes().replace(path.read_bytes()[40:60], b"\xff" * 20))

    assert ArchiveFiles(path, OpenArchives()).read("a.js") is None


def test_more_archives_than_may_be_open_are_read_all_the_same(tmp_path):
    opened = OpenArchives()
    paths = [tmp_path / f"{number}.zip" for number in range(MOST_OPEN + 10)]
    for path in paths:
        archive(path, {"a.js": path.name})
    files = [ArchiveFiles(path, opened) for path in paths]

    for _ in range(2):
        assert [each.read("a.js") for each in files] == [path.name.encode() for path in paths]


def test_a_file_that_is_far_larger_than_any_source_is_not_unpacked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("a.js", b"\0" * (33 * 1024 * 1024))

    assert path.stat().st_size < 100_000
    assert ArchiveFiles(path, OpenArchives()).read("a.js") is None


def test_an_archive_of_folders_without_end_has_no_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("a/" * 30_000 + "index.js", b"")

    files = ArchiveFiles(tmp_path / "a.zip", OpenArchives())

    assert (files.names(""), files.is_dir("a")) == ((), False)


def test_names_that_lead_out_of_an_archive_are_names_and_nothing_else(tmp_path):
    path = tmp_path / "a.zip"
    archive(path, {"../../out.js": "1", "/root.js": "2", "a/../b.js": "3"})
    files = ArchiveFiles(path, OpenArchives())

    assert files.read("out.js") is None
    assert files.read("../../out.js") == b"1"
    assert not (tmp_path.parent / "out.js").exists()


@pytest.mark.parametrize(
    "path",
    [
        *("node_modules", "node_modules/", "node_modules/.store", "node_modules/.store/", "", "/"),
        *("node_modules/.store/a@1.0.0-rc-1.2", "node_modules/.store/x/node_modules/x", "../x"),
        *("node_modules/@s", "node_modules//a", "packages/w/node_modules/b/../../x", "a\0b"),
    ],
)
def test_odd_paths_are_there_or_not(tmp_path, path):
    asked = project(tmp_path, {})
    files = PnpFiles(DiskFiles(asked.folder), asked.folder, asked.lockfile)

    assert files.read(path) is None
    assert files.size(path) is None or not files.is_file(path)
    assert isinstance(files.names(path), tuple)
    assert files.is_dir(path) in {True, False}
