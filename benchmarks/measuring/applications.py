"""The application of the reachability benchmark: written by a fixed plan, packages from outside.

Our own writing is small; what makes them real is what they import. Packages come by npm from the
registry that this machine is set up for, at fixed versions, their own dependencies as they are now.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.support.clients import ARM, CLIENTS, MODULES, SYSTEM, ClientMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUNTIME: Final = {
    "@aws-sdk/client-s3": "3.1169.0",
    "animate.css": "4.1.1",
    "axios": "1.21.1",
    "bootstrap": "5.3.8",
    "chalk": "5.6.2",
    "commander": "12.1.0",
    "date-fns": "3.6.0",
    "dotenv": "16.6.1",
    "execa": "9.6.1",
    "express": "4.22.3",
    "fastify": "4.29.1",
    "got": "14.6.6",
    "graphql": "16.15.0",
    "ky": "1.14.3",
    "lodash": "4.18.1",
    "moment": "2.30.1",
    "ms": "2.1.3",
    "nanocolors": "0.2.13",
    "normalize.css": "8.0.1",
    "node-fetch": "3.3.2",
    "ora": "8.2.0",
    "pino": "9.14.0",
    "preact": "10.27.2",
    "react": "18.3.1",
    "react-dom": "18.3.1",
    "slugify": "1.6.6",
    "uuid": "9.0.1",
    "ws": "8.23.0",
    "yargs": "17.7.3",
    "zod": "3.25.76",
}
TOOLS: Final = {
    "@babel/core": "7.29.13",
    "@babel/preset-env": "7.29.14",
    "eslint": "8.57.1",
    "postcss": "8.5.33",
    "prettier": "3.10.1",
    "rollup": "4.68.7",
    "terser": "5.51.2",
    "typescript": "5.9.3",
    "vite": "5.4.21",
    "webpack": "5.112.2",
}
SHARED: Final = {"nanoid": "5.1.6"}
STATIC: Final = ("express", "zod", "pino", "@aws-sdk/client-s3", "react", "commander", "chalk")
"""Imported by the first file; the others by the further ways that there are."""
FILES: Final = {
    "src/app.ts": """\
import type { GraphQLSchema } from "typescript";
{static}
import { renderToString } from "react-dom/server";
import { format } from "date-fns/format";
import "dotenv/config";
import { id } from "@bench/shared";
import { settings } from "#settings";
import { web } from "./web";
import { later } from "./later.js";
import { page } from "./page.jsx";
import { aliased } from "@/aliased";
export const schema: GraphQLSchema | undefined = undefined;
console.log({names}, renderToString, format, id, settings, web, later,
  page, aliased);
""",
    "src/web/index.ts": """\
export { default as web } from "axios";
export * from "ky";
export * as fetching from "node-fetch";
import fastify from "fastify";
import { WebSocketServer } from "ws";
console.log(fastify, WebSocketServer);
""",
    "src/later.js": """\
const lodash = require("lodash");
const cli = process.argv.length > 2 ? require("yargs") : undefined;
let ids;
try {
  ids = require("uuid");
} catch {}
exports.later = async () => [lodash, cli, ids, await import("got"), await import(`execa`),
  await import("ora"), await import("graphql"), await import(`./pages/${process.argv[2]}.js`),
  require("./parts/" + process.argv[3] + ".cjs")];
""",
    "src/pages/first.js": "export { default } from 'slugify';\n",
    "src/pages/deep/second.js": "export { default } from 'ms';\n",
    "src/pages/second.mjs": "export { default } from 'uglify-js';\n",
    "src/parts/third.cjs": "module.exports = require('moment');\n",
    "src/aliased.ts": "export { default as aliased } from 'nanocolors';\n",
    "src/page.jsx": """\
/** @jsxImportSource preact */
import "./page.css";
export const page = <p className="page">page</p>;
""",
    "src/page.css": """\
/* @import "commented"; */
@import "normalize.css";
@import url("animate.css/animate.min.css") screen;
@import "./deep.css";
""",
    "src/deep.css": """\
@import "bootstrap/dist/css/bootstrap.css";
.deep { background: url(./mark.svg) }
""",
    "src/mark.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>\n",
    "tsconfig.base.json": json.dumps(
        {"compilerOptions": {"paths": {"@/*": ["./src/*"]}, "jsx": "react-jsx"}}
    ),
    "tsconfig.json": '{\n  // As people write it.\n  "extends": "./tsconfig.base.json",\n}\n',
    "src/settings.js": "export const settings = { port: 3000 };\n",
    "src/tools.js": "{tools}\nconsole.log({tool_names});\n",
    "packages/shared/package.json": json.dumps(
        {"name": "@bench/shared", "version": "1.0.0", "main": "lib", "dependencies": SHARED}
    ),
    "packages/shared/lib/index.js": """\
import { nanoid } from "nanoid";
export { alphabet } from "@bench/shared/lib/alphabet.js";
export const id = () => nanoid();
""",
    "packages/shared/lib/alphabet.js": "export const alphabet = 'abc';\n",
}
MANIFEST: Final = {
    "name": "bench",
    "version": "1.0.0",
    "private": True,
    "workspaces": ["packages/*"],
    "imports": {"#settings": "./src/settings.js"},
    "dependencies": RUNTIME,
    "devDependencies": TOOLS,
}
ENTRIES: Final = {"application": "src/app.ts", "tools": "src/tools.js"}
_UNRESOLVED = re.compile(r'Could not resolve "([^"]+)"')
_TRIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundling:
    """How esbuild is asked for an entry."""

    words: tuple[str, ...]
    """The whole command."""
    externals: tuple[str, ...]
    """What it found nowhere, and was told to leave alone: optional dependencies."""


def write_application(folder: Path) -> None:
    """Write the application's files: the same ones each time."""
    names = {name: f"_{number}" for number, name in enumerate((*STATIC, *TOOLS))}
    lines = {name: f'import * as {local} from "{name}";' for name, local in names.items()}
    texts = {
        "{static}": "\n".join(lines[name] for name in STATIC),
        "{names}": ", ".join(names[name] for name in STATIC),
        "{tools}": "\n".join(lines[name] for name in TOOLS),
        "{tool_names}": ", ".join(names[name] for name in TOOLS),
    }
    for path, text in {**FILES, "package.json": json.dumps(MANIFEST, indent=2)}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(text, texts))


def _filled(text: str, texts: Mapping[str, str]) -> str:
    for hole, filling in texts.items():
        text = text.replace(hole, filling)
    return text


def install(folder: Path) -> None:
    """Install the packages, by npm as it is set up here; no script of theirs is run."""
    words = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    npm = CLIENTS["npm11"].argv
    subprocess.run([*npm, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def bundling(folder: Path, entry: str) -> Bundling:
    """Return the command that bundles an entry, when it has been found to go through.

    A name that esbuild finds nowhere stops it: such names are made external, one run after another.
    """
    externals: tuple[str, ...] = ()
    for _ in range(_TRIES):
        words = _esbuild(folder, entry, externals)
        ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return Bundling(words=words, externals=externals)
        found = sorted(set(_UNRESOLVED.findall(ran.stderr)) - set(externals))
        if not found:
            raise RuntimeError(f"esbuild does not bundle `{entry}`: {ran.stderr[:500]}")
        externals += tuple(found)
    raise RuntimeError(f"esbuild does not bundle `{entry}`")


def esbuild_version() -> str:
    """Return which esbuild it is, for people."""
    manifest = json.loads((MODULES / "esbuild" / "package.json").read_bytes())
    return f"esbuild {manifest['version']}"


def metafile(folder: Path, entry: str) -> Path:
    """Return where esbuild writes what it took in for an entry."""
    return folder / f"meta-{entry.replace('/', '-')}.json"


def _esbuild(folder: Path, entry: str, externals: tuple[str, ...]) -> tuple[str, ...]:
    program = MODULES / "@esbuild" / f"{SYSTEM}-{'arm64' if ARM else 'x64'}" / "bin" / "esbuild"
    if not program.is_file():
        raise ClientMissingError("client `esbuild` is not installed: run `make clients`")
    return (
        str(program),
        entry,
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--loader:.node=empty",
        "--loader:.svg=empty",
        "--log-level=error",
        "--log-limit=0",
        f"--metafile={metafile(folder, entry)}",
        f"--outfile={folder / 'bundled' / entry}.mjs",
        *(f"--external:{name}" for name in externals),
    )
