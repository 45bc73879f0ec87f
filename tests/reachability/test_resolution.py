"""Which file a name means: one test for each rule, over files in memory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.reachability.imports import ImportKind
from imprint.reachability.resolution import Miss, Missed, ResolutionSettings, Resolved, Resolver
from tests.support.memory_files import MemoryFiles

BROWSER = ResolutionSettings(conditions=frozenset({"browser"}), entries=("module", "main"))


def resolved(files, specifier, *, importer="src/a.js", kind="import", links=None, settings=None):
    resolver = Resolver(MemoryFiles(files, links=links), settings=settings)
    found = resolver.resolve(specifier, importer, ImportKind(kind))
    return found.path if isinstance(found, Resolved) else f"({found.why})"


BESIDE = {
    "as it is": ("./b.js", ["src/b.js"], "src/b.js"),
    "without its ending": ("./b", ["src/b.js"], "src/b.js"),
    "JSON": ("./b", ["src/b.json"], "src/b.json"),
    "an addon": ("./b", ["src/b.node"], "src/b.node"),
    "an ES module": ("./b", ["src/b.mjs"], "src/b.mjs"),
    "TypeScript": ("./b", ["src/b.ts"], "src/b.ts"),
    "TypeScript before its output": ("./b", ["src/b.ts", "src/b.js"], "src/b.ts"),
    "TypeScript by its output's name": ("./b.js", ["src/b.ts"], "src/b.ts"),
    "TSX by its output's name": ("./b.js", ["src/b.tsx"], "src/b.tsx"),
    "MTS by its output's name": ("./b.mjs", ["src/b.mts"], "src/b.mts"),
    "CTS by its output's name": ("./b.cjs", ["src/b.cts"], "src/b.cts"),
    "the output where it is there": ("./b.js", ["src/b.js", "src/b.ts"], "src/b.js"),
    "a name with dots": ("./b.min", ["src/b.min.js"], "src/b.min.js"),
    "above": ("../b", ["b.js"], "b.js"),
    "far above": ("../../b", ["b.js"], "(not-found)"),
    "a folder": ("./b", ["src/b/index.js"], "src/b/index.js"),
    "a file before a folder": ("./b", ["src/b/index.js", "src/b.js"], "src/b.js"),
    "a folder by its slash": ("./b/", ["src/b/index.js", "src/b.js"], "src/b/index.js"),
    "this folder": (".", ["src/index.ts"], "src/index.ts"),
    "the folder above": ("..", ["index.js", "..js"], "index.js"),
    "a way to load it": ("./b.svg?url", ["src/b.svg"], "src/b.svg"),
    "nothing": ("./b", ["src/c.js"], "(not-found)"),
    "an address": ("https://example.test/b.js", [], "(address)"),
    "a bundler's own": ("virtual:b", [], "(address)"),
    "Node's own": ("fs", ["node_modules/fs/index.js"], "(builtin)"),
    "Node's own, below": ("fs/promises", [], "(builtin)"),
    "Node's own, by its scheme": ("node:test", [], "(builtin)"),
    "a package called as Node's own": (
        "punycode/",
        ["node_modules/punycode/index.js"],
        "node_modules/punycode/index.js",
    ),
    "nothing at all": ("", [], "(not-found)"),
}
INSTALLED: dict[str, tuple[dict[str, Any], list[str], str, str]] = {
    "main": ({"main": "lib/b.js"}, ["lib/b.js"], "b", "lib/b.js"),
    "main without its ending": ({"main": "./lib/b"}, ["lib/b.js"], "b", "lib/b.js"),
    "main that is a folder": ({"main": "lib"}, ["lib/index.js"], "b", "lib/index.js"),
    "main that is not there": ({"main": "lib"}, ["index.js"], "b", "index.js"),
    "module where there is no main": ({"module": "b.mjs"}, ["b.mjs"], "b", "b.mjs"),
    "no main": ({}, ["index.js"], "b", "index.js"),
    "a file": ({}, ["lib/c.js"], "b/lib/c", "lib/c.js"),
    "a folder with a package.json": (
        {},
        ["c/package.json", "c/main.js"],
        "b/c",
        "c/main.js",
    ),
    "exports before main": ({"exports": "./e.js", "main": "m.js"}, ["e.js", "m.js"], "b", "e.js"),
    "exports hide files": ({"exports": "./e.js"}, ["e.js", "c.js"], "b/c.js", "(not-exported)"),
    "an export that is not there": ({"exports": "./e.js"}, [], "b", "(not-found)"),
    "package.json is odd": ({"main": 1, "exports": None}, ["index.js"], "b", "index.js"),
    "JavaScript before TypeScript": ({"main": "c"}, ["c.ts", "c.js"], "b", "c.js"),
}


@pytest.mark.parametrize("case", BESIDE)
def test_a_name_beside_means(case):
    specifier, paths, expected = BESIDE[case]

    assert resolved(dict.fromkeys(paths, ""), specifier) == expected


@pytest.mark.parametrize("case", INSTALLED)
def test_a_package_means(case):
    manifest, paths, specifier, expected = INSTALLED[case]
    files: dict[str, Any] = {f"node_modules/b/{path}": "" for path in paths}
    files["node_modules/b/package.json"] = {"name": "b", **manifest}
    if "c/package.json" in paths:
        files["node_modules/b/c/package.json"] = {"main": "main.js"}
    whole = expected if expected.startswith("(") else f"node_modules/b/{expected}"

    assert resolved(files, specifier) == whole


def test_the_nearest_node_modules_is_first():
    files = {"node_modules/b/index.js": "", "src/node_modules/b/index.js": ""}

    assert resolved(files, "b") == "src/node_modules/b/index.js"


def test_a_package_looks_in_its_own_node_modules_and_then_beside_itself():
    files = {
        "node_modules/a/node_modules/b/index.js": "",
        "node_modules/b/index.js": "",
        "node_modules/c/index.js": "",
    }
    importer = "node_modules/a/lib/x.js"

    assert resolved(files, "b", importer=importer) == "node_modules/a/node_modules/b/index.js"
    assert resolved(files, "c", importer=importer) == "node_modules/c/index.js"


def test_a_package_of_a_scope_is_found():
    files = {"node_modules/@a/b/index.js": "", "node_modules/@a/b/c.js": ""}

    assert resolved(files, "@a/b") == "node_modules/@a/b/index.js"
    assert resolved(files, "@a/b/c") == "node_modules/@a/b/c.js"


def test_the_statement_decides_the_condition():
    exports = {".": {"import": "./a.mjs", "require": "./a.cjs"}}
    files = {
        "node_modules/b/package.json": {"name": "b", "exports": exports},
        "node_modules/b/a.mjs": "",
        "node_modules/b/a.cjs": "",
    }

    assert resolved(files, "b", kind="import") == "node_modules/b/a.mjs"
    assert resolved(files, "b", kind="dynamic") == "node_modules/b/a.mjs"
    assert resolved(files, "b", kind="require") == "node_modules/b/a.cjs"
    assert resolved(files, "b", kind="resolve") == "node_modules/b/a.cjs"


def test_a_package_means_itself_by_its_name_where_it_has_exports():
    own = {"name": "b", "exports": {"./c": "./lib/c.js"}}
    files = {"node_modules/b/package.json": own, "node_modules/b/lib/c.js": ""}

    assert resolved(files, "b/c", importer="node_modules/b/x.js") == "node_modules/b/lib/c.js"


def test_imports_of_a_package_lead_to_files_and_packages():
    files = {
        "package.json": {"imports": {"#a": "./lib/a.js", "#b": "b", "#c": "fs", "#d": "#a"}},
        "lib/a.js": "",
        "node_modules/b/index.js": "",
    }

    assert resolved(files, "#a") == "lib/a.js"
    assert resolved(files, "#b") == "node_modules/b/index.js"
    assert resolved(files, "#c") == "(builtin)"
    assert resolved(files, "#x") == "(not-exported)"


def test_imports_that_lead_round_and_round_have_an_end():
    files = {"package.json": {"imports": {"#a": "#b", "#b": "#a"}}}

    assert resolved(files, "#a") == "(not-found)"


def test_a_workspace_is_the_file_that_its_link_leads_to():
    files = {
        "packages/b/package.json": {"name": "b", "main": "lib/b.js"},
        "packages/b/lib/b.js": "",
    }

    assert resolved(files, "b", links={"node_modules/b": "packages/b"}) == "packages/b/lib/b.js"


def test_packages_in_a_store_find_what_stands_beside_them_there():
    store = "node_modules/.pnpm"
    files = {
        f"{store}/a@1.0.0/node_modules/a/index.js": "",
        f"{store}/b@1.0.0/node_modules/b/index.js": "",
    }
    links = {
        "node_modules/a": f"{store}/a@1.0.0/node_modules/a",
        f"{store}/a@1.0.0/node_modules/b": f"{store}/b@1.0.0/node_modules/b",
    }
    first = resolved(files, "a", links=links)

    assert first == f"{store}/a@1.0.0/node_modules/a/index.js"
    assert resolved(files, "b", importer=first, links=links) == (
        f"{store}/b@1.0.0/node_modules/b/index.js"
    )
    assert resolved(files, "b", links=links) == "(not-found)"


def test_a_link_out_of_the_folder_is_not_followed():
    assert resolved({}, "b", links={"node_modules/b": "../b"}) == "(not-found)"


def test_links_that_lead_round_and_round_have_an_end():
    assert resolved({}, "b", links={"node_modules/b": "node_modules/b"}) == "(not-found)"


def test_a_file_beside_may_be_named_without_a_dot_in_an_address():
    files = {"src/worker.js": ""}

    assert resolved(files, "worker.js", kind="url") == "src/worker.js"
    assert resolved(files, "./worker.js", kind="url") == "src/worker.js"


def test_a_browser_has_entries_and_conditions_of_its_own():
    files = {
        "node_modules/b/package.json": {"main": "m.js", "browser": "w.js"},
        "node_modules/b/m.js": "",
        "node_modules/b/w.js": "",
    }

    assert resolved(files, "b", settings=BROWSER) == "node_modules/b/w.js"
    assert resolved(files, "b") == "node_modules/b/m.js"


def test_a_browser_map_replaces_files_and_packages():
    replacements = {"./node.js": "./web.js", "c": "./c.js", "d": False, "fs": False}
    files = {
        "node_modules/b/package.json": {"name": "b", "browser": replacements},
        "node_modules/b/lib/x.js": "",
        "node_modules/b/node.js": "",
        "node_modules/b/web.js": "",
        "node_modules/b/c.js": "",
        "node_modules/d/index.js": "",
    }
    importer = "node_modules/b/x.js"

    def web(name):
        return resolved(files, name, importer=importer, settings=BROWSER)

    assert web("./node") == "node_modules/b/web.js"
    assert web("c") == "node_modules/b/c.js"
    assert web("d") == "(disabled)"
    assert web("fs") == "(disabled)"


TSCONFIG = """{
  // Comments, and a comma too many
  "compilerOptions": {
    "baseUrl": "./src",
    "paths": {"@/*": ["./*"], "~lib": ["../lib/main.ts"], "@gone/*": ["./gone/*", "./*"],},
  },
}"""


def test_paths_of_a_tsconfig_hold_for_the_projects_own_files():
    files = {
        "tsconfig.json": TSCONFIG,
        "src/deep/b.ts": "",
        "lib/main.ts": "",
        "node_modules/c/x.js": "",
    }

    assert resolved(files, "@/deep/b") == "src/deep/b.ts"
    assert resolved(files, "@gone/deep/b") == "src/deep/b.ts"
    assert resolved(files, "~lib") == "lib/main.ts"
    assert resolved(files, "deep/b") == "src/deep/b.ts"
    assert resolved(files, "deep/b", importer="node_modules/c/x.js") == "(not-found)"


def test_a_tsconfig_has_the_paths_that_it_extends_and_refers_to():
    files = {
        "tsconfig.json": {
            "extends": "./base",
            "references": [{"path": "./tsconfig.app.json"}, {"path": "./packages/b"}],
        },
        "base.json": {
            "extends": "./tsconfig.json",
            "compilerOptions": {"paths": {"a": ["./a.ts"]}},
        },
        "tsconfig.app.json": {"compilerOptions": {"paths": {"b": ["./b.ts"]}}},
        "packages/b/tsconfig.json": {"compilerOptions": {"paths": {"c": ["./c.ts"]}}},
        "a.ts": "",
        "b.ts": "",
        "packages/b/c.ts": "",
    }

    assert [resolved(files, name) for name in "abc"] == ["a.ts", "b.ts", "packages/b/c.ts"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"compilerOptions": 1}', "/*" * 1000, '"\\' * 200_000],
    ids=["nothing", "open", "list", "number", "comments", "texts-without-end"],
)
def test_a_damaged_tsconfig_says_nothing(text):
    assert resolved({"tsconfig.json": text, "node_modules/b/index.js": ""}, "b") == (
        "node_modules/b/index.js"
    )


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"exports": {' * 90, b"\xff\xfe"])
def test_a_damaged_package_json_says_nothing(text):
    files = {"node_modules/b/package.json": text, "node_modules/b/index.js": ""}

    assert resolved(files, "b") == "node_modules/b/index.js"


def test_a_path_that_is_too_deep_is_none():
    assert resolved({}, "./" + "a/" * 2_000) == "(not-found)"
    assert resolved({}, "b/" + "a/" * 1_000) == "(not-found)"


def test_each_package_json_is_read_once():
    files = MemoryFiles({"node_modules/b/package.json": {}, "node_modules/b/index.js": ""})
    resolver = Resolver(files)

    for _ in range(3):
        resolver.resolve("b", "src/a.js", ImportKind.IMPORT)

    assert files.reads.count("node_modules/b/package.json") == 1


NAMES = st.sampled_from(
    ["./a", "../a", ".", "..", "b", "@s/b", "b/a", "#a", "#a/b", "node:fs", "fs", "", "./a/", "/a"]
)
JSON = st.recursive(
    st.none() | st.booleans() | NAMES | st.just("./*"),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES | st.just("./*"), below),
    max_leaves=8,
)
MANIFESTS = st.dictionaries(
    st.sampled_from(["main", "module", "browser", "exports", "imports", "name"]), JSON
)


@given(
    manifest=MANIFESTS,
    options=st.dictionaries(st.sampled_from(["baseUrl", "paths"]), JSON),
    specifier=NAMES | st.text(max_size=8),
    importer=st.sampled_from(["src/a.js", "node_modules/b/a.js", "a.js"]),
    kind=st.sampled_from(list(ImportKind)),
    settings=st.sampled_from([ResolutionSettings(), BROWSER]),
)
def test_any_name_means_a_file_that_is_there_or_none(
    manifest, options, specifier, importer, kind, settings
):
    files = MemoryFiles(
        {
            "node_modules/b/package.json": manifest,
            "package.json": manifest,
            "tsconfig.json": {"compilerOptions": options, "extends": "./tsconfig.json"},
            "node_modules/b/a.js": "",
            "src/a/index.js": "",
        },
        links={"node_modules/@s/b": "node_modules/b", "node_modules/c": "node_modules/c"},
    )

    found = Resolver(files, settings=settings).resolve(specifier, importer, kind)

    match found:
        case Resolved(path=path):
            assert files.is_file(path)
        case Missed(why=why):
            assert why in Miss
