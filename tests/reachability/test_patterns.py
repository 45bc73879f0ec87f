"""Which files a pattern means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.reachability.patterns import Budget, alternatives, files_by_pattern, matches
from imprint.reachability.resolution import Resolver
from tests.support.memory_files import MemoryFiles

FILES = dict.fromkeys(
    [
        *("src/a.js", "src/b.ts", "src/b.test.ts", "src/d/c.js", "src/d/e/f.js", "src/d/index.js"),
        *("src/node_modules/x/g.js", "h.js"),
    ],
    "",
)
CASES = {
    "src/*.js": ["src/a.js"],
    "src/*": ["src/a.js", "src/b.test.ts", "src/b.ts"],
    "src/*.{js,ts}": ["src/a.js", "src/b.test.ts", "src/b.ts"],
    "src/**/*.js": ["src/a.js", "src/d/c.js", "src/d/e/f.js", "src/d/index.js"],
    "src/**/f.js": ["src/d/e/f.js"],
    "src/**": sorted(FILES.keys() - {"src/node_modules/x/g.js", "h.js"}),
    "src/*/index": ["src/d/index.js"],
    "src/d*/c.js": ["src/d/c.js"],
    "src/?.js": ["src/a.js"],
    "src/@(a|b).js": ["src/a.js"],
    "src/a.js": ["src/a.js"],
    "*.js": ["h.js"],
    "gone/*.js": [],
    "src/" + "*" * 500 + ".js": ["src/a.js"],
}


@pytest.mark.parametrize("pattern", CASES)
def test_a_pattern_means(pattern):
    found = files_by_pattern(MemoryFiles(FILES), pattern, budget=Budget())

    assert sorted(found) == CASES[pattern]


@pytest.mark.parametrize("pattern", sorted(CASES.keys() - {"src/*/index"}))
def test_what_a_pattern_means_matches_it(pattern):
    own = FILES.keys() - {"src/node_modules/x/g.js"}

    assert sorted(path for path in own if matches(pattern, path)) == CASES[pattern]


def test_links_that_lead_round_are_not_followed():
    files = MemoryFiles({"src/a.js": ""}, links={"src/round": "src"})

    assert list(files_by_pattern(files, "src/**/*.js", budget=Budget())) == ["src/a.js"]


def test_braces_in_braces_have_an_end():
    assert alternatives("{a,b}/*.{js,ts}") == ("b/*.ts", "b/*.js", "a/*.ts", "a/*.js")
    assert len(alternatives("{a,b}" * 40)) == 1


def test_there_is_an_end_of_looking():
    budget = Budget(left=3)

    assert len(list(files_by_pattern(MemoryFiles(FILES), "src/**/*", budget=budget))) < 4
    assert budget.left <= 0


def test_the_same_folder_is_seen_once_for_many_stars():
    budget = Budget()
    deep = MemoryFiles({"/".join(["d"] * 40) + "/a.js": ""})

    list(files_by_pattern(deep, "**/" * 12 + "*.js", budget=budget))

    assert 300_000 - budget.left < 2_000


def expanded(files, patterns, *, importer="src/main.ts"):
    found = Resolver(MemoryFiles(files)).expand(patterns, importer)
    return None if found is None else sorted(found)


def test_patterns_are_seen_from_the_file_that_has_them():
    assert expanded(FILES, "./d/*.js") == ["src/d/c.js", "src/d/index.js"]
    assert expanded(FILES, "../*.js") == ["h.js"]
    assert expanded(FILES, "./*.ts\n!./*.test.ts") == ["src/b.ts"]
    assert expanded({**FILES, "package.json": {}}, "/src/*.js") == ["src/a.js"]


def test_a_pattern_may_begin_with_a_package_or_an_alias():
    files = {
        **FILES,
        "tsconfig.json": {"compilerOptions": {"paths": {"@/*": ["./src/*"]}}},
        "node_modules/m/locale/de.js": "",
        "node_modules/m/index.js": "",
    }

    assert expanded(files, "m/locale/**/*") == ["node_modules/m/locale/de.js"]
    assert expanded(files, "@/*.js") == ["src/a.js"]


@pytest.mark.parametrize("pattern", ["gone/locale/*", "@/x/*", "../../*"])
def test_a_pattern_without_a_known_folder_may_be_anything(pattern):
    assert expanded(FILES, pattern) is None


@given(
    pattern=st.lists(
        st.sampled_from(["*", "**", "a", "/", "{", "}", ",", "!", "(", ")", "?", ".js", "../"])
        | st.text(max_size=3),
        max_size=12,
    ).map("".join),
    importer=st.sampled_from(["src/main.ts", "main.ts", "node_modules/x/a.js"]),
)
def test_any_pattern_means_files_or_nothing(pattern, importer):
    files = MemoryFiles(FILES)

    for path in Resolver(files).expand(pattern, importer) or ():
        assert files.is_file(path)
