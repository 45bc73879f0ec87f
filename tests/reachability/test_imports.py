"""What a source file loads, as every statement of the language writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.reachability.imports import LARGE_BYTES, MOST_IMPORTS, Import, ImportKind, imports_of

CASES = {
    # Loads.
    'import a from "x"': ["import x"],
    "import 'x'": ["import x"],
    'import{a}from"x"': ["import x"],
    'import a, { b as c } from "x"': ["import x"],
    'import * as a from "x"': ["import x"],
    'import {\n  a, // it\'s "quoted"\n  b\n} from "x"': ["import x"],
    'import data from "./x.json" with { type: "json" }': ["import ./x.json"],
    'export * from "x"': ["import x"],
    'export * as a from "x"': ["import x"],
    'export { a as default } from "x"': ["import x"],
    'export{a}from"x"': ["import x"],
    'import("x")': ["dynamic x"],
    'await import(/* webpackChunkName: "c" */ "x")': ["dynamic x"],
    "import(`x`)": ["dynamic x"],
    'import("x", { with: { type: "json" } })': ["dynamic x"],
    'require("x")': ["require x"],
    "var a = require ( 'x' ).b": ["require x"],
    "require(`x`)": ["require x"],
    'module.require("x")': ["require x"],
    'if (a) { b = require("x") } else { b = require("y") }': ["require x", "require y"],
    'try { require("x") } catch {}': ["require x"],
    '[...require("x")]': ["require x"],
    "`${require('x').version}`": ["require x"],
    "`a ${`b ${require('x')}`} c`": ["require x"],
    'require?.("x")': ["require x"],
    'require.resolve("x")': ["resolve x"],
    'require.resolve("x", { paths: [] })': ["resolve x"],
    'import.meta.resolve("x")': ["meta-resolve x"],
    'new URL("./x.js", import.meta.url)': ["url ./x.js"],
    'new Worker(new URL("./x.js", import.meta.url), { type: "module" })': ["url ./x.js"],
    # From where the process runs, and from beside the file: whichever is there.
    'new Worker("./x.js")': ["import-pattern ./x.js\n/x.js"],
    "new worker_threads.Worker('./a/x.mjs', { workerData })": [
        "import-pattern ./a/x.mjs\n/a/x.mjs"
    ],
    'new Worker("../x.js")': ["import-pattern ../x.js"],
    'new Worker(path.join(__dirname, "x.js"))': ["import-pattern ./x.js\n/x.js"],
    'new Worker(__dirname + "/x.js")': ["import-pattern ./x.js\n/x.js"],
    'new Worker(require.resolve("x/worker"))': ["resolve x/worker"],
    "new Worker(`./x/${a}.js`)": ["import-pattern ./x/**/*.js\n/x/**/*.js"],
    'new Worker("x", job)': [],
    'new Worker("/x.js")': [],
    'new Worker(new Blob(["./x.js"]))': [],
    "new Worker(file)": [],
    'Worker("./x.js")': [],
    'class Worker { constructor() { super("./x.js") } }': [],
    '// new Worker("./x.js")': [],
    'const require = createRequire(import.meta.url); require("x")': ["require x"],
    'const load = createRequire(import.meta.url); load("x")': ["require x"],
    'const load = module.createRequire(__filename); load("x")': ["require x"],
    'createRequire(import.meta.url)("x")': ["require x"],
    "if (/[\"'`]/.test(a)) require('x')": ["require x"],
    "a = b / c; require('x') / d": ["require x"],
    # Loads one of several.
    'require(a ? "x" : "y")': ["require x", "require y"],
    'import(process.env.A === "b" ? "x" : "y")': ["dynamic x", "dynamic y"],
    'require(["x", "y"], a)': ["require x", "require y"],
    'require(__dirname + "/x.js")': ["require ./x.js"],
    "require(`${__dirname}/x.js`)": ["require ./x.js"],
    'require(path.join(__dirname, "lib", "x.js"))': ["require ./lib/x.js"],
    'require(resolve(__dirname, "../x"))': ["require ./../x"],
    'require("x/" + "y")': ["require x/y"],
    # Loads any of a folder.
    'import("./x/" + a + ".js")': ["import-pattern ./x/**/*.js"],
    "import(`./x/${a}.js`)": ["import-pattern ./x/**/*.js"],
    "import(`./x-${a}/y.js`)": ["import-pattern ./x-*/y.js"],
    "import(`./${a}/${b.c(d)[0]}.js`)": ["import-pattern ./**/*/**/*.js"],
    'require("./x/" + (a || b))': ["require-pattern ./x/**/*"],
    'require("x/locale/" + a)': ["require-pattern x/locale/**/*"],
    "import(/* @vite-ignore */ `@/x/${a}.vue`)": ["import-pattern @/x/**/*.vue"],
    'require.context("./x", true, /\\.(js|ts)$/)': ["require-pattern ./x/**/*.js\n./x/**/*.ts"],
    'require.context("./x", false, /^a/)': ["require-pattern ./x/*"],
    'require.context("./x/")': ["require-pattern ./x/**/*"],
    'import.meta.glob("./x/*.js")': ["import-pattern ./x/*.js"],
    'import.meta.glob(["./x/*.js", "!./x/*.test.js"], { eager: true })': [
        "import-pattern ./x/*.js\n!./x/*.test.js"
    ],
    'import.meta.globEager("/src/x/*.js")': ["import-pattern /src/x/*.js"],
    # Loads nothing.
    '// import a from "x"': [],
    '/* require("x") */': [],
    "'require(\"x\")'": [],
    "`require('x')`": [],
    "/require('x')/.test(a)": [],
    'a.require("x")': [],
    'a.import("x")': [],
    "export { a }; b('x')": [],
    'export const a = "x"': [],
    'export default "x"': [],
    "export { a }\nb = 'x'": [],
    "import.meta.url": [],
    'new URL("./x.js", location.href)': [],
    'new URL("https://example.test/x.js")': [],
    'jest.mock("x")': [],
    'vi.mock("x")': [],
    "require.main === module": [],
    "typeof require": [],
    "function require(a) { return a }": [],
    "require()": [],
    "({ require: 1, import(a) { return a } })": [],
    "[function(require,module,exports){ require('x') }]": [],
}
TYPED = {
    'import type { A } from "x"': [],
    'import type A from "x"': [],
    'import type * as A from "x"': [],
    'import { type A, type B as C } from "x"': [],
    'export type { A } from "x"': [],
    'export type * from "x"': [],
    'type A = import("x").B': [],
    'let a: import("x").B': [],
    'type A = typeof import("x")': [],
    'import type A = require("x")': [],
    'import { type A, b } from "x"': ["import x"],
    'import type from "x"': ["import x"],
    'import type, { a } from "x"': ["import x"],
    'import a = require("x")': ["require x"],
    'const a = require("x") as B': ["require x"],
    'const a = <B>require("x")': ["require x"],
    'const a = import.meta.glob<{ default: B }>("./x/*.ts")': ["import-pattern ./x/*.ts"],
    '/// <reference types="x" />\nlet a: B': [],
    'enum A { B } import "x"': ["import x"],
}
PLAIN = sorted(CASES)


def found(source: str | bytes, *, filename: str = "a.js", is_published: bool = False) -> list[str]:
    raw = source if isinstance(source, bytes) else source.encode()
    imports = imports_of(raw, filename=filename, is_published=is_published)
    return [f"{each.kind} {each.specifier}" for each in imports.specifiers]


@pytest.mark.parametrize("source", PLAIN)
def test_a_parsed_file_loads_what_its_statements_say(source):
    assert found(source) == CASES[source]


@pytest.mark.parametrize("source", PLAIN)
def test_a_scanned_file_loads_the_same(source):
    assert found(source, is_published=True) == CASES[source]


def test_a_large_file_is_scanned_behind_all_that_makes_it_large():
    filler = b"a('it''s', `b${{c:{}}}`, /[/'\"]/g, 1 / 2);\n" * (LARGE_BYTES // 40)

    assert found(filler + b"require('x'); `${import('y')}`") == ["require x", "dynamic y"]


def test_thousands_of_divisions_hide_no_pattern_behind_them():
    divisions = b"a = b / c; d = (e) / 2; f[0] / g;\n" * 6_000

    assert found(divisions + b"/[`'\"]/.test(a); require('x')", is_published=True) == ["require x"]


def test_of_very_many_statements_the_first_are_told_and_that_there_are_more():
    imports = imports_of(b"require('x');" * (MOST_IMPORTS + 1), filename="a.js", is_published=True)

    assert len(imports.specifiers) == MOST_IMPORTS
    assert imports.may_load_anything == (1,)


@pytest.mark.parametrize(
    "source",
    [
        b"(" * 200_000 + b"require('x')",
        b"{[" * 100_000 + b"\nimport 'x'",
        b"`${" * 400 + b"require('x')",
        b"a." * 100_000 + b"b; require('x')",
        b"<a>" * 100_000 + b";require('x')",
    ],
    ids=["parentheses", "braces", "templates", "members", "elements"],
)
def test_what_is_nested_very_deeply_is_read_to_its_end(source):
    assert [each.split()[1] for each in found(source)] == ["x"]


@pytest.mark.parametrize("piece", [b"<script ", b'<style a="', b"<script", b"<!--", b"---\n"])
@pytest.mark.parametrize("extension", ["vue", "astro", "mdx"])
def test_a_component_of_nothing_but_beginnings_has_no_imports(piece, extension):
    assert imports_of(piece * 50_000, filename=f"a.{extension}").specifiers == ()


@pytest.mark.parametrize(
    "call",
    ["import.meta.glob('./{}')", "import.meta.glob(['./{}'])", "require.context('./{}', true)"],
)
def test_a_pattern_longer_than_any_name_is_a_computed_one(call):
    imports = imports_of(call.format("*" * 1_000).encode(), filename="a.js")

    assert (imports.specifiers, imports.may_load_anything) == ((), (1,))


@pytest.mark.parametrize("mark", ["`", "~"])
def test_a_fence_of_a_whole_file_has_no_imports(mark):
    assert found(mark * 400_000, filename="a.mdx") == []


@pytest.mark.parametrize("source", sorted(TYPED))
def test_what_types_alone_need_is_not_loaded(source):
    assert found(source, filename="a.ts") == TYPED[source]


def test_a_file_with_jsx_is_read_behind_an_apostrophe_in_its_text():
    source = "const a = <p>don't</p>\nconst b = require('x')\n"

    assert found(source, filename="a.jsx") == ["jsx jsx-runtime", "require x"]
    assert found(source, filename="a.tsx") == ["jsx jsx-runtime", "require x"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const a = <p/>", ["jsx jsx-runtime"]),
        ("/** @jsxImportSource x */\nconst a = <p/>", ["import x/jsx-runtime"]),
        ("// @jsxImportSource @a/b\nconst a = <p/>", ["import @a/b/jsx-runtime"]),
        ("/** @jsx h */\nconst a = <p/>", []),
        ("/* @jsxRuntime classic */\nconst a = <p/>", []),
        ("const a = 1 / 2", []),
    ],
)
def test_elements_ask_for_what_makes_them(source, expected):
    assert found(source, filename="a.tsx") == expected


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("\nrequire(a)", (2,)),
        ("import(`${a}.js`)", (1,)),
        ("import(a + './b.js')", (1,)),
        ("require('x-' + a)", (1,)),
        ("require('@x/' + a)", (1,)),
        ("require('./x' + a ? b : c)", (1,)),
        ("require(path.join(a, 'b'))", (1,)),
        ("require([a])", (1,)),
        ("import.meta.glob(['./a', b])", (1,)),
        ("import(`./${a}.js`)", ()),
        ("require('a' + b)", (1,)),
        ("require.resolve(a)", (1,)),
        ('require("\\x66s")', (1,)),
        ("a\nb\nimport(c)\nrequire(d)", (3, 4)),
        ("require('x')", ()),
        ("require()", ()),
    ],
)
def test_what_is_computed_may_be_anything(source, lines):
    assert imports_of(source.encode(), filename="a.js").may_load_anything == lines


def test_lines_count_from_the_beginning_of_the_file():
    imports = imports_of(b"\n\nimport 'a'\n/*\n*/ require('b')", filename="a.js")

    assert [each.line for each in imports.specifiers] == [3, 5]


VUE = b"""<template><p>import 'no'</p></template>
<!-- <script>import 'no'</script> -->
<script setup lang="ts">
import type { A } from 'types'
import b from 'b'
</script>
<script src="./c.js"></script>
"""


def test_script_blocks_of_vue_are_read_with_their_lines():
    assert imports_of(VUE, filename="a.vue").specifiers == (
        Import(specifier="b", kind=ImportKind.IMPORT, line=5),
        Import(specifier="./c.js", kind=ImportKind.IMPORT, line=7),
    )


def test_script_blocks_of_svelte_are_read():
    source = "<script context='module'>import 'a'</script>\n<script>\nimport 'b'\n</script>\n<p/>"

    assert found(source, filename="a.svelte") == ["import a", "import b"]


def test_the_head_of_an_astro_file_is_read_and_its_scripts_too():
    source = "---\nimport 'a'\nconst b = 1\n---\n<html/>\n<script>import 'c'</script>\n"

    imports = imports_of(source.encode(), filename="a.astro")

    assert [(each.specifier, each.line) for each in imports.specifiers] == [("a", 2), ("c", 6)]


def test_styles_of_a_component_are_read():
    source = "<script>import 'a'</script>\n<style lang=scss>\n@use 'b';</style><style>@import 'c';</style>"

    imports = imports_of(source.encode(), filename="a.vue")

    assert [(each.kind, each.specifier, each.line) for each in imports.specifiers] == [
        (ImportKind.IMPORT, "a", 1),
        (ImportKind.STYLE, "b", 3),
        (ImportKind.STYLE, "c", 3),
    ]


MDX = """import A from 'a'

# Title

import {
  B
} from 'b'
export const c = require('c')

A text that has import 'no' in it

```js
import 'no'
```
"""


def test_imports_of_mdx_are_read_where_a_paragraph_begins():
    imports = imports_of(MDX.encode(), filename="a.mdx")

    assert [(each.specifier, each.line) for each in imports.specifiers] == [
        ("a", 1),
        ("b", 5),
        ("c", 8),
    ]


@pytest.mark.parametrize("filename", ["a.txt", "a.json", "a.d.ts", "a.md", "a.node"])
def test_what_is_no_code_has_no_imports(filename):
    assert found("import 'x'", filename=filename) == []


FILENAMES = [
    *("a.js", "a.mjs", "a.ts", "a.tsx", "a.vue", "a.svelte", "a.astro"),
    *("a.mdx", "a.css", "a.scss", "a.less"),
]
PIECES = st.sampled_from(
    [
        *[source.encode() for source in CASES],
        *[b"`", b"${", b"}", b"{", b"/", b"//", b"/*", b"*/", b"'", b'"', b"\\", b"\n", b"<", b"("],
        *[b"import", b"export", b"require", b"from", b"createRequire(", b"---\n", b"<script>"],
        *[b"@import", b"@use 'a'", b"url(", b"<style>", b"```\n", b"a ? 'b' : 'c')", b"[", b"+"],
    ]
)


@given(
    source=st.binary() | st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join),
    filename=st.sampled_from(FILENAMES),
    is_published=st.booleans(),
)
def test_any_bytes_have_imports_or_none(source, filename, is_published):
    imports = imports_of(source, filename=filename, is_published=is_published)

    assert all(each.specifier for each in imports.specifiers)
    assert all(1 <= each.line <= source.count(b"\n") + 1 for each in imports.specifiers)


@given(pieces=st.lists(st.sampled_from(PLAIN), max_size=6))
def test_parse_and_scan_agree_on_whole_statements(pieces):
    source = "\n;".join(f"({{ a() {{\n}} }});\n{each}\n" for each in pieces)

    assert found(source) == found(source, is_published=True)
