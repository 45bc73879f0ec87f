"""What style sheets load: `@import`, `url()`, Sass's `@use`, Less's and Tailwind's `@plugin`.

Facts: consumers §6.5. CSS, Sass, Less, Stylus by one grammar, the widest of theirs: what only one
of them has, the others have no other meaning for. A plugin is code, and runs where styles are made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTENSIONS = frozenset({"css", "scss", "sass", "less", "styl", "stylus", "pcss", "postcss"})
"""Endings, without the dot."""
MOST_ASKED = 20_000
"""Names of one style sheet."""
LONGEST_NAME = 1_000
_COMMENT = re.compile(rb"/\*(?>[^*]+|\*(?!/))*+(?:\*/|\Z)")
_LINE_COMMENT = re.compile(rb"(?:^|(?<=[\s;{}]))//[^\n]*", re.MULTILINE)
_RULE = re.compile(
    rb"@(?P<word>import|use|forward|require|reference|plugin|config)\b"
    rb"(?P<rest>(?>[^;{}\"'\n]|\"[^\"\n]{0,1000}+\"|'[^'\n]{0,1000}+'|\n(?=\s{0,80}[\"'])){0,300}+)"
)
_URL = re.compile(
    rb"(?<![\w-])url\(\s{0,20}+(?:\"([^\"\n]{0,1000}+)\"|'([^'\n]{0,1000}+)'"
    rb"|([^()\"'\s]{1,1000}+))\s{0,20}+\)"
)
_COMPOSES = re.compile(
    rb"\bcomposes\s{0,9}:[^;{}\"']{1,300}?\sfrom\s{1,9}(?:\"([^\"\n]+)\"|'([^'\n]+)')"
)
_TEXT = re.compile(rb"\"([^\"\n]+)\"|'([^'\n]+)'")
_TEXTS_OF_RULE = re.compile(rb"\s{0,20}(?:\([^()]{0,80}\)\s{0,20})?(?:url\(\s{0,20})?(?=[\"'])")
_BLANKS = bytes(10 if each == 10 else 32 for each in range(256))  # noqa: PLR2004 - a line break
_PLUGINS = {b"plugin", b"config"}


class Asked(msgspec.Struct, frozen=True):
    """One name in a style sheet."""

    start: int
    kind: str
    """A value of `imports.ImportKind`."""
    name: str


def is_style(path: str) -> bool:
    """Whether a file is a style sheet by its ending."""
    return path.rpartition(".")[2].lower() in EXTENSIONS


def names_in(source: bytes, *, extension: str) -> Iterator[Asked]:
    """Yield what a style sheet asks for, in its order. Total."""
    source = _COMMENT.sub(_blanked, source)
    if extension not in {"css", "pcss", "postcss"}:
        source = _LINE_COMMENT.sub(_blanked, source)
    asked = [*_rules(source), *_addresses(source), *_composed(source)]
    seen = set[tuple[int, str]]()
    for each in sorted(asked, key=lambda one: one.start)[:MOST_ASKED]:
        if each.name and len(each.name) <= LONGEST_NAME and (each.start, each.name) not in seen:
            seen.add((each.start, each.name))
            yield each


def _rules(source: bytes) -> Iterator[Asked]:
    for rule in _RULE.finditer(source):
        rest = rule["rest"]
        if (head := _TEXTS_OF_RULE.match(rest)) is None:
            continue  # what is addressed without quotes is found as an address
        kind = "plugin" if rule["word"] in _PLUGINS else "style"
        at = head.end()
        # Sass lists: `@import "a", "b"`. What follows anything but a comma is a condition.
        while found := _TEXT.match(rest, at):
            yield Asked(rule.start(), kind, _decoded(found[1] or found[2]))
            after = re.compile(rb"\s{0,80},\s{0,80}").match(rest, found.end())
            if after is None:
                break
            at = after.end()


def _addresses(source: bytes) -> Iterator[Asked]:
    for found in _URL.finditer(source):
        name = _decoded(found[1] or found[2] or found[3] or b"")
        before = source[max(0, found.start() - 30) : found.start()]
        is_rule = re.search(rb"@import\s{1,20}(?:\([^()]{0,20}\)\s{0,9})?$", before) is not None
        if is_rule and found[3] is None:
            continue  # found with its rule
        if not name.startswith(("#", "data:")):
            yield Asked(found.start(), "style" if is_rule else "style-url", name)


def _composed(source: bytes) -> Iterator[Asked]:
    for found in _COMPOSES.finditer(source):
        yield Asked(found.start(), "style", _decoded(found[1] or found[2]))


def _blanked(found: re.Match[bytes]) -> bytes:
    """Keep the places of what follows."""
    return found[0].translate(_BLANKS)


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace").strip()
