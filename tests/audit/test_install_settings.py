"""Which install scripts a project's settings let run."""

from __future__ import annotations

from typing import Any

import pytest

from imprint.audit.install_settings import install_scripts
from imprint.npm.lockfiles.model import LockfileFormat
from tests.support.memory_files import MemoryFiles

NPM, PNPM, BUN = LockfileFormat.NPM, LockfileFormat.PNPM, LockfileFormat.BUN
YARN, BERRY = LockfileFormat.YARN, LockfileFormat.YARN_BERRY

CASES: dict[str, tuple[LockfileFormat, dict[str, Any], str]] = {
    "npm runs all": (NPM, {}, "ab"),
    "npm 11 runs all": (NPM, {"package.json": {"packageManager": "npm@11.1.0"}}, "ab"),
    "npm 12 runs none": (NPM, {"package.json": {"packageManager": "npm@12.0.0"}}, ""),
    "npm 12 runs those allowed": (
        NPM,
        {
            "package.json": {
                "packageManager": "npm@12.0.0",
                "allowScripts": {"a@1": True, "b": False},
            }
        },
        "a",
    ),
    "ignore-scripts": (NPM, {".npmrc": "ignore-scripts=true"}, ""),
    "ignore-scripts off": (NPM, {".npmrc": "ignore-scripts=false"}, "ab"),
    "pnpm of an unknown version": (PNPM, {}, "ab"),
    "pnpm 9 runs all": (PNPM, {"package.json": {"packageManager": "pnpm@9.1.0"}}, "ab"),
    "pnpm 10 runs none": (PNPM, {"package.json": {"packageManager": "pnpm@10.1.0+sha512.x"}}, ""),
    "pnpm runs those listed": (
        PNPM,
        {"package.json": {"pnpm": {"onlyBuiltDependencies": ["a"]}}},
        "a",
    ),
    "pnpm's list in its own file": (
        PNPM,
        {"pnpm-workspace.yaml": "onlyBuiltDependencies: [a]\n"},
        "a",
    ),
    "pnpm's map": (PNPM, {"pnpm-workspace.yaml": "allowBuilds:\n  a: true\n  b: false\n"}, "a"),
    "pnpm without any care": (
        PNPM,
        {"pnpm-workspace.yaml": "onlyBuiltDependencies: []\ndangerouslyAllowAllBuilds: true\n"},
        "ab",
    ),
    "yarn 1 runs all": (YARN, {}, "ab"),
    "yarn without scripts": (BERRY, {".yarnrc.yml": "enableScripts: false\n"}, ""),
    "yarn 4.18 runs none": (BERRY, {"package.json": {"packageManager": "yarn@4.18.1"}}, ""),
    "yarn 4.18 runs those built": (
        BERRY,
        {
            "package.json": {
                "packageManager": "yarn@4.18.1",
                "dependenciesMeta": {"a@1.0.0": {"built": True}, "b": 1},
            }
        },
        "a",
    ),
    "yarn leaves out what is not to be built": (
        BERRY,
        {"package.json": {"dependenciesMeta": {"a": {"built": False}}}},
        "b",
    ),
    "bun's own list is not known": (BUN, {}, "ab"),
    "bun runs those trusted": (BUN, {"package.json": {"trustedDependencies": ["a"]}}, "a"),
    "bun trusts nobody": (BUN, {"package.json": {"trustedDependencies": []}}, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_settings_say(case):
    format_, files, expected = CASES[case]

    scripts = install_scripts(MemoryFiles(files), format_)

    assert "".join(name for name in "ab" if scripts.runs(name)) == expected


def test_a_name_of_a_scope_is_kept_whole():
    files: dict[str, Any] = {"package.json": {"trustedDependencies": ["@a/b@1.0.0", "@a/c"]}}

    scripts = install_scripts(MemoryFiles(files), BUN)

    assert scripts.allowed == {"@a/b", "@a/c"}
