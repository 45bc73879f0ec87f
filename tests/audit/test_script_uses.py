"""What scripts and tool settings run."""

from __future__ import annotations

import pytest

from imprint.audit.script_uses import ScriptFile, script_uses, settings_uses
from imprint.reachability.commands import Commands
from imprint.reachability.locked import Locked
from imprint.reachability.resolution import Resolver
from imprint.reachability.uses import Use
from tests.support.lock_graphs import lockfile, package
from tests.support.memory_files import MemoryFiles

NAMES = ["vite", "typescript", "jest", "cross-env", "npm-run-all", "webpack-cli", "tsx", "ts-jest"]


def commands(names, *, project="", files=None, **bins):
    packages = [package(name, commands=tuple(bins.get(name, ()))) for name in {*names, *bins}]
    locked = Locked(lockfile(packages, dev=names))
    return Commands(locked, Resolver(MemoryFiles(files or {})), project=project)


SCRIPTS = {
    "vite build": ["vite"],
    "tsc -p . && vite build": ["typescript", "vite"],
    "cross-env NODE_ENV=test jest --ci": ["cross-env", "jest"],
    "npx vite": ["vite"],
    "pnpm exec jest": ["jest"],
    "yarn jest": ["jest"],
    "run-s build test": ["npm-run-all"],
    "webpack --mode production": ["webpack-cli"],
    "./node_modules/.bin/vite build": ["vite"],
    "node -r tsx src/a.ts": ["tsx"],
    "NODE_OPTIONS=--x vite": ["vite"],
    "echo vite-like": [],
    "rm -rf dist": [],
    "'": [],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_runs(script):
    found = script_uses({"scripts": {"build": script}}, project="", commands=commands(NAMES))

    assert {each.package for each in found if isinstance(each, Use)} == set(SCRIPTS[script])


FILES = {
    "node build.mjs": ScriptFile(path="build.mjs", is_build=True),
    "tsx ./scripts/a.ts --x": ScriptFile(path="./scripts/a.ts", is_build=True),
    "node --import ./hook.mjs": ScriptFile(path="./hook.mjs", is_build=True),
}


@pytest.mark.parametrize("script", FILES)
def test_a_script_runs_a_file(script):
    found = script_uses({"scripts": {"build": script}}, project="", commands=commands([]))

    assert FILES[script] in list(found)


@pytest.mark.parametrize("name", ["start", "dev", "start:prod", "serve"])
def test_a_script_that_serves_runs_the_application(name):
    found = list(
        script_uses({"scripts": {name: "node server.js"}}, project="", commands=commands([]))
    )

    assert found == [ScriptFile(path="server.js", is_build=False)]


def test_settings_in_package_json_name_tools():
    manifest = {"jest": {"preset": "ts-jest"}, "lint-staged": {"*.ts": ["tsc --noEmit"]}}

    found = list(script_uses(manifest, project="w", commands=commands(NAMES)))

    assert found == [
        Use(project="w", origin="w/package.json: jest", package="ts-jest", is_build=True),
        Use(project="w", origin="w/package.json: lint-staged", package="typescript", is_build=True),
    ]


def test_settings_of_a_tool_name_what_it_loads():
    source = b"module.exports = { preset: 'ts-jest', transform: { '^.+$': \"ts-jest/x\" }, a: 'b' }"

    found = list(settings_uses(source, path="jest.config.js", project="", names=NAMES))

    assert found == [
        Use(project="", origin="jest.config.js", package=name, is_build=True)
        for name in ("jest", "ts-jest")
    ]


def run(script, known):
    found = script_uses({"scripts": {"build": script}}, project="", commands=known)
    return [each.package for each in found if isinstance(each, Use)]


def test_a_command_is_of_the_package_that_the_lockfile_says():
    known = commands(["maker"], maker=["make-it"])

    assert run("make-it --now", known) == ["maker"]


def test_a_command_is_of_the_package_that_is_installed_with_it():
    manifest = {"node_modules/maker/package.json": {"name": "maker", "bin": {"make-it": "x.js"}}}

    assert run("make-it --now", commands(["maker"], files=manifest)) == ["maker"]


def test_a_command_of_what_others_need_is_found_where_npm_hoists_it():
    known = commands(["maker"], maker=["make-it"], deep=["dig"])

    assert run("dig && make-it", known) == ["deep", "maker"]


def test_a_command_of_nobody_runs_nothing():
    assert run("make-it", commands(["maker"])) == []


SETTINGS = {
    "vite.config.ts": ["vite"],
    "vite.config.prod.ts": ["vite"],
    "packages/w/jest.config.js": ["jest"],
    "jest.setup.ts": ["jest"],
    ".jestrc.yml": ["jest"],
    "tsconfig.json": ["typescript"],
    "tsconfig.build.json": [],
    "vite.ts": [],
    "src/config.ts": [],
}


@pytest.mark.parametrize("path", SETTINGS)
def test_settings_that_stand_there_are_read_by_their_tool(path):
    found = settings_uses(b"", path=path, project="", names=NAMES)

    assert [each.package for each in found] == SETTINGS[path]


def test_settings_in_yaml_and_with_a_builder_name_what_they_load():
    yaml = b"transform:\n  - ts-jest\npreset: vite\nno: text of typescript\n"
    builder = b'{"builder": "typescript:browser", "x": "ts-jest/presets/y"}'

    by_yaml = settings_uses(yaml, path=".mocharc.yml", project="", names=NAMES)
    by_builder = settings_uses(builder, path="project.json", project="", names=NAMES)

    assert [each.package for each in by_yaml] == ["ts-jest", "vite"]
    assert [each.package for each in by_builder] == ["typescript", "ts-jest"]
