"""How a project on disk reaches its packages: files found, engine chosen, notes told."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imprint.audit.sources import Engine, Reached, ReachSettings, reach_of
from imprint.npm.lockfiles.model import EdgeKind, LockfileFormat
from imprint.reachability.exposure import Exposure
from imprint.storage.verdicts import VerdictCache
from tests.support.lock_graphs import edge, lockfile, package

if TYPE_CHECKING:
    from imprint.npm.lockfiles.model import Lockfile

ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


@dataclass(frozen=True)
class Found:
    """What is asked about."""

    folder: Path
    lockfile: Lockfile


def project(folder: Path, files: dict[str, object]) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def reached(folder: Path, locked: Lockfile, **more) -> Reached:
    return reach_of(Found(folder, locked), **more)


def words(found: Reached) -> dict[str, str]:
    return {
        key.removeprefix("node_modules/"): each.exposure.word for key, each in found.reaches.items()
    }


LOCKED = lockfile(
    [
        package("express", "qs"),
        package("qs"),
        package("vite", "rollup"),
        package("rollup"),
        package("jest"),
        package("eslint"),
        package("eslint-plugin-x"),
        package("husky"),
        package("left-pad"),
    ],
    prod=["express"],
    dev=["vite", "jest", "eslint", "eslint-plugin-x", "husky", "left-pad"],
)
SOURCES: dict[str, object] = {
    "package.json": {"scripts": {"build": "cross-env A=b vite build && rimraf dist"}},
    "src/server.ts": "import express from 'express'\n",
    "src/server.test.ts": "import 'jest'\n",
    ".eslintrc.json": {"extends": ["eslint:recommended"], "plugins": ["eslint-plugin-x"]},
}


def test_sources_scripts_and_settings_decide_without_installed_packages(tmp_path):
    found = reached(project(tmp_path, SOURCES), LOCKED)

    assert found.engine is Engine.LOCK
    assert found.sources == 2
    assert found.notes == ()
    assert words(found) == {
        "express": "runtime-imported",
        "qs": "runtime-closure",
        "vite": "build",
        "rollup": "build",
        "jest": "build",
        "eslint": "build",
        "eslint-plugin-x": "build",
        "husky": "dev-only-inert",
        "left-pad": "dev-only-inert",
    }
    assert found.reaches["node_modules/qs"].proof == ("src/server.ts:1", "express", "qs")
    assert found.reaches["node_modules/vite"].proof == ("package.json: scripts.build", "vite")
    assert found.reaches["node_modules/eslint"].proof == (".eslintrc.json", "eslint")
    assert found.counts()[Exposure.BUILD] == 5


def test_installed_packages_are_looked_into(tmp_path):
    installed: dict[str, object] = {
        "node_modules/express/package.json": {"name": "express", "version": "1.0.0"},
        "node_modules/express/index.js": "module.exports = 1",
        "node_modules/qs/package.json": {"name": "qs", "version": "1.0.0"},
        "node_modules/qs/index.js": "",
    }

    found = reached(project(tmp_path, {**SOURCES, **installed}), LOCKED)

    assert found.engine is Engine.FILES
    assert words(found)["express"] == "runtime-imported"
    assert words(found)["qs"] == "runtime-closure"


def test_an_engine_can_be_named(tmp_path):
    installed: dict[str, object] = {"node_modules/express/package.json": {"name": "express"}}

    settings = ReachSettings(engine=Engine.LOCK)
    found = reached(project(tmp_path, {**SOURCES, **installed}), LOCKED, settings=settings)

    assert found.engine is Engine.LOCK


def test_entries_that_are_named_are_the_applications_beginning(tmp_path):
    folder = project(
        tmp_path,
        {
            "src/a.js": "import './b'",
            "src/b.js": "import 'express'",
            "src/other.js": "import 'left-pad'",
            "node_modules/express/package.json": {"name": "express", "version": "1.0.0"},
            "node_modules/express/index.js": "",
            "node_modules/left-pad/index.js": "",
        },
    )

    found = reached(folder, LOCKED, settings=ReachSettings(entries=("src/a.js",)))

    assert words(found)["express"] == "runtime-imported"
    assert words(found)["left-pad"] == "dev-only-inert"


def test_a_second_run_has_the_same_answer_out_of_the_cache(tmp_path):
    folder = project(
        tmp_path / "app",
        {
            **SOURCES,
            "node_modules/express/package.json": {"name": "express", "version": "1.0.0"},
            "node_modules/express/index.js": "require('qs')",
            "node_modules/qs/package.json": {"name": "qs", "version": "1.0.0"},
            "node_modules/qs/index.js": "",
        },
    )
    with VerdictCache(tmp_path / "edges.sqlite3", secret=b"s" * 32) as cache:
        first = reached(folder, LOCKED, cache=cache)
        # The same size: what a cache of published files need not look at.
        (folder / "node_modules/express/index.js").write_text("require('xx')")
        second = reached(folder, LOCKED, cache=cache)

    assert second == first
    assert words(second)["qs"] == "runtime-imported"


def test_a_lockfile_that_is_not_what_is_installed_is_told(tmp_path):
    folder = project(
        tmp_path,
        {
            "src/a.js": "import 'express'; import 'strange'; import './gone'",
            "node_modules/express/package.json": {"name": "express", "version": "9.9.9"},
            "node_modules/express/index.js": "",
            "node_modules/strange/package.json": {"name": "strange", "version": "1.0.0"},
            "node_modules/strange/index.js": "",
        },
    )

    assert reached(folder, LOCKED).notes == (
        "1 loaded package is installed as the lockfile does not have it: `node_modules/strange`",
        "1 import leads to no file: `./gone`",
    )


def test_what_git_ignores_is_not_looked_at(tmp_path):
    folder = project(
        tmp_path,
        {
            ".gitignore": "made/\n",
            "made/a.js": "import 'left-pad'",
            "src/a.js": "import 'express'",
            "node_modules/left-pad/lib.js": "import 'left-pad'",
        },
    )
    subprocess.run(["git", "init", "-q", str(folder)], check=True, timeout=60)

    found = reached(folder, LOCKED)

    assert found.sources == 1
    assert words(found)["left-pad"] == "dev-only-inert"


def test_a_workspace_has_dependencies_of_its_own(tmp_path):
    own = package("qs", key="packages/w/node_modules/qs", version="2.0.0")
    locked = lockfile(
        [package("qs"), own], prod=["qs"], workspaces={"packages/w": [edge("qs", own.key)]}
    )
    folder = project(
        tmp_path,
        {
            "packages/w/package.json": {"name": "w"},
            "packages/w/src/a.ts": "import 'qs'",
            "packages/w/test/a.ts": "import 'qs'",
        },
    )

    found = reached(folder, locked)

    assert found.reaches[own.key].exposure is Exposure.BUILD
    assert found.reaches["node_modules/qs"].exposure is Exposure.DEV_ONLY_INERT


def test_an_install_script_is_found_in_an_installed_package_that_the_lockfile_says_nothing_of(
    tmp_path,
):
    key = "sqlite@1.0.0"
    target = [package("sqlite", key=key, has_install_script=None)]
    locked = lockfile(target, workspaces={}, prod=[], dev=[], format=LockfileFormat.PNPM)
    store = "node_modules/.pnpm/sqlite@1.0.0/node_modules/sqlite"
    manifest = {"name": "sqlite", "version": "1.0.0", "scripts": {"install": "node-gyp rebuild"}}
    folder = project(tmp_path, {f"{store}/package.json": manifest})

    assert reached(folder, locked).reaches[key].exposure is Exposure.INSTALL


def test_an_optional_package_that_is_not_there_is_not_installed(tmp_path):
    locked = lockfile(
        [
            package("express", edge("fsevents", kind=EdgeKind.OPTIONAL)),
            package("fsevents", is_optional=True),
        ],
        prod=["express"],
    )
    files = {"src/a.js": "import 'express'", "node_modules/express/package.json": {}}

    assert words(reached(project(tmp_path, dict(files)), locked))["fsevents"] == "not-installed"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"package.json": "{", "src/a.js": "import 'express'"},
        {"package.json": {"scripts": [1], "jest": {"a": [None, 1.5, {"b": "c"}]}}},
        {"package.json": {"scripts": {"a": "'unclosed \"$(", "b": None, "c": "$X && `y`"}}},
        {".npmrc": "\0=\n[", "pnpm-workspace.yaml": "a: [", "package.json": {"pnpm": 1}},
        {"tsconfig.json": "[", "src/a.ts": "import '@/x'; import 'express/../../..'"},
        {"src/a.js": "\0\0import 'express\n\xff`${"},
    ],
    ids=str,
)
def test_odd_sources_are_never_an_error(tmp_path, files):
    found = reached(project(tmp_path, files), LOCKED)

    assert set(found.reaches) == set(LOCKED.packages)


def test_links_round_and_round_and_out_are_not_followed(tmp_path):
    folder = project(tmp_path / "app", {"src/a.js": "import 'loop'; import 'out'; import './up'"})
    outside = project(tmp_path / "outside", {"index.js": "import 'express'", "a.js": ""})
    (folder / "node_modules").mkdir()
    (folder / "node_modules/loop").symlink_to("loop")
    (folder / "node_modules/out").symlink_to(outside)
    (folder / "src/up").symlink_to(outside / "index.js")
    (folder / "src/round").symlink_to(folder / "src")

    found = reached(folder, LOCKED, settings=ReachSettings(engine=Engine.FILES))

    assert words(found)["express"] == "dev-only-inert"


def test_a_pattern_over_links_that_lead_round_and_up_has_an_end(tmp_path):
    files: dict[str, object] = {
        "src/a.js": "import 'express'",
        "node_modules/express/package.json": {"name": "express", "version": "1.0.0"},
        "node_modules/express/index.js": "module.exports = (a) => require('./lib/' + a)",
        "node_modules/express/lib/b.js": "require('qs')",
        "node_modules/left-pad/index.js": "",
        "node_modules/qs/package.json": {"name": "qs", "version": "1.0.0"},
        "node_modules/qs/index.js": "require('../express/lib/round/round/round/b.js')",
    }
    folder = project(tmp_path, files)
    (folder / "node_modules/express/lib/round").symlink_to(".")
    (folder / "node_modules/express/lib/up").symlink_to("../..")

    found = reached(folder, LOCKED)

    assert words(found)["qs"] == "runtime-imported"
    assert words(found)["left-pad"] == "dev-only-inert"


def test_a_chain_of_thousands_of_files_is_walked_to_its_end(tmp_path):
    chain = {f"src/f{n}.js": f"import './f{n + 1}'" for n in range(3_000)}
    folder = project(tmp_path, {**chain, "src/f3000.js": "import 'express'"})

    found = reached(
        folder, LOCKED, settings=ReachSettings(entries=("src/f0.js",), engine=Engine.FILES)
    )

    assert found.sources == 3_001
    assert found.notes == ("1 import leads to no file: `express`",)


@ROOT
def test_a_source_that_cannot_be_read_is_told(tmp_path):
    folder = project(tmp_path, {"src/a.js": "import 'express'"})
    (folder / "src/a.js").chmod(0)

    assert reached(folder, LOCKED).notes == (
        "1 source was too large or could not be read, and not looked at",
    )


def test_a_very_deep_folder_is_passed_over(tmp_path):
    deep = "/".join(["d"] * 300)
    folder = project(tmp_path, {f"{deep}/a.js": "import 'express'", "a.js": "import 'qs'"})

    assert words(reached(folder, LOCKED))["express"] == "dev-only-inert"


def test_what_production_needs_is_not_inert_where_no_source_was_seen(tmp_path):
    folder = project(tmp_path, {"package.json": {"scripts": {"build": "vite build"}}})

    found = reached(folder, LOCKED)

    told = words(found)
    assert (told["express"], told["qs"]) == ("runtime-closure", "runtime-closure")
    assert (told["vite"], told["left-pad"]) == ("build", "dev-only-inert")
    assert found.reaches["node_modules/qs"].proof == ("package.json", "express", "qs")
    assert found.notes == (
        "no source of the application was found: what it depends on counts as loaded",
    )


def test_tests_are_no_source_of_the_application(tmp_path):
    folder = project(tmp_path, {"test/a.js": "require('left-pad')\n"})

    found = reached(folder, LOCKED)

    assert words(found)["express"] == "runtime-closure"
    assert words(found)["left-pad"] == "build"


CI = """
on: push
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: npm ci
      - run: |
          npx left-pad --check
      - run: rollup -c
        working-directory: packages/w
"""
PIPELINE = "lint:\n  before_script: [npm ci]\n  script:\n    - npx left-pad\n"
CIRCLE = (
    "version: 2.1\njobs:\n  lint:\n    docker: [{image: a}]\n    steps: [{run: npx left-pad}]\n"
)


@pytest.mark.parametrize(
    ("path", "text", "origin"),
    [
        (".github/workflows/ci.yml", CI, ".github/workflows/ci.yml:8"),
        (".gitlab-ci.yml", PIPELINE, ".gitlab-ci.yml:4"),
        (".circleci/config.yml", CIRCLE, ".circleci/config.yml:5"),
        (".husky/pre-commit", "npx left-pad\n", ".husky/pre-commit"),
    ],
    ids=["github", "gitlab", "circleci", "husky"],
)
def test_what_ci_and_hooks_run_is_build(tmp_path, path, text, origin):
    found = reached(project(tmp_path, {path: text}), LOCKED)

    reach = found.reaches["node_modules/left-pad"]
    assert (reach.exposure, reach.proof) == (Exposure.BUILD, (origin, "left-pad"))


@pytest.mark.parametrize(
    "text", ["", "a: [", "jobs: {a: 1}", "jobs: &a\n  b: *a\n", "\0", "jobs:\n" + "  a:\n" * 999]
)
def test_odd_ci_files_run_nothing(tmp_path, text):
    files = {".github/workflows/ci.yml": text, ".gitlab-ci.yml": text, ".circleci/config.yml": text}

    found = reached(project(tmp_path, dict(files)), LOCKED)

    assert found.reaches["node_modules/left-pad"].exposure is Exposure.DEV_ONLY_INERT


def test_what_settings_import_of_the_projects_own_files_is_build(tmp_path):
    files: dict[str, object] = {
        "vite.config.ts": "import { a } from './config/plugins'\n",
        "config/plugins.ts": "import b from '../config/more.js'\n",
        "config/more.ts": "import c from 'left-pad'\n",
        "src/a.test.ts": "import './server'\n",
        "src/server.ts": "import 'express'\n",
    }

    found = reached(project(tmp_path, files), LOCKED)

    assert found.reaches["node_modules/left-pad"].exposure is Exposure.BUILD
    assert found.reaches["node_modules/left-pad"].proof == ("config/more.ts:1", "left-pad")
    assert words(found)["express"] == "runtime-imported"
    assert words(found)["vite"] == "build"


def test_ci_files_that_were_read_are_kept(tmp_path):
    folder = project(tmp_path / "app", {".github/workflows/ci.yml": CI})
    with VerdictCache(tmp_path / "edges.sqlite3", secret=b"s" * 32) as cache:
        first = reached(folder, LOCKED, cache=cache)
        second = reached(folder, LOCKED, cache=cache)

    assert second == first
    assert words(second)["left-pad"] == "build"


def test_style_sheets_alone_are_no_source_of_the_application(tmp_path):
    found = reached(project(tmp_path, {"src/a.css": "@import 'qs';"}), LOCKED)

    assert words(found)["express"] == "runtime-closure"
    assert words(found)["qs"] == "runtime-imported"


def test_elements_and_patterns_ask_for_packages_by_the_lockfile_alone(tmp_path):
    files: dict[str, object] = {
        "tsconfig.json": {"compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "express"}},
        "src/a.tsx": "export const a = <p/>\n",
        "src/b.ts": "export const b = (c) => import(`left-pad/lib/${c}.js`)\n",
        "src/c.css": "@plugin 'husky';\n",
    }

    found = reached(project(tmp_path, files), LOCKED)

    assert words(found)["express"] == "runtime-imported"
    assert words(found)["left-pad"] == "runtime-imported"
    assert words(found)["husky"] == "build"
