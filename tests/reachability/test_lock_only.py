"""Reach by the lockfile alone."""

from __future__ import annotations

import itertools

import pytest

from imprint.npm.lockfiles.graph import MOST_STEPS
from imprint.npm.lockfiles.model import EdgeKind
from imprint.reachability.exposure import Exposure, Reach
from imprint.reachability.lock_only import reach_by_lock
from imprint.reachability.locked import Locked
from imprint.reachability.uses import InstallScripts, Use
from tests.support.lock_graphs import edge, lockfile, package


def use(name: str, origin: str = "src/a.ts:1", *, project: str = "", is_build: bool = False) -> Use:
    return Use(project=project, origin=origin, package=name, is_build=is_build)


def reached(locked, *uses, scripts=None):
    return reach_by_lock(Locked(locked), uses, scripts=scripts or InstallScripts())


def exposures(locked, *uses, scripts=None):
    found = reached(locked, *uses, scripts=scripts)
    return {key.removeprefix("node_modules/"): reach.exposure.word for key, reach in found.items()}


def test_what_a_file_imports_is_imported_and_what_that_needs_is_its_closure():
    locked = lockfile([package("a", "b"), package("b", "c"), package("c")], prod=["a"])

    assert reached(locked, use("a", "src/a.ts:3")) == {
        "node_modules/a": Reach(exposure=Exposure.RUNTIME_IMPORTED, proof=("src/a.ts:3", "a")),
        "node_modules/b": Reach(exposure=Exposure.RUNTIME_CLOSURE, proof=("src/a.ts:3", "a", "b")),
        "node_modules/c": Reach(
            exposure=Exposure.RUNTIME_CLOSURE, proof=("src/a.ts:3", "a", "b", "c")
        ),
    }


def test_what_nothing_asks_for_is_inert():
    locked = lockfile([package("a"), package("b", "c"), package("c")], prod=["a"], dev=["b"])

    assert exposures(locked, use("a")) == {
        "a": "runtime-imported",
        "b": "dev-only-inert",
        "c": "dev-only-inert",
    }


def test_a_tool_that_runs_is_build_with_all_that_it_needs():
    locked = lockfile([package("jest", "b"), package("b")], dev=["jest"])

    found = exposures(locked, use("jest", "package.json: scripts.test", is_build=True))

    assert found == {"jest": "build", "b": "build"}


def test_build_stands_above_runtime():
    locked = lockfile([package("a", "b"), package("b"), package("jest", "b")], prod=["a"])

    found = reached(locked, use("a"), use("b", "jest.config.js:2", is_build=True))

    assert found["node_modules/b"] == Reach(
        exposure=Exposure.BUILD, proof=("jest.config.js:2", "b")
    )


def test_plugins_that_a_tool_loads_by_name_are_build():
    packages = [package("eslint"), package("eslint-plugin-x", "y"), package("y"), package("z")]
    locked = lockfile(packages, dev=["eslint", "eslint-plugin-x", "z"])

    found = reached(locked, use("eslint", "package.json: scripts.lint", is_build=True))

    assert found["node_modules/y"].proof == (
        "package.json: scripts.lint",
        "eslint",
        "eslint-plugin-x",
        "y",
    )
    assert found["node_modules/z"].exposure is Exposure.DEV_ONLY_INERT


def test_dependencies_of_development_of_a_package_are_not_needed():
    locked = lockfile([package("a", edge("b", kind=EdgeKind.DEV)), package("b")], prod=["a"])

    assert exposures(locked, use("a"))["b"] == "dev-only-inert"


@pytest.mark.parametrize("kind", [EdgeKind.PROD, EdgeKind.OPTIONAL, EdgeKind.PEER])
def test_all_other_dependencies_of_a_package_are_needed(kind):
    locked = lockfile([package("a", edge("b", kind=kind)), package("b")], prod=["a"])

    assert exposures(locked, use("a"))["b"] == "runtime-closure"


def test_a_circle_of_packages_has_an_end():
    locked = lockfile([package("a", "b"), package("b", "a")], prod=["a"])

    assert exposures(locked, use("a")) == {"a": "runtime-imported", "b": "runtime-closure"}


def test_a_workspace_means_its_own_place_of_a_name():
    own = package("a", key="packages/w/node_modules/a", version="2.0.0")
    needs = [edge("a", own.key)]
    locked = lockfile([package("a"), own], prod=["a"], workspaces={"packages/w": needs})

    found = reached(locked, use("a", project="packages/w"))

    assert found[own.key].exposure is Exposure.RUNTIME_IMPORTED
    assert found["node_modules/a"].exposure is Exposure.DEV_ONLY_INERT


def test_an_alias_is_found_by_the_name_it_is_installed_by():
    aliased = package("real", key="node_modules/other", alias="other")
    locked = lockfile([aliased], prod=["other"])

    assert reached(locked, use("other"))["node_modules/other"].proof == ("src/a.ts:1", "other")


def test_a_name_that_no_package_json_has_is_found_where_hoisting_puts_it():
    nested = package("b", key="node_modules/a/node_modules/b", version="2.0.0")
    locked = lockfile([package("a", "b"), nested, package("b")], prod=["a"])

    found = reached(locked, use("b"))

    assert found["node_modules/b"].exposure is Exposure.RUNTIME_IMPORTED
    assert found[nested.key].exposure is Exposure.DEV_ONLY_INERT


def test_an_install_script_is_the_worst_and_keeps_the_way_there():
    locked = lockfile([package("a", "b"), package("b", has_install_script=True)], prod=["a"])

    found = reached(locked, use("a"))["node_modules/b"]

    assert found == Reach(exposure=Exposure.INSTALL, proof=("src/a.ts:1", "a", "b"))


def test_an_install_script_of_what_nothing_asks_for_runs_all_the_same():
    locked = lockfile([package("b", has_install_script=True)], dev=["b"])

    assert reached(locked)["node_modules/b"] == Reach(exposure=Exposure.INSTALL, proof=("b",))


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        (InstallScripts(), "install"),
        (InstallScripts(all_off=True, allowed=frozenset({"b"})), "dev-only-inert"),
        (InstallScripts(run_by_default=False), "dev-only-inert"),
        (InstallScripts(run_by_default=False, allowed=frozenset({"b"})), "install"),
        (InstallScripts(denied=frozenset({"b"})), "dev-only-inert"),
    ],
    ids=["default", "all off", "off", "allowed", "denied"],
)
def test_settings_decide_whether_an_install_script_runs(scripts, expected):
    locked = lockfile([package("b", has_install_script=True)], dev=["b"])

    assert exposures(locked, scripts=scripts) == {"b": expected}


def test_where_the_lockfile_does_not_say_the_package_is_asked():
    locked = lockfile([package("a"), package("b")], dev=["a", "b"])
    scripts = InstallScripts(has_script=lambda key: key == "node_modules/b")

    assert exposures(locked, scripts=scripts) == {"a": "dev-only-inert", "b": "install"}


def test_a_name_that_the_lockfile_lacks_is_passed_over():
    locked = lockfile([package("a")], prod=["a"])

    assert exposures(locked, use("nothing"), use("a")) == {"a": "runtime-imported"}


def test_of_a_way_without_an_end_no_package_has_all():
    names = [f"p{number}" for number in range(3 * MOST_STEPS)]
    chain = [package(*pair) for pair in itertools.pairwise(names)]
    locked = lockfile([*chain, package(names[-1])], prod=["p0"])

    proof = reached(locked, use("p0"))[f"node_modules/{names[-1]}"].proof

    assert (len(proof), proof[0], proof[-1]) == (MOST_STEPS, "src/a.ts:1", names[-1])
