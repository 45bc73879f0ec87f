"""The examples on a check's page, as files and what is to be found in them.

A fence's first line says it all: language, word, path, as in `yaml bad`, `npmrc bad`,
`json with package.json`, `yaml fixed`. Where there is no path the language has one.

- `bad`, `good`: an example begins, with its first file.
- `with`: another file of the example above; the language `facts` stands for what is known beyond
  the files, as TOML.
- `fixed`: what the fix makes of a file of the example above; other files stay as they are.

What changes or is not written down stands in angle brackets: `<npm public host>`, the host of npm's
default registry, `<newest 11>`, the newest npm 11 of the table, `<npm token>`, something that looks
like one. The line to be found carries `# <- here` (`// <- here` in JSON), with a colon and the
severity where that differs from the check's own: `# <- here: low`. Marks are taken away before
reading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

_FENCE = re.compile(
    r"^```(?P<language>\w+) (?P<word>bad|good|with|fixed)(?: (?P<path>[^\s`]+))?\n"
    r"(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_MARK = re.compile(r"[ \t]*(?:#|//|;) <- here(?:: (?P<severity>\w+))?$", re.MULTILINE)
_PATHS = {
    "yaml": ".github/workflows/release.yml",
    "npmrc": ".npmrc",
    "json": "package.json",
    "facts": "facts",
}


class Example(msgspec.Struct, kw_only=True):
    """One scene of a page. Not frozen: the fences after its first add to it."""

    is_bad: bool
    line: int
    """Of its first fence in the page."""
    files: dict[str, str] = msgspec.field(default_factory=dict)
    """Texts by path, marks taken away."""
    facts: str = ""
    """TOML."""
    marks: dict[tuple[str, int], str | None] = msgspec.field(default_factory=dict)
    """Path and line of what is to be found; the severity where one is said."""
    fixed: dict[str, str] = msgspec.field(default_factory=dict)
    """The files that the fix changes, as they are afterwards."""


def examples_of(page: str, *, values: Mapping[str, str]) -> tuple[Example, ...]:
    """Return the examples of a page, in order, with the `values` of what is in brackets.

    Malformed `page-example`: a fence that adds to no example.
    """
    found: list[Example] = []
    for fence in _FENCE.finditer(page):
        word, line = fence["word"], page.count("\n", 0, fence.start()) + 1
        path = fence["path"] or _PATHS.get(fence["language"], fence["language"])
        if word in {"bad", "good"}:
            found.append(Example(is_bad=word == "bad", line=line))
        elif not found:
            raise Malformed(
                "page-example", f"fence {quoted(word)} has no example above it: line {line}"
            )
        text = fence["text"]
        for name, value in values.items():
            text = text.replace(f"<{name}>", value)
        _add(found[-1], word, path, text)
    return tuple(found)


def _add(example: Example, word: str, path: str, text: str) -> None:
    plain = _MARK.sub("", text)
    if word == "fixed":
        example.fixed[path] = plain
    elif path == "facts":
        example.facts = plain
    else:
        example.files[path] = plain
        for mark in _MARK.finditer(text):
            line = text.count("\n", 0, mark.start()) + 1
            example.marks[path, line] = mark["severity"]
