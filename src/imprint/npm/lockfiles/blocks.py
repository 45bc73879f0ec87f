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
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"')
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_PLAIN_KEY = re.compile(r"[^\s'\"\[\]{}#&*!|>%@`,?-](?:[^:#]|:(?! |$)|(?<! )#)*|[?:-](?=\S)[^: ]*")
_BLOCK_TEXT = re.compile(r"[|>][+-]?(?:[1-9])?")
_NOT_PLAIN = frozenset("&*!|>%@`,'\"#")


class Flow(str):
    """A value of one line in `[…]` or `{…}`, as it is written: `flow_items` takes it apart."""

    __slots__ = ()


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
        self.seen: dict[str, _Parsed] = {}

    def documents(self) -> Iterator[Block]:
        start = 0
        for index, line in enumerate(self.lines):
            if line.startswith(("---", "...")) and line.rstrip() in {"---", "..."}:
                yield from self._document(start, index)
                start = index + 1
        yield from self._document(start, len(self.lines))

    def _document(self, start: int, end: int) -> Iterator[Block]:
        root = self._mapping(start, end)
        if root:
            yield root

    def _mapping(self, start: int, end: int) -> Block:  # noqa: C901, PLR0912, PLR0915 - one loop
        lines, seen = self.lines, self.seen
        root = block = Block(start + 1)
        stack = [block]
        depth = 0  # of `block`: its members have twice as many blanks
        pending: str | None = None  # a key whose value is in the lines below it, or null
        index = start - 1
        while (index := index + 1) < end:
            line = lines[index]
            body = line.lstrip(" ")
            if not body or body[0] == "#":
                continue
            indent = len(line) - len(body)
            if indent & 1:
                raise malformed(index + 1, "has an odd number of blanks before a key")
            level = indent >> 1
            if pending is not None:
                if body.startswith("- ") and level in {depth, depth + 1}:
                    index, block[pending] = self._items(index, end, indent)
                    pending = None
                    continue
                if level == depth + 1:
                    child = Block(index)
                    block[pending] = child
                    block = child
                    stack.append(child)
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise malformed(index + 1, "is nested too deeply")
                pending = None
            if level != depth:
                if level > depth:
                    raise malformed(index + 1, "has more blanks before a key than it should")
                del stack[level + 1 :]
                block, depth = stack[level], level
            found = seen.get(body)
            if found is None:
                if body.startswith("? "):
                    index, found = self._long_key(index, end, indent)
                else:
                    found = seen[body] = _member(body, index + 1)
            key, value = found
            if key in block:
                raise malformed(index + 1, f"has {quoted(key)} twice")
            if value is None:
                pending = key
                block[key] = None
            elif value[:1] in {"|", ">"} and _BLOCK_TEXT.fullmatch(value) and body.endswith(value):
                index, block[key] = self._text(index, end, indent)
            else:
                block[key] = value
        return root

    def _long_key(self, index: int, end: int, indent: int) -> tuple[int, _Parsed]:
        """Read `? key`, which stands for a key of over 1,024 characters, and the `:` below it."""
        key, value = _scalar_at(self.lines[index], indent + 2, index + 1)
        below = self.lines[index + 1] if index + 1 < end else ""
        if value.strip() or below.rstrip() != " " * indent + ":":
            raise malformed(index + 1, "has a `?` key without its `:` in the next line")
        return index + 1, (key, None)

    def _items(self, index: int, end: int, indent: int) -> tuple[int, list[str]]:
        """Read `- item` lines; the index that is returned is the last one's."""
        items: list[str] = []
        start = " " * indent + "- "
        while index < end and self.lines[index].startswith(start):
            text = self.lines[index][indent + 2 :]
            items.append(_value(text, index + 1))
            index += 1
        return index - 1, items

    def _text(self, index: int, end: int, indent: int) -> tuple[int, str]:
        """Read the lines of a `|-` or `>-` text: those with more blanks, and empty ones."""
        texts: list[str] = []
        inner = " " * (indent + 1)
        while index + 1 < end and (
            self.lines[index + 1].startswith(inner) or not self.lines[index + 1].strip()
        ):
            index += 1
            texts.append(self.lines[index].strip())
        return index, " ".join(texts).strip()


def _member(body: str, line: int) -> _Parsed:
    """Take `key: value` apart; the value is None where the line ends with the colon."""
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
    # The quotation is lost below, and with it that it is one.
    return key, rest if _BLOCK_TEXT.fullmatch(rest) else _value(rest, line)


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
    r"""(?P<value>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^'"\[\]{},\s](?:[^,\[\]{}])*)\s*(?:,|$)"""
)


def flow_items(text: str, line: int) -> list[tuple[str, str]]:
    """Return the members of `{a: b}` in their order; of `[a]` the items, their keys empty.

    Raises Malformed (`malformed-lockfile`), also for one inside of another.
    """
    inner = text[1:-1].strip()
    items: list[tuple[str, str]] = []
    at = 0
    while at < len(inner):
        found = _FLOW_ITEM.match(inner, at)
        if found is None or (found["key"] is None) is (text[0] == "{"):
            raise malformed(line, f"has {quoted(text)}, which is no list or mapping of texts")
        key = "" if found["key"] is None else _scalar_at(found["key"], 0, line)[0]
        items.append((key, _scalar_at(found["value"].rstrip(), 0, line)[0]))
        at = found.end()
    return items
