"""What files are for by their names, and what tools bring along."""

from __future__ import annotations

import pytest

from imprint.reachability.roles import Role, role_of
from imprint.reachability.specifiers import PackageSpecifier, is_builtin, package_of
from imprint.reachability.tools import HELD_BY, LOADED, loaded_by, packages_of_command

ROLES = {
    "src/index.ts": Role.APPLICATION,
    "index.js": Role.APPLICATION,
    "src/App.vue": Role.APPLICATION,
    "src/scripts/run.ts": Role.APPLICATION,
    "src/contest.ts": Role.APPLICATION,
    "src/latest.js": Role.APPLICATION,
    "pages/config.tsx": Role.APPLICATION,
    "src/a.test.ts": Role.BUILD,
    "src/a.spec.tsx": Role.BUILD,
    "src/__tests__/a.ts": Role.BUILD,
    "test/a.js": Role.BUILD,
    "e2e/login.ts": Role.BUILD,
    "src/Button.stories.tsx": Role.BUILD,
    ".storybook/main.ts": Role.BUILD,
    "vite.config.ts": Role.BUILD,
    "webpack.config.prod.js": Role.BUILD,
    "eslint.config.mjs": Role.BUILD,
    ".eslintrc.cjs": Role.BUILD,
    "babel.config.js": Role.BUILD,
    "gulpfile.js": Role.BUILD,
    "jest.setup.ts": Role.BUILD,
    "vitest.workspace.ts": Role.BUILD,
    ".pnpmfile.cjs": Role.BUILD,
    "scripts/build.mjs": Role.BUILD,
    "src/types.d.ts": Role.NONE,
    "README.md": Role.NONE,
    "src/style.css": Role.APPLICATION,
    "src/Page.mdx": Role.APPLICATION,
    ".eslintrc.json": Role.NONE,
}


@pytest.mark.parametrize("path", ROLES)
def test_a_file_is_for(path):
    assert role_of(path) is ROLES[path]


SPECIFIERS = {
    "a": ("a", "."),
    "a/b/c.js": ("a", "./b/c.js"),
    "@s/a": ("@s/a", "."),
    "@s/a/b": ("@s/a", "./b"),
    "a/": ("a", "./"),
    "./a": None,
    "../a": None,
    "..": None,
    "/a": None,
    "#a": None,
    "@/a": None,
    "@s": None,
    "node:fs": None,
    "https://example.test/a": None,
    "": None,
}


@pytest.mark.parametrize("specifier", SPECIFIERS)
def test_a_specifier_names_a_package_or_none(specifier):
    expected = SPECIFIERS[specifier]
    whole = None if expected is None else PackageSpecifier(name=expected[0], subpath=expected[1])

    assert package_of(specifier) == whole


@pytest.mark.parametrize("specifier", ["fs", "fs/promises", "node:test", "node:anything"])
def test_nodes_own_are_builtin(specifier):
    assert is_builtin(specifier)


@pytest.mark.parametrize("specifier", ["test", "fsx", "punycode/", "./fs"])
def test_others_are_not_builtin(specifier):
    assert not is_builtin(specifier)


def test_a_command_is_of_the_package_of_its_name_unless_the_table_says_otherwise():
    assert packages_of_command("vite") == ("vite",)
    assert packages_of_command("tsc") == ("typescript",)
    assert "webpack-cli" in packages_of_command("webpack")


def test_a_tool_loads_its_plugins_and_those_of_the_tools_that_it_runs():
    names = ["eslint-plugin-a", "@a/eslint-plugin", "postcss-a", "babel-plugin-a", "left-pad"]

    assert list(loaded_by("eslint", names)) == ["eslint-plugin-a", "@a/eslint-plugin"]
    assert list(loaded_by("vite", names)) == ["postcss-a"]
    assert list(loaded_by("left-pad", names)) == []


def test_tools_that_hold_each_other_have_an_end():
    assert all(set(loaded_by(tool, ["x"])) == set() for tool in {*HELD_BY, *LOADED})
