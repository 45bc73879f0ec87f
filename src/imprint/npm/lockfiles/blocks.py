"""The YAML that pnpm and yarn write for their lockfiles, line by line, and no other YAML.

Mappings in block style, two blanks a level; keys and scalars plain, 'quoted' or "quoted"; lists of
scalars; `[a, b]` and `{a: b}` on one line; texts after `|-` and `>-`. Anything else is Malformed
with its line: anchors, tags, aliases, tabs, folded scalars, another indentation, a key twice.
A YAML library reads the same files a hundred times slower (facts/consumers.md §1).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from imprint.npm.lockfiles.faults import malformed
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 12
_STEP = 2


_SIMPLE = re.compile(
    r"(?:([A-Za-z0-9_][\w./-]*)|'([^'\\]+)'|\"([^\"\\]+)\"): "
    r"(?:((?:[\w^]|~\d)[\w.^~()@/+-]*)|\"([^\"\\]+)\"|(\{integrity: [\w+/=-]+\}))",
    re.ASCII,
)
_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_][\w.@/+()-]*:", re.ASCII)
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"')
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_PLAIN_KEY = re.compile(r"[^\s'\"\[\]{}#&*!|>%@`,?-](?:[^:#]|:(?! |$)|(?<! )#)*|[?:-](?=\S)[^: ]*")
_BLOCK_TEXT = re.compile(r"[|>][+-]?(?:[1-9])?")
_QUOTES = frozenset("'\"")
_NOT_PLAIN = frozenset("&*!|>%@`,'\"#")


class Flow(str):
    """A value of one line in `[…]` or `{…}`, as it is written: `flow_items` takes it apart."""

    __slots__ = ()


_TEXT = Flow("|-")
"""Stands for a text in the lines below, by being this very object."""


class Block(dict[str, "Value"]):
    """A mapping, the lines of its members beside it."""

    __slots__ = ("line",)

    def __init__(self, line: int) -> None:
        """Begin the mapping whose key stands in `line`."""
        self.line = line


Value: TypeAlias = "str | Block | list[str] | None"
_Parsed: TypeAlias = tuple[str, str | None]


def documents(text: str) -> Iterator[Block]:
    """Yield the mappings of a text, one for each document of it. Raises Malformed."""
    yield from _Scan(text).documents()


class _Scan:
    """One pass over the lines."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.is_one = text.find("\n---") == -1 and not text.startswith("---")
        self.seen: dict[str, _Parsed] = {}

    def documents(self) -> Iterator[Block]:
        start = 0
        for index in () if self.is_one else range(len(self.lines)):
            if self.lines[index].rstrip() == "---":
                yield from self._document(start, index)
                start = index + 1
        yield from self._document(start, len(self.lines))

    def _document(self, start: int, end: int) -> Iterator[Block]:
        root = self._mapping(start, end)
        if root:
            yield root

    def _mapping(self, start: int, end: int) -> Block:  # noqa: C901, PLR0912 - one loop, and hot
        lines, seen = self.lines, self.seen
        root = block = Block(start + 1)
        stack = [block]
        indent = 0  # the blanks before the members of `block`
        pending: str | None = None  # a key whose value is in the lines below it, or null
        skip = named = start
        for index in range(start, end):
            line = lines[index]
            body = line.lstrip(" ")
            if index < skip or not body or body[0] == "#":
                continue
            blanks = len(line) - len(body)
            if blanks != indent or body[0] == "-":
                if pending is not None and body[:2] == "- " and 0 <= blanks - indent <= _STEP:
                    skip, block[pending] = self._items(index, end, blanks)
                    pending = None
                    continue
                if blanks == indent + _STEP and pending is not None:
                    child = Block(named)
                    block[pending] = child
                    block = child
                    stack.append(child)
                    if len(stack) > MAX_DEPTH:
                        raise malformed(index + 1, "is nested too deeply")
                elif blanks > indent or blanks % _STEP:
                    raise malformed(index + 1, "has other blanks before a key than it should")
                elif blanks < indent:
                    del stack[blanks // _STEP + 1 :]
                    block = stack[-1]
                indent = blanks
            pending = None
            found = seen.get(body)
            if found is None:
                if body[:2] == "? ":
                    found = self._long_key(index, end, blanks)
                    skip = index + 2
                else:
                    found = seen[body] = _member(body, index + 1)
            key, value = found
            if key in block:
                raise malformed(index + 1, f"has {quoted(key)} twice")
            if value is None:
                pending, named = key, index + 1
            elif value is _TEXT:
                skip, value = self._text(index, end, blanks)
            block[key] = value
        return root

    def _long_key(self, index: int, end: int, indent: int) -> _Parsed:
        """Read `? key`, which stands for a key of over 1,024 characters, and the `:` below it."""
        key, value = _scalar_at(self.lines[index], indent + 2, index + 1)
        below = self.lines[index + 1] if index + 1 < end else ""
        if value.strip() or below.rstrip() != " " * indent + ":":
            raise malformed(index + 1, "has a `?` key without its `:` in the next line")
        return key, None

    def _items(self, index: int, end: int, indent: int) -> tuple[int, list[str]]:
        """Read `- item` lines; return the index of what follows them, too."""
        items: list[str] = []
        start = " " * indent + "- "
        while index < end and self.lines[index].startswith(start):
            text = self.lines[index][indent + 2 :]
            items.append(_value(text, index + 1))
            index += 1
        return index, items

    def _text(self, index: int, end: int, indent: int) -> tuple[int, str]:
        """Read the lines of a `|-` or `>-` text: those with more blanks, and empty ones."""
        texts: list[str] = []
        inner = " " * (indent + 1)
        while index + 1 < end and (
            self.lines[index + 1].startswith(inner) or not self.lines[index + 1].strip()
        ):
            index += 1
            texts.append(self.lines[index].strip())
        return index + 1, " ".join(texts).strip()


def _member(body: str, line: int) -> _Parsed:
    """Take `key: value` apart; the value is None where the line ends with the colon."""
    # Nearly every line is one of these; the rest of the function would come to the same.
    if body[-1] == ":":
        if (mark := body[0]) in _QUOTES:
            if body[-2] == mark and body.count(mark) == 2 and "\\" not in body:  # noqa: PLR2004 - its quotes
                return body[1:-2], None
        elif _SIMPLE_KEY.fullmatch(body) is not None:
            return body[:-1], None
    elif (simple := _SIMPLE.fullmatch(body)) is not None:
        plain, single, double, value, quoted_value, flow = simple.groups()
        return plain or single or double, value or quoted_value or Flow(flow)
    first = body[0]
    if first in {"'", '"'}:
        key, rest = _scalar_at(body, 0, line)
    else:
        found = _PLAIN_KEY.match(body)
        if found is None:
            raise malformed(line, f"has {quoted(body)} where a key belongs")
        key, rest = found[0], body[found.end() :]
    if rest[:1] != ":":
        raise malformed(line, f"has {quoted(body)}, which is no `key: value`")
    rest = rest[1:].rstrip()
    if not rest:
        return key, None
    if rest[0] != " ":
        raise malformed(line, f"has {quoted(body)}, which is no `key: value`")
    rest = rest.strip()
    return key, _TEXT if _BLOCK_TEXT.fullmatch(rest) else _value(rest, line)


def _value(text: str, line: int) -> str:
    first = text[0] if text else ""
    if first in {"'", '"'}:
        value, rest = _scalar_at(text, 0, line)
        if rest.strip():
            raise malformed(line, f"has {quoted(rest)} behind a quoted text")
        return value
    if first in {"{", "["}:
        if text[-1] != ("}" if first == "{" else "]"):
            raise malformed(line, f"has {quoted(text)}, which has no end in its line")
        return Flow(text)
    if first in _NOT_PLAIN or text.startswith(("- ", "? ", ": ")):
        raise malformed(line, f"has {quoted(text)}, which is more YAML than lockfiles have")
    if ": " in text or " #" in text or text.endswith(":"):
        raise malformed(line, f"has {quoted(text)}, which a YAML reader takes for something else")
    return text


def _scalar_at(text: str, start: int, line: int) -> tuple[str, str]:
    """Return the quoted or plain text at `start`, and what follows it."""
    first = text[start : start + 1]
    if first == '"' and (found := _DOUBLE.match(text, start)) is not None:
        return _unescaped(found[0], line), text[found.end() :]
    if first == "'" and (found := _SINGLE.match(text, start)) is not None:
        return found[0][1:-1].replace("''", "'"), text[found.end() :]
    if first in {"'", '"', ""}:
        raise malformed(line, f"has {quoted(text.strip())}, a quoted text without its end")
    return text[start:].rstrip(), ""


def _unescaped(text: str, line: int) -> str:
    if "\\" not in text:
        return text[1:-1]
    try:
        # Their writers escape as JSON does.
        value = json.loads(text)
        value.encode()
    except ValueError as err:
        raise malformed(line, f"has {quoted(text)}, which is quoted wrongly") from err
    return str(value)


_FLOW_ITEM = re.compile(
    r"""\s*(?:(?P<key>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s'",:\[\]{}]+):\s+)?"""
    r"""(?P<value>'(?:[^']|'')*'\s*|"(?:[^"\\]|\\.)*"\s*|[^'"\[\]{},\s][^,\[\]{}]*)(?:,|$)"""
)


def flow_items(text: str, line: int) -> list[tuple[str, str]]:
    """Return the members of `{a: b}` in their order; of `[a]` the items, their keys empty.

    Raises Malformed (`malformed-lockfile`), also for one inside of another.
    """
    inner = text[1:-1].strip()
    items: list[tuple[str, str]] = []
    seen = set[str]()
    at = 0
    while at < len(inner):
        found = _FLOW_ITEM.match(inner, at)
        if found is None or (found["key"] is None) is (text[0] == "{"):
            raise malformed(line, f"has {quoted(text)}, which is no list or mapping of texts")
        key = "" if found["key"] is None else _scalar_at(found["key"], 0, line)[0]
        if key and key in seen:
            raise malformed(line, f"has {quoted(key)} twice")
        seen.add(key)
        items.append((key, _scalar_at(found["value"].rstrip(), 0, line)[0]))
        at = found.end()
    return items
