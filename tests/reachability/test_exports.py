"""`exports` and `imports`, as the examples of Node's own page and beyond."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.reachability.exports import exported, imported

IMPORT = frozenset({"node", "import"})
REQUIRE = frozenset({"node", "require"})
DEEP: Any = "./a.js"
for _ in range(50):
    DEEP = {"node": DEEP}

EXPORTED: dict[str, tuple[Any, str, str | None]] = {
    "a text is the package itself": ("./a.js", ".", "./a.js"),
    "a text has nothing below": ("./a.js", "./b", None),
    "conditions without paths": ({"import": "./a.mjs", "default": "./a.cjs"}, ".", "./a.mjs"),
    "the first that fits": ({"default": "./a.js", "import": "./b.js"}, ".", "./a.js"),
    "one that does not fit": ({"require": "./a.js"}, ".", None),
    "conditions in conditions": ({"node": {"import": "./a.mjs"}, "default": "./b"}, ".", "./a.mjs"),
    "back out of conditions": ({"node": {"require": "./a"}, "default": "./b.js"}, ".", "./b.js"),
    "a path": ({".": "./a.js", "./b": "./lib/b.js"}, "./b", "./lib/b.js"),
    "a path that is not there": ({".": "./a.js"}, "./b", None),
    "a pattern": ({"./*": "./lib/*.js"}, "./b/c", "./lib/b/c.js"),
    "a pattern with an end": ({"./*.js": "./lib/*.js"}, "./b.js", "./lib/b.js"),
    "an end that differs": ({"./*.js": "./lib/*.js"}, "./b.css", None),
    "the longest pattern": ({"./*": "./*.js", "./a/*": "./x/*.js"}, "./a/b", "./x/b.js"),
    "the longest end": ({"./a*": "./1/*", "./a*.js": "./2/*"}, "./ab.js", "./2/b"),
    "a path before a pattern": ({"./*": "./x", "./a": "./a.js"}, "./a", "./a.js"),
    "several stars": ({"./*": "./*/*.js"}, "./a", "./a/a.js"),
    "a pattern of nothing": ({"./a*": "./*.js"}, "./a", None),
    "null forbids": ({"./*": "./*.js", "./internal/*": None}, "./internal/a", None),
    "null by a condition": ({"./a": {"import": None, "default": "./a.js"}}, "./a", None),
    "a list": ({".": ["no-path", "./a.js"]}, ".", "./a.js"),
    "a list of conditions": ([{"require": "./a"}, "./b.js"], ".", "./b.js"),
    "an empty list": ({".": []}, ".", None),
    "a folder, as it was written": ({"./lib/": "./src/"}, "./lib/a.js", "./src/a.js"),
    "out of the package": ({".": "../a.js"}, ".", None),
    "out by the part": ({"./*": "./lib/*"}, "./../../a.js", None),
    "another package's files": ({".": "./node_modules/b/a.js"}, ".", None),
    "an address": ({".": "https://example.test/a.js"}, ".", None),
    "a number": ({".": 1}, ".", None),
    "nothing": (None, ".", None),
    "very deep": (DEEP, ".", "./a.js"),
}
IMPORTED: dict[str, tuple[Any, str, str | None]] = {
    "a file": ({"#a": "./a.js"}, "#a", "./a.js"),
    "a package": ({"#a": "b"}, "#a", "b"),
    "by condition": ({"#a": {"node": "fs", "default": "./a.js"}}, "#a", "fs"),
    "a pattern": ({"#a/*": "./lib/*.js"}, "#a/b", "./lib/b.js"),
    "not there": ({"#a": "./a.js"}, "#b", None),
    "no name": ({"#/a": "./a.js"}, "#/a", None),
    "out of the package": ({"#a": "../a.js"}, "#a", None),
}


@pytest.mark.parametrize("case", EXPORTED)
def test_exports_lead_to(case):
    exports, subpath, target = EXPORTED[case]

    assert exported(exports, subpath, IMPORT) == target


@pytest.mark.parametrize("case", IMPORTED)
def test_imports_lead_to(case):
    imports, specifier, target = IMPORTED[case]

    assert imported(imports, specifier, IMPORT) == target


def test_a_require_has_a_condition_of_its_own():
    exports: Any = {".": {"import": "./a.mjs", "require": "./a.cjs"}}

    assert exported(exports, ".", REQUIRE) == "./a.cjs"


TARGETS = st.recursive(
    st.none() | st.sampled_from(["./a", "./*", "./*/b", "../a", "a", "./"]) | st.integers(),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from([".", "./a", "./*", "./a/*", "./a/", "node", "default", "*"]), below
        )
    ),
    max_leaves=12,
)


@given(exports=TARGETS, subpath=st.sampled_from([".", "./a", "./a/b", "./a/../b", "./*", "./"]))
def test_any_exports_lead_into_the_package_or_nowhere(exports, subpath):
    found = exported(exports, subpath, IMPORT)

    assert found is None or (found.startswith("./") and ".." not in found.split("/"))
