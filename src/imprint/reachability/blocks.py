"""Script blocks of .vue, .svelte and .astro files. Small on purpose: only what holds imports.

A block ends at the first `</script`, as HTML has it. Astro's frontmatter stands between two lines
of `---`. What a template loads (`<img src>`) is no package's code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BLOCKS = 50
"""Of one file."""
_OPEN = re.compile(
    rb"""<script\b(?P<attributes>(?>[^>"']|"[^"]{0,1000}+"|'[^']{0,1000}+'){0,1000}+)>""",
    re.IGNORECASE,
)
_CLOSE = re.compile(rb"</script\b", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--(?>[^-]+|-(?!->))*+(?:-->|\Z)")
_LANGUAGE = re.compile(rb"\blang\s*=\s*[\"']?(?P<name>[A-Za-z]+)")
_SOURCE = re.compile(rb"\bsrc\s*=\s*(?:\"(?P<double>[^\"\n]+)\"|'(?P<single>[^'\n]+)')")
_FRONTMATTER = re.compile(rb"\A\s*---[^\S\n]*\n(?P<code>[\s\S]*?)^---[^\S\n]*$", re.MULTILINE)
_BY_LANGUAGE = {b"tsx": "tsx", b"jsx": "tsx", b"js": "js", b"javascript": "js"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of code in a file of another language."""

    source: bytes
    extension: str
    """The ending that a file of its language has."""
    line: int
    """Where it begins, from 1."""


def script_blocks(source: bytes, *, extension: str) -> Iterator[Block]:
    """Yield the blocks of a file whose ending is `vue`, `svelte` or `astro`, in order."""
    if extension == "astro" and (found := _FRONTMATTER.match(source)):
        yield _block(source, found.start("code"), found.end("code"), extension="ts")
        # Blanks keep the lines of what follows.
        head = source[: found.end()]
        source = b"\n" * head.count(b"\n") + source[found.end() :]
    source = _COMMENT.sub(lambda gone: b"\n" * gone[0].count(b"\n"), source)
    at = 0
    for _ in range(MOST_BLOCKS):
        opened = _OPEN.search(source, at)
        if opened is None:
            return
        closed = _CLOSE.search(source, opened.end())
        end = closed.start() if closed else len(source)
        attributes = opened["attributes"]
        if named := _SOURCE.search(attributes):
            path = named[named.lastgroup or 0]
            line = source.count(b"\n", 0, opened.start()) + 1
            yield Block(source=b'import "' + path + b'"', extension="ts", line=line)
        language = _LANGUAGE.search(attributes)
        name = language["name"].lower() if language else b"ts"
        yield _block(source, opened.end(), end, extension=_BY_LANGUAGE.get(name, "ts"))
        at = end


def _block(source: bytes, start: int, end: int, *, extension: str) -> Block:
    line = source.count(b"\n", 0, start) + 1
    return Block(source=source[start:end], extension=extension, line=line)
