"""What style sheets ask for, and which files that means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.reachability.imports import ImportKind, imports_of
from imprint.reachability.resolution import Resolved, Resolver
from imprint.reachability.styles import EXTENSIONS
from tests.support.memory_files import Content, MemoryFiles

CASES = {
    '@import "x";': ["style x"],
    "@import 'x' screen and (width > 1px);": ["style x"],
    "@import url(x.css);": ["style x.css"],
    '@import url("x.css") layer(a);': ["style x.css"],
    '@import "x" layer("y");': ["style x"],
    "@IMPORT": [],
    "a { background: url(x.png) }": ["style-url x.png"],
    "a { background: url( 'x y.png' ), url(\"z.png\") }": ["style-url x y.png", "style-url z.png"],
    "a { background: url(data:image/png;base64,AA) url(#a) }": [],
    'a { composes: b c from "./x.css" }': ["style ./x.css"],
    "a { composes: b }": [],
    '/* @import "x"; */ a {}': [],
    'a { content: "@import" }': [],
    '@plugin "x";': ["plugin x"],
    '@config "./x.js";': ["plugin ./x.js"],
    '@charset "utf-8";': [],
    '@font-face { src: url("x.woff2") format("woff2") }': ["style-url x.woff2"],
}
PREPROCESSED = {
    '@use "x" as y with ($a: "b");': ["style x"],
    '@forward "x" show y;': ["style x"],
    "@import 'x', 'y',\n  'z';": ["style x", "style y", "style z"],
    '// @import "x";\n@import "y";': ["style y"],
    'a { b: url(https://example.test/x); }\n@import "y";': [
        "style-url https://example.test/x",
        "style y",
    ],
    '@import (reference) "x";': ["style x"],
    '@plugin (a) "x";': ["plugin x"],
}


def found(source: str, *, filename: str = "a.css") -> list[str]:
    imports = imports_of(source.encode(), filename=filename)
    return [f"{each.kind} {each.specifier}" for each in imports.specifiers]


@pytest.mark.parametrize("source", CASES)
def test_a_style_sheet_asks_for(source):
    assert found(source) == CASES[source]
    assert found(source, filename="a.scss") == CASES[source]


@pytest.mark.parametrize("source", PREPROCESSED)
def test_a_style_sheet_that_is_made_into_one_asks_for(source):
    assert found(source, filename="a.scss") == PREPROCESSED[source]
    assert found(source, filename="a.less") == PREPROCESSED[source]


def test_lines_count_through_comments():
    imports = imports_of(b"/* a\n b */ a {}\n@import 'x';", filename="a.css")

    assert [each.line for each in imports.specifiers] == [3]


PACKAGES: dict[str, Content] = {
    "node_modules/s/package.json": {"main": "s.js", "style": "dist/s.css"},
    "node_modules/s/dist/s.css": "",
    "node_modules/s/dist/_part.scss": "",
    "node_modules/s/s.js": "",
    "node_modules/m.css/package.json": {"main": "m.css"},
    "node_modules/m.css/m.css": "",
    "node_modules/e/package.json": {"exports": {".": {"style": "./e.css", "default": "./e.js"}}},
    "node_modules/e/e.css": "",
    "node_modules/e/e.js": "",
    "src/b.css": "",
    "src/_c.scss": "",
    "src/d/_index.scss": "",
    "src/w.svg": "",
}
NAMES = {
    "./b.css": "src/b.css",
    "b.css": "src/b.css",
    "b": "src/b.css",
    "c": "src/_c.scss",
    "d": "src/d/_index.scss",
    "s": "node_modules/s/dist/s.css",
    "~s/dist/s.css": "node_modules/s/dist/s.css",
    "pkg:s/dist/part": "node_modules/s/dist/_part.scss",
    "m.css": "node_modules/m.css/m.css",
    "e": "node_modules/e/e.css",
    "@/b": "src/b.css",
    "w.svg?url#a": "src/w.svg",
    "sass:math": "(address)",
    "//example.test/a.css": "(address)",
    "/b.css": "(address)",
    "~": "(not-found)",
    "gone": "(not-found)",
    "../../b.css": "(not-found)",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_style_sheet_means(name):
    settings: dict[str, object] = {"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}
    files: dict[str, Content] = {**PACKAGES, "tsconfig.json": settings}
    resolution = Resolver(MemoryFiles(files)).resolve(name, "src/a.scss", ImportKind.STYLE)

    shown = resolution.path if isinstance(resolution, Resolved) else f"({resolution.why})"
    assert shown == NAMES[name]


@given(
    source=st.lists(
        st.sampled_from([*CASES, *PREPROCESSED, '"', "'", "/*", "*/", "(", ")", ";", "{", "@use"])
        | st.text(max_size=5),
        max_size=10,
    ).map("\n".join),
    extension=st.sampled_from(sorted(EXTENSIONS)),
)
def test_any_text_asks_for_something_or_for_nothing(source, extension):
    imports = imports_of(source.encode(), filename=f"a.{extension}")

    assert all(each.specifier for each in imports.specifiers)
    assert all(1 <= each.line <= source.count("\n") + 1 for each in imports.specifiers)


def test_a_style_sheet_of_nothing_but_beginnings_is_read_in_one_pass():
    for piece in (b"url(", b"@import '", b"/* ", b"composes: a ", b"@use \n"):
        imports_of(piece * 100_000, filename="a.scss")
