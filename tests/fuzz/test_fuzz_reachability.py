"""A short run of the fuzz entries of reachability, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_imports, fuzz_installed_package

SOURCE = b"""---
import a, { type b } from "x"; export * from 'y'
---
<script lang="ts">
const c = `${require("z")} ${d}`, e = /['"]/.test(f) // import "no"
new URL("./w", import.meta.url); import(`./${g}`); createRequire(h)("i")
</script>
"""
PACKAGE = b"""{"name": "b", "main": "./a", "browser": {"./a.js": false},
"exports": {".": {"node": ["./a.js"], "default": null}, "./*": "./*.js", "./deep/*": null},
"imports": {"#a": "b", "#deep/*": "./*.js"}, "extends": "./tsconfig", "references": [{"path": "x"}],
"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*", "x"]}}}"""


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(SOURCE) | st.binary())
def test_a_damaged_source_asks_for_something_or_for_nothing(data):
    fuzz_imports.one_input(data)


@given(data=damaged(PACKAGE) | st.binary())
def test_names_mean_something_by_a_damaged_package_or_nothing(data):
    fuzz_installed_package.one_input(data)


def test_whole_inputs_pass():
    fuzz_imports.one_input(SOURCE)
    fuzz_installed_package.one_input(PACKAGE)
