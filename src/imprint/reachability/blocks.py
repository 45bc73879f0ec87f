"""Script and style blocks of .vue, .svelte, .astro and .mdx. Small on purpose: what holds imports.

A block ends at the first `</script` or `</style`, as HTML has it. Astro's frontmatter stands
between two lines of `---`. What a template loads (`<img src>`) is no package's code. MDX has its
imports where a paragraph may begin; no code between fences is one.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.styles import EXTENSIONS as STYLES

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BLOCKS = 50
"""Of one file."""
_OPEN = re.compile(
    rb"""<(?P<name>script|style)\b"""
    rb"""(?P<attributes>(?>[^<>"']{1,400}+|"[^"]{0,1000}+"|'[^']{0,1000}+'){0,60}+)>""",
    re.IGNORECASE,
)
_CLOSE = {name: re.compile(rb"</" + name + rb"\b", re.IGNORECASE) for name in (b"script", b"style")}
_COMMENT = re.compile(rb"<!--(?>[^-]+|-(?!->))*+(?:-->|\Z)")
_LANGUAGE = re.compile(rb"\blang\s*=\s*[\"']?(?P<name>[A-Za-z]+)")
_SOURCE = re.compile(rb"\bsrc\s*=\s*(?:\"(?P<double>[^\"\n]+)\"|'(?P<single>[^'\n]+)')")
_FRONTMATTER = re.compile(rb"\A\s*---[^\S\n]*\n(?P<code>[\s\S]*?)^---[^\S\n]*$", re.MULTILINE)
_FENCE = re.compile(
    rb"^ {0,3}(?P<mark>`{3,}+|~{3,}+)[^\n]*+\n[\s\S]*?(?:^ {0,3}(?P=mark)|\Z)", re.MULTILINE
)
_PARAGRAPH = re.compile(rb"^(?:import|export)\b(?>[^\n]|\n(?!\s*\n|\Z))*+", re.MULTILINE)
_BY_LANGUAGE = {b"tsx": "tsx", b"jsx": "tsx", b"js": "js", b"javascript": "js"}


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One block of code in a file of another language."""

    source: bytes
    extension: str
    """The ending that a file of its language has."""
    line: int
    """Where it begins, from 1."""


def script_blocks(source: bytes, *, extension: str) -> Iterator[Block]:
    """Yield the blocks of a file whose ending is `vue`, `svelte`, `astro` or `mdx`, in order."""
    if extension == "mdx":
        plain = _FENCE.sub(lambda gone: b"\n" * gone[0].count(b"\n"), source)
        for paragraph in itertools.islice(_PARAGRAPH.finditer(plain), MOST_BLOCKS):
            yield _block(plain, paragraph.start(), paragraph.end(), extension="tsx")
        return
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
        is_style = opened["name"].lower() == b"style"
        closed = _CLOSE[opened["name"].lower()].search(source, opened.end())
        end = closed.start() if closed else len(source)
        attributes = opened["attributes"]
        if named := _SOURCE.search(attributes):
            path = named[named.lastgroup or 0]
            line = source.count(b"\n", 0, opened.start()) + 1
            yield Block(source=b'import "' + path + b'"', extension="ts", line=line)
        language = _LANGUAGE.search(attributes)
        name = language["name"].lower() if language else b""
        spoken = _BY_LANGUAGE.get(name, "ts")
        if is_style:
            spoken = name.decode() if name.decode() in STYLES else "css"
        yield _block(source, opened.end(), end, extension=spoken)
        at = end


def _block(source: bytes, start: int, end: int, *, extension: str) -> Block:
    line = source.count(b"\n", 0, start) + 1
    return Block(source=source[start:end], extension=extension, line=line)
