"""Make nodes with exact places out of JSON text, for `package.json` and its like.

Python's own parser forgets where things stand, and YAML is no superset of JSON as libyaml reads it
(escaped surrogate pairs, tabs).
"""

from __future__ import annotations

import json
import re

from imprint.refusals import quoted
from imprint.workflows.sources import Span, Text, Unreadable
from imprint.workflows.yaml.composing import MAXIMUM_CHARACTERS, MAXIMUM_DEPTH
from imprint.workflows.yaml.nodes import Composed, Entry, Mapping, Node, Scalar, Sequence

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
    (?P<string>"(?:[^"\\\x00-\x1f]+|\\.)*+")
    |(?P<word>true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<mark>[{}\[\],:])
    |(?P<end>\Z))""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"[ \t\r\n]*(?://[^\n]*|/\*.*?\*/)", re.DOTALL)


def compose_json(source: str, *, path: str, comments: bool = False) -> Composed:
    """Return the nodes of a JSON file. Never raises: what is no JSON is in `unreadable`.

    With `comments` both kinds of them and commas behind the last item are passed over.
    """
    reader = _Reader(source, path, comments=comments)
    try:
        root = reader.document()
    except _NoJson as err:
        line, column = reader.place(err.start)
        problem = Unreadable(path=path, line=line, column=column, message=f"no JSON: {err}")
        return Composed(documents=(), unreadable=(problem,))
    return Composed(documents=(root,), unreadable=tuple(reader.unreadable))


def plain_value(node: Node) -> object:
    """Return a node of a JSON file as text, number, boolean, None, tuple or dictionary."""
    if isinstance(node, Sequence):
        return tuple(plain_value(item) for item in node.items)
    if isinstance(node, Mapping):
        return {entry.key.value: plain_value(entry.value) for entry in node.entries}
    word = node.text.value
    if not node.is_plain:
        return word
    constants = {"true": True, "false": False, "null": None}
    return constants[word] if word in constants else float(word)


class _NoJson(Exception):
    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.start = start


class _Reader:
    """One pass over one file, by recursive descent (RFC 8259)."""

    def __init__(self, source: str, path: str, *, comments: bool) -> None:
        self._source = source
        self._path = path
        self._comments = comments
        self._offset = int(source.startswith("\ufeff"))
        self._counted_to = self._line_start = 0
        self._line = 1
        self.unreadable: list[Unreadable] = []

    def document(self) -> Node:
        """Return the only value of the file."""
        if len(self._source) > MAXIMUM_CHARACTERS:
            message = f"{len(self._source)} characters, at most {MAXIMUM_CHARACTERS} are read"
            raise _NoJson(message, 0)
        root = self._value(*self._next(), depth=0)
        kind, word, start = self._next()
        if kind != "end":
            raise _NoJson(f"unexpected {quoted(word)}, expected the end", start)
        return root

    def place(self, start: int) -> tuple[int, int]:
        """Return line and column of an offset."""
        if start < self._counted_to:
            before = self._source[:start]
            return before.count("\n") + 1, start - before.rfind("\n")
        if breaks := self._source.count("\n", self._counted_to, start):
            self._line += breaks
            self._line_start = self._source.rfind("\n", self._counted_to, start) + 1
        self._counted_to = start
        return self._line, start - self._line_start + 1

    def _next(self) -> tuple[str, str, int]:
        """Return kind, text and place of the next token."""
        while self._comments and (comment := _COMMENT.match(self._source, self._offset)):
            self._offset = comment.end()
        match = _TOKEN.match(self._source, self._offset)
        if match is None or match.lastgroup is None:
            rest = self._source[self._offset :].lstrip(" \t\r\n")
            raise _NoJson(f"unexpected {quoted(rest[:10])}", len(self._source) - len(rest))
        self._offset = match.end()
        return match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)

    def _value(self, kind: str, word: str, start: int, *, depth: int) -> Node:
        line, column = self.place(start)
        if kind in {"string", "word"}:
            return Scalar(text=self._text(kind, word, start), is_plain=kind == "word")
        if word not in {"{", "["}:
            raise _NoJson(f"unexpected {quoted(word)}, expected a value", start)
        if depth >= MAXIMUM_DEPTH:
            raise _NoJson(f"nested deeper than {MAXIMUM_DEPTH}", start)
        entries: list[Entry] = []
        items: list[Node] = []
        end = "}" if word == "{" else "]"
        while True:
            kind, word, at = self._next()
            if word == end and (self._comments or not (entries or items)):
                break
            if end == "}":
                entries.append(self._entry(kind, word, at, depth + 1))
            else:
                items.append(self._value(kind, word, at, depth=depth + 1))
            kind, word, at = self._next()
            if word == end:
                break
            if word != ",":
                raise _NoJson(f"unexpected {quoted(word)}, expected `,` or `{end}`", at)
        span = Span(path=self._path, start=start, end=self._offset, line=line, column=column)
        if end == "}":
            self._note_repeated(entries)
            return Mapping(entries=tuple(entries), span=span, is_flow=True)
        return Sequence(items=tuple(items), span=span, is_flow=True)

    def _entry(self, kind: str, word: str, start: int, depth: int) -> Entry:
        if kind != "string":
            raise _NoJson(f"unexpected {quoted(word)}, expected a key", start)
        key = self._text(kind, word, start)
        colon = self._next()
        if colon[1] != ":":
            raise _NoJson(f"unexpected {quoted(colon[1])}, expected `:`", colon[2])
        return Entry(key=key, value=self._value(*self._next(), depth=depth))

    def _text(self, kind: str, word: str, start: int) -> Text:
        line, column = self.place(start)
        value = word
        if kind == "string":
            try:
                value = json.loads(word) if "\\" in word else word[1:-1]
            except ValueError as err:
                raise _NoJson("text has an escape that there is not", start) from err
        end = start + len(word)
        span = Span(path=self._path, start=start, end=end, line=line, column=column)
        return Text(value=value, span=span)

    def _note_repeated(self, entries: list[Entry]) -> None:
        seen: set[str] = set()
        for key in (entry.key for entry in entries):
            if key.value in seen:
                line, column = key.span.line, key.span.column
                message = f"key {quoted(key.value)} is there twice"
                problem = Unreadable(path=self._path, line=line, column=column, message=message)
                self.unreadable.append(problem)
            seen.add(key.value)
