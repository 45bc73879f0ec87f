"""What scripts and tool settings run."""

from __future__ import annotations

import pytest

from imprint.audit.script_uses import ScriptFile, script_uses, settings_uses
from imprint.reachability.uses import Use

NAMES = ["vite", "typescript", "jest", "cross-env", "npm-run-all", "webpack-cli", "tsx", "ts-jest"]

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
    found = script_uses({"scripts": {"build": script}}, project="", names=NAMES)

    assert {each.package for each in found if isinstance(each, Use)} == set(SCRIPTS[script])


FILES = {
    "node build.mjs": ScriptFile(path="build.mjs", is_build=True),
    "tsx ./scripts/a.ts --x": ScriptFile(path="./scripts/a.ts", is_build=True),
    "node --import ./hook.mjs": ScriptFile(path="./hook.mjs", is_build=True),
}


@pytest.mark.parametrize("script", FILES)
def test_a_script_runs_a_file(script):
    found = script_uses({"scripts": {"build": script}}, project="", names=[])

    assert FILES[script] in list(found)


@pytest.mark.parametrize("name", ["start", "dev", "start:prod", "serve"])
def test_a_script_that_serves_runs_the_application(name):
    found = list(script_uses({"scripts": {name: "node server.js"}}, project="", names=[]))

    assert found == [ScriptFile(path="server.js", is_build=False)]


def test_settings_in_package_json_name_tools():
    manifest = {"jest": {"preset": "ts-jest"}, "lint-staged": {"*.ts": ["tsc --noEmit"]}}

    found = list(script_uses(manifest, project="w", names=NAMES))

    assert found == [
        Use(project="w", origin="w/package.json: jest", package="ts-jest", is_build=True),
        Use(project="w", origin="w/package.json: lint-staged", package="typescript", is_build=True),
    ]


def test_settings_of_a_tool_name_what_it_loads():
    source = b"module.exports = { preset: 'ts-jest', transform: { '^.+$': \"ts-jest/x\" }, a: 'b' }"

    found = list(settings_uses(source, path="jest.config.js", project="", names=NAMES))

    assert found == [Use(project="", origin="jest.config.js", package="ts-jest", is_build=True)]
