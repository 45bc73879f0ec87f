"""The files that a small application loads are those that esbuild takes in."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from imprint.audit.disk_files import DiskFiles
from imprint.reachability.files import package_folder
from imprint.reachability.imports import imports_of
from imprint.reachability.installed_edges import is_code
from imprint.reachability.loading import Loading, load
from imprint.reachability.resolution import ResolutionSettings, Resolver
from tests.support.clients import ARM, MODULES, SYSTEM

if TYPE_CHECKING:
    from pathlib import Path

ESBUILD = MODULES / "@esbuild" / f"{SYSTEM}-{'arm64' if ARM else 'x64'}" / "bin" / "esbuild"
BROWSER = ResolutionSettings(
    conditions=frozenset({"browser", "module"}), entries=("module", "main")
)
NODE = ResolutionSettings(conditions=frozenset({"node", "module"}))

APPLICATION: dict[str, object] = {
    "package.json": {"name": "app", "imports": {"#own": "./src/own.js", "#dep": "imported"}},
    "tsconfig.json": {
        "extends": "tsconfig-base/strict",
        "compilerOptions": {"paths": {"@/*": ["./src/*"]}},
    },
    "src/main.ts": """
        import type { Nothing } from "types-only";
        import cjs from "cjs";
        import { a } from "conditions";
        import * as deep from "patterns/deep/file";
        import self from "self";
        import own from "#own";
        import dep from "#dep";
        import workspace from "workspace";
        import aliased from "@/aliased";
        import written from "./written.js";
        import data from "./data.json";
        export * from "exported";
        export { default as scoped } from "@scope/pkg/sub";
        import "./page";
        import "./page.css";
        export const any = (name) => [import(`./any/${name}.js`), require("./any/" + name + ".cjs")];
        export const either = () => require(process.argv[2] ? "yes" : "no");
        // import "commented";
        const text = 'import "quoted"', pattern = /require("pattern")/;
        console.log(cjs, a, deep, self, own, dep, workspace, aliased, written, data, text, pattern);
        export const later = () => import("dynamic"), other = () => import(`template`);
        if (process.argv.length > 3) require("conditional");
        try { require("tried"); } catch {}
    """,
    "src/own.js": "export default 1",
    "src/aliased.ts": "export default 1",
    "src/written.ts": "export default 1",
    "src/data.json": {"a": 1},
    "src/page.tsx": "export const page = <p>page</p>",
    "src/page.css": """
        /* @import "commented"; */
        @import "./beside.css";
        @import url("styled/dist/styled.css") screen;
        @import "exported-style/a.css";
        .page { background: url(./page.svg) }
    """,
    "src/beside.css": "@import 'styled'",
    "src/page.svg": "<svg/>",
    "src/any/one.js": "import 'of-any'",
    "src/any/deep/two.js": "import 'of-deep'",
    "src/any/three.cjs": "require('of-required')",
    "src/any/four.mjs": "import 'types-only'",
    "packages/workspace/package.json": {"name": "workspace", "main": "lib"},
    "packages/workspace/lib/index.js": "export { default } from 'nested'",
}
PACKAGES: dict[str, object] = {
    "cjs/package.json": {"main": "./lib"},
    "cjs/lib/index.js": "module.exports = [require('../other'), require('nested')]",
    "cjs/other.js": "/* require('commented') */ exports.a = `${require('in-template').a}`",
    "cjs/node_modules/nested/index.js": "",
    "nested/index.js": "",
    "in-template/index.js": "exports.a = 1",
    "conditions/package.json": {
        "exports": {
            ".": {
                "browser": "./browser.js",
                "node": {"import": "./node.mjs", "require": "./node.cjs"},
                "default": "./default.js",
            }
        }
    },
    "conditions/browser.js": "export const a = 1; import 'of-browser'",
    "conditions/node.mjs": "export const a = 1; import 'of-node'",
    "conditions/node.cjs": "require('of-require')",
    "conditions/default.js": "import 'of-default'",
    "patterns/package.json": {"exports": {"./*": "./src/*.js", "./internal/*": None}},
    "patterns/src/deep/file.js": "export const a = 1; import 'of-pattern'",
    "self/package.json": {"name": "self", "exports": {".": "./a.js", "./b": "./b.js"}},
    "self/a.js": "export { default } from 'self/b'",
    "self/b.js": "export default 1",
    "imported/index.js": "module.exports = require('./lib.json')",
    "imported/lib.json": {"a": 1},
    "exported/package.json": {"main": "main.js", "module": "module.mjs"},
    "exported/main.js": "exports.e = 1; require('of-main')",
    "exported/module.mjs": "export const e = 1; import 'of-module'",
    "@scope/pkg/sub/package.json": {"main": "../lib/sub.js"},
    "@scope/pkg/lib/sub.js": "module.exports = 1",
    "dynamic/package.json": {"browser": {"./node.js": "./web.js", "of-node": False}},
    "dynamic/index.js": "require('./node'); require('of-node')",
    "dynamic/node.js": "",
    "dynamic/web.js": "",
    "template/index.js": "",
    "conditional/index.js": "",
    "tried/index.js": "try { require('gone') } catch (e) {}",
    "tsconfig-base/strict.json": {
        "compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "elements"}
    },
    "elements/package.json": {"exports": {"./jsx-runtime": "./runtime.js"}},
    "elements/runtime.js": "export { jsx } from 'of-elements'",
    "of-elements/index.js": "export const jsx = 1",
    "yes/index.js": "",
    "no/index.js": "",
    "styled/package.json": {"main": "main.css"},
    "styled/main.css": "",
    "styled/dist/styled.css": "@import '../deep.css'",
    "styled/deep.css": "",
    "exported-style/package.json": {"exports": {"./*.css": "./css/*.css"}},
    "exported-style/css/a.css": "",
    "types-only/index.js": "",
    "commented/index.js": "",
    "quoted/index.js": "",
    "pattern/index.js": "",
    **{
        f"of-{name}/index.js": ""
        for name in (
            *("browser", "node", "require", "default", "pattern", "main", "module"),
            *("any", "deep", "required"),
        )
    },
}


def write(folder: Path, files: dict[str, object]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def hoisted(tmp_path):
    write(tmp_path, APPLICATION)
    write(tmp_path / "node_modules", PACKAGES)
    (tmp_path / "node_modules/workspace").symlink_to("../packages/workspace")
    return tmp_path


@pytest.fixture
def stored(tmp_path):
    """Packages in a store, each with links beside it, as pnpm lays them out."""
    write(tmp_path, {"package.json": {}, "src/main.ts": "import 'a'"})
    store = tmp_path / "node_modules/.pnpm"
    for name, source in {"a": "require('b')", "b": "require('c')", "c": ""}.items():
        write(store / f"{name}@1.0.0/node_modules/{name}", {"index.js": source})
    (tmp_path / "node_modules/a").symlink_to(".pnpm/a@1.0.0/node_modules/a")
    for holder, name in (("a", "b"), ("b", "c")):
        link = store / f"{holder}@1.0.0/node_modules/{name}"
        link.symlink_to(f"../../{name}@1.0.0/node_modules/{name}")
    return tmp_path


def by_esbuild(folder: Path, *, platform: str) -> set[str]:
    if not ESBUILD.is_file():
        pytest.skip("client `esbuild` is not installed: run `make clients`")
    words = ["src/main.ts", "--bundle", f"--platform={platform}", "--format=esm"]
    words += [
        "--metafile=meta.json",
        "--outfile=out.js",
        "--log-level=error",
        "--loader:.svg=empty",
    ]
    subprocess.run([str(ESBUILD), *words], cwd=folder, check=True, timeout=60)
    found = json.loads((folder / "meta.json").read_bytes())["inputs"]
    return {path for path in found if not path.startswith("(disabled):")}


def by_imprint(folder: Path, settings: ResolutionSettings) -> Loading:
    files = DiskFiles(folder)

    def imports_at(path):
        if not is_code(path):
            return None
        is_published = package_folder(path) is not None
        return imports_of(files.read(path) or b"", filename=path, is_published=is_published)

    return load(["src/main.ts"], Resolver(files, settings=settings), imports_at)


def test_an_application_for_node(hoisted):
    theirs = by_esbuild(hoisted, platform="node")

    assert by_imprint(hoisted, NODE).files == theirs
    assert "node_modules/of-node/index.js" in theirs
    assert "node_modules/quoted/index.js" not in theirs


def test_an_application_for_browsers(hoisted):
    theirs = by_esbuild(hoisted, platform="browser")

    assert by_imprint(hoisted, BROWSER).files == theirs
    assert "node_modules/of-browser/index.js" in theirs


def test_packages_in_a_store(stored):
    theirs = by_esbuild(stored, platform="node")

    assert by_imprint(stored, NODE).files == theirs
    assert len(theirs) == 4
