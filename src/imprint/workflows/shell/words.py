"""Words of sh and bash from tree-sitter's nodes: quotes off, known variables put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from imprint.workflows.shell.expressions import split_at
from imprint.workflows.shell.model import Hole, HoleKind, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tree_sitter import Node

    from imprint.workflows.shell.state import ShellState

Unescape: TypeAlias = "Callable[[str], str]"

_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r'\\([\n"$`\\])')
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "e": "\x1b"}
_ARRAY = re.compile(r"\$\{(\w+)\[[@*]\]\}")
_SUBSTITUTIONS = {"command_substitution": HoleKind.OUTPUT, "process_substitution": HoleKind.OTHER}
_MOST_WORDS = 2_000
"""Words that one expansion may come to."""


class WordReader:
    """Reads words of one script. Offsets of the grammar count bytes, ours characters."""

    def __init__(self, script: str, source: str, spans: Sequence[tuple[int, int]]) -> None:
        """Take the script, and the same with stand-ins for its expressions at `spans`."""
        self._script = script
        self._spans = spans
        self._characters = offsets_of(source)

    def offset(self, byte: int) -> int:
        """Return the place of a byte in the script, in characters."""
        return byte if self._characters is None else self._characters[byte]

    def between(self, start: int, end: int) -> str:
        """Return the script's text between two bytes."""
        return self._script[self.offset(start) : self.offset(end)]

    def raw(self, node: Node) -> str:
        """Return what was written."""
        return self.between(node.start_byte, node.end_byte)

    def empty(self, node: Node) -> Word:
        """Return a word without anything at the end of `node`."""
        end = self.offset(node.end_byte)
        return Word(parts=(), raw="", start=end, end=end)

    def word(self, node: Node, state: ShellState) -> Word:
        """Return what `node` comes to as one word, as within quotes."""
        return self._made(node, _joined(self._parts(node, state)))

    def words(self, node: Node, state: ShellState) -> tuple[Word, ...]:
        """Return what `node` comes to: more than one word, or none, where a variable is split."""
        array = _ARRAY.fullmatch(self.raw(node).strip('"'))
        if array is not None and state.variables.get(array[1]):
            elements = state.variables[array[1]] or ()
            return tuple(self._made(node, element.parts) for element in elements)
        if node.type == "command_name" and node.named_child_count == 1:
            node = node.named_children[0]
        word = self.word(node, state)
        if node.type not in {"simple_expansion", "expansion"}:
            return (word,)
        return tuple(self._made(node, parts) for parts in _split(word.parts)[:_MOST_WORDS])

    def here_document(self, node: Node, state: ShellState, is_literal: bool) -> Word:  # noqa: FBT001 (of two kinds)
        """Return a here-document's text."""
        if is_literal:
            start, end = self.offset(node.start_byte), self.offset(node.end_byte)
            return self._made(node, _joined(split_at(self._script, start, end, self._spans)))
        return self._made(node, _joined(self._with_gaps(node, state, trim=0)))

    def _made(self, node: Node, parts: tuple[str | Hole, ...]) -> Word:
        return Word(
            parts=parts,
            raw=self.raw(node),
            start=self.offset(node.start_byte),
            end=self.offset(node.end_byte),
        )

    def _parts(self, node: Node, state: ShellState) -> Iterator[str | Hole]:
        kind = node.type
        if kind == "string":
            yield from self._with_gaps(node, state, trim=1)
        elif kind == "raw_string":
            yield from self._text(node, 1, 1, None)
        elif kind == "ansi_c_string":
            yield from self._text(node, 2, 1, _ansi)
        elif kind in {"simple_expansion", "expansion"}:
            yield from self._expansion(node, state)
        elif kind in _SUBSTITUTIONS:
            yield Hole(kind=_SUBSTITUTIONS[kind], raw=self.raw(node))
        elif kind == "arithmetic_expansion":
            yield Hole(kind=HoleKind.OTHER, raw=self.raw(node))
        elif kind in {"concatenation", "command_name", "translated_string"}:
            for child in node.named_children:
                yield from self._parts(child, state)
        else:
            yield from self._text(node, 0, 0, _unescaped)

    def _with_gaps(self, node: Node, state: ShellState, *, trim: int) -> Iterator[str | Hole]:
        """Yield a quoted string's parts: the grammar leaves spaces between them out."""
        position = node.start_byte + trim
        for child in node.named_children:
            if child.type in {"string_content", "heredoc_content"}:
                continue
            yield from self._quoted(position, child.start_byte)
            yield from self._parts(child, state)
            position = child.end_byte
        yield from self._quoted(position, node.end_byte - trim)

    def _quoted(self, start: int, end: int) -> Iterator[str | Hole]:
        for part in split_at(self._script, self.offset(start), self.offset(end), self._spans):
            yield part if isinstance(part, Hole) else _QUOTED_ESCAPE.sub(_escaped, part)

    def _text(
        self, node: Node, left: int, right: int, unescape: Unescape | None
    ) -> Iterator[str | Hole]:
        start, end = self.offset(node.start_byte) + left, self.offset(node.end_byte) - right
        for part in split_at(self._script, start, end, self._spans):
            yield part if isinstance(part, Hole) or unescape is None else unescape(part)

    def _expansion(self, node: Node, state: ShellState) -> Iterator[str | Hole]:
        names = [child for child in node.named_children if child.type == "variable_name"]
        name = self.raw(names[0]) if names else None
        is_plain = node.type == "simple_expansion" or self.raw(node) == f"${{{name}}}"
        value = state.variables.get(name) if name is not None and is_plain else None
        if value:
            yield from value[0].parts
        else:
            yield Hole(kind=HoleKind.VARIABLE, raw=self.raw(node), name=name)


def offsets_of(source: str) -> list[int] | None:
    """Return each byte's place in characters; None where both are the same."""
    if source.isascii():
        return None
    sizes = (len(character.encode(errors="replace")) for character in source)
    found = [index for index, size in enumerate(sizes) for _ in range(size)]
    return [*found, len(source)]


def _escaped(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escaped, text)


def _ansi(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ANSI.get(found[1], found[0]), text)


def _joined(parts: Iterator[str | Hole]) -> tuple[str | Hole, ...]:
    """Return the parts with neighbouring texts made one and empty ones left out."""
    found: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return tuple(found)


def _split(parts: tuple[str | Hole, ...]) -> list[tuple[str | Hole, ...]]:
    """Return the words that an expansion without quotes is split into."""
    words: list[list[str | Hole]] = []
    is_open = False
    for part in parts:
        if isinstance(part, Hole):
            if not is_open:
                words.append([])
            words[-1].append(part)
            is_open = True
            continue
        pieces = part.split()
        if part[:1].isspace():
            is_open = False
        for piece in pieces:
            if not is_open:
                words.append([])
            words[-1].append(piece)
            is_open = False
        is_open = bool(pieces) and not part[-1:].isspace()
    return [tuple(word) for word in words]
