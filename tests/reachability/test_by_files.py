"""What is loaded file by file, and what that says of the lockfile's packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from imprint.npm.lockfiles.model import LockfileFormat
from imprint.reachability.by_files import places_of_folders, reach_by_files, tarball_of
from imprint.reachability.exposure import Exposure, Reach
from imprint.reachability.files import package_folder
from imprint.reachability.imports import imports_of
from imprint.reachability.installed_edges import InstalledEdges
from imprint.reachability.loading import load
from imprint.reachability.locked import Locked
from imprint.reachability.resolution import Resolver
from imprint.reachability.uses import InstallScripts, Use
from tests.support.lock_graphs import lockfile, package
from tests.support.memory_files import MemoryFiles

NO_SCRIPTS = InstallScripts(all_off=True)


class Kept(dict[bytes, bytes]):
    """A cache in memory."""

    def get(self, keys: Iterable[bytes], /) -> Mapping[bytes, bytes]:  # type: ignore[override] # a cache of many
        return {key: self[key] for key in keys if key in self}

    def put(self, verdicts: Mapping[bytes, bytes], /) -> None:
        self.update(verdicts)


def loaded(files, *entries, links=None):
    kept = MemoryFiles(files, links=links)
    return load(
        entries,
        Resolver(kept),
        lambda path: imports_of(kept.read(path) or b"", filename=path),
    )


def reached(files, locked, *uses, entry="src/a.js", missing=frozenset()):
    kept, indexed = MemoryFiles(files), Locked(locked)
    loading = loaded(files, entry)
    places = places_of_folders(
        loading.packages, indexed, Resolver(kept), format_=LockfileFormat.NPM
    )
    return reach_by_files(
        indexed, loading, uses, places=places, scripts=NO_SCRIPTS, missing=missing
    )


def test_packages_are_loaded_by_way_of_others_with_the_way_there():
    files = {
        "src/a.js": "\nimport './b'",
        "src/b.js": "\n\nimport 'x'",
        "node_modules/x/index.js": "require('./lib')",
        "node_modules/x/lib.js": "require('y')",
        "node_modules/y/index.js": "",
        "node_modules/z/index.js": "",
    }

    found = loaded(files, "src/a.js")

    assert {folder: each.proof for folder, each in found.packages.items()} == {
        "node_modules/x": ("src/b.js:3", "x"),
        "node_modules/y": ("src/b.js:3", "x", "y"),
    }


@pytest.mark.parametrize("place", ["workers/a.js", "src/workers/a.js"])
def test_a_worker_is_taken_from_where_the_process_runs_or_from_beside_the_file(place):
    files = {
        "package.json": "{}",
        "src/pool.js": "new Worker('./workers/a.js')",
        place: "import 'x'",
        "node_modules/x/index.js": "",
    }

    found = loaded(files, "src/pool.js")

    assert set(found.packages) == {"node_modules/x"}
    assert not found.computes


def test_a_worker_that_is_nowhere_is_nothing_that_lacks():
    found = loaded({"package.json": "{}", "src/a.js": "new Worker('./made.js')"}, "src/a.js")

    assert (found.unresolved_count, found.computes) == (0, False)


def test_the_shortest_way_is_told():
    files = {
        "src/a.js": "import 'x'; import 'y'",
        "node_modules/x/index.js": "import 'y'",
        "node_modules/y/index.js": "",
    }

    assert loaded(files, "src/a.js").packages["node_modules/y"].proof == ("src/a.js:1", "y")


def test_files_that_load_each_other_have_an_end():
    files = {"src/a.js": "import './b'", "src/b.js": "import './a'; import './b'"}

    assert loaded(files, "src/a.js").files == {"src/a.js", "src/b.js"}


def test_what_is_computed_is_told_of_all_that_comes_after():
    files = {
        "src/a.js": "import 'x'; import 'w'",
        "node_modules/w/index.js": "",
        "node_modules/x/index.js": "require('y'); require(process.argv[2])",
        "node_modules/y/index.js": "",
    }

    found = loaded(files, "src/a.js")

    assert found.computes
    assert {name: each.may_load_anything for name, each in found.packages.items()} == {
        "node_modules/x": True,
        "node_modules/w": False,
        "node_modules/y": True,
    }


def test_names_that_lead_nowhere_are_told_of_the_projects_own_files():
    files = {
        "src/a.js": "import 'x'\nimport './gone'",
        "node_modules/x/index.js": "try { require('gone') } catch {}",
    }

    found = loaded(files, "src/a.js")

    assert found.unresolved_count == 2
    assert [(each.specifier, each.line) for each in found.unresolved] == [("./gone", 2)]


def test_a_link_leads_into_a_workspace_whose_files_are_the_projects_own():
    files = {
        "src/a.js": "import 'w'",
        "packages/w/index.js": "import 'x'",
        "node_modules/x/index.js": "",
    }

    found = loaded(files, "src/a.js", links={"node_modules/w": "packages/w"})

    assert found.packages["node_modules/x"].proof == ("packages/w/index.js:1", "x")


def test_reach_tells_loaded_needed_and_inert_packages_apart():
    files = {
        "src/a.js": "import 'x'",
        "node_modules/x/index.js": "import 'y'",
        "node_modules/x/package.json": {"name": "x", "version": "1.0.0"},
        "node_modules/y/index.js": "",
    }
    locked = lockfile(
        [package("x", "y", "z"), package("y"), package("z"), package("i"), package("d")],
        prod=["x", "i"],
        dev=["d"],
    )

    found = reached(files, locked)

    assert {key.removeprefix("node_modules/"): each for key, each in found.items()} == {
        "x": Reach(exposure=Exposure.RUNTIME_IMPORTED, proof=("src/a.js:1", "x")),
        "y": Reach(exposure=Exposure.RUNTIME_IMPORTED, proof=("src/a.js:1", "x", "y")),
        "z": Reach(exposure=Exposure.RUNTIME_CLOSURE, proof=("src/a.js:1", "x", "z")),
        "i": Reach(exposure=Exposure.DEV_ONLY_INERT),
        "d": Reach(exposure=Exposure.DEV_ONLY_INERT),
    }


def test_what_a_computed_name_may_mean_is_inert_and_marked():
    files = {"src/a.js": "import 'x'", "node_modules/x/index.js": "require(a)"}
    locked = lockfile([package("x"), package("pug", "p"), package("p")], prod=["x", "pug"])

    found = reached(files, locked)

    marked = Reach(exposure=Exposure.DEV_ONLY_INERT, may_load_anything=True)
    assert found["node_modules/pug"] == found["node_modules/p"] == marked


def test_what_a_tool_runs_is_build_though_the_application_loads_it():
    files = {"src/a.js": "import 'x'", "node_modules/x/index.js": ""}
    use = Use(project="", origin="package.json: scripts.b", package="x", is_build=True)

    found = reached(files, lockfile([package("x")], prod=["x"]), use)

    assert found["node_modules/x"].exposure is Exposure.BUILD


def test_an_optional_package_that_is_not_there_is_not_installed():
    missing = frozenset({"node_modules/x"})

    found = reached({}, lockfile([package("x", is_optional=True)]), missing=missing)

    assert found == {"node_modules/x": Reach(exposure=Exposure.NOT_INSTALLED)}


PNPM = "node_modules/.pnpm/x@1.0.0_y@1.0.0/node_modules/x"


def test_a_folder_of_a_store_stands_for_every_place_of_its_release():
    places = [
        package("x", key="x@1.0.0(y@1.0.0)"),
        package("x", key="x@1.0.0(y@2.0.0)"),
        package("x", key="x@2.0.0", version="2.0.0"),
    ]
    files = MemoryFiles({f"{PNPM}/package.json": {"name": "x", "version": "1.0.0"}})

    found = places_of_folders(
        [PNPM], Locked(lockfile(places)), Resolver(files), format_=LockfileFormat.PNPM
    )

    assert found == {PNPM: ("x@1.0.0(y@1.0.0)", "x@1.0.0(y@2.0.0)")}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "sha512-x"),
        ({"is_patched": True}, None),
        ({"version": "2.0.0"}, None),
        ({"integrity": None}, None),
    ],
    ids=["whole", "patched", "of another version", "without integrity"],
)
def test_a_tarball_speaks_for_what_is_as_it_was_published(more, expected):
    files = MemoryFiles({"node_modules/x/package.json": {"name": "x", "version": "1.0.0"}})
    locked = Locked(lockfile([package("x", **more)]))

    assert (
        tarball_of("node_modules/x", locked, Resolver(files), format_=LockfileFormat.NPM)
        == expected
    )


def edges_of(files, cache, *, integrity="sha512-x"):
    kept = MemoryFiles(files)
    edges = InstalledEdges(kept, integrity_of=lambda _: integrity, cache=cache)
    path = "node_modules/x/lib/a.js"
    found = edges.imports_at(path, package_folder(path) or "")
    edges.keep()
    assert found is not None
    return [each.specifier for each in found.specifiers], kept.reads


def test_a_file_of_a_tarball_that_was_seen_is_not_read_again():
    files, cache = {"node_modules/x/lib/a.js": "require('y')"}, Kept()
    first = edges_of(files, cache)

    assert first == (["y"], ["node_modules/x/lib/a.js"])
    assert edges_of(files, cache) == (["y"], [])


def test_a_file_that_has_another_size_than_when_it_was_seen_is_read():
    cache = Kept()
    edges_of({"node_modules/x/lib/a.js": "require('y')"}, cache)

    assert edges_of({"node_modules/x/lib/a.js": "require('other')"}, cache)[0] == ["other"]


def test_another_tarball_of_the_same_name_is_read():
    cache = Kept()
    edges_of({"node_modules/x/lib/a.js": "require('y')"}, cache)

    assert edges_of({"node_modules/x/lib/a.js": "require('z')"}, cache, integrity="b")[0] == ["z"]


def test_what_no_tarball_speaks_for_is_not_kept():
    cache = Kept()

    edges_of({"node_modules/x/lib/a.js": "require('y')"}, cache, integrity=None)

    assert not cache


@pytest.mark.parametrize("damaged", [b"", b"\x80", b"\x81\xa1a", b"nothing", b"\x93\x01\x02\x03"])
def test_what_is_kept_and_damaged_is_read_anew(damaged):
    files, cache = {"node_modules/x/lib/a.js": "require('y')"}, Kept()
    edges_of(files, cache)
    cache.update(dict.fromkeys(cache, damaged))

    assert edges_of(files, cache)[0] == ["y"]
