"""Fuzz entry: sources in every language that is read, by parse and by scan."""

from imprint.reachability.imports import imports_of

LANGUAGES = (
    *("a.js", "a.ts", "a.tsx", "a.vue", "a.svelte", "a.astro"),
    *("a.mdx", "a.css", "a.scss", "a.less"),
)


def one_input(data: bytes) -> None:
    """Any bytes ask for something, or for nothing; lines are lines of the file."""
    lines = data.count(b"\n") + 1
    for filename in LANGUAGES:
        for is_published in (False, True):
            found = imports_of(data, filename=filename, is_published=is_published)
            assert all(1 <= each.line <= lines for each in found.specifiers)
            assert all(1 <= line <= lines for line in found.may_load_anything)
