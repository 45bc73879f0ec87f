"""Edits by keys: give a mapping an entry, take one away.

Block and flow style, the indentation and the line ends of the file. What cannot be written without
touching something else is None: then there is no fix, and a person has to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from imprint.workflows.findings import Edit
from imprint.workflows.yaml.composing import compose
from imprint.workflows.yaml.nodes import Mapping, Scalar, Sequence
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from imprint.workflows.sources import Span
    from imprint.workflows.yaml.nodes import Entry, Node

Keys: TypeAlias = tuple[str | int, ...]
"""The way to a node: keys of mappings, indices of lists."""


class Document:
    """A YAML file that is to be edited."""

    def __init__(self, path: str, text: str) -> None:
        """Compose it; what is no YAML has no nodes."""
        self.path = path
        self.text = text
        self.root = compose(text, path=path).root
        self.line_break = "\r\n" if "\r\n" in text else "\n"

    def node(self, keys: Keys) -> Node | None:
        """Return the node at the end of the keys; None where it is not there, or is an alias."""
        node = self.root
        for key in keys:
            if isinstance(node, Mapping) and isinstance(key, str):
                entry = node.entry(key)
                node = None if entry is None or entry.alias is not None else entry.value
            elif isinstance(node, Sequence) and isinstance(key, int):
                node = node.items[key] if key < len(node.items) else None
            else:
                return None
        return node

    def keys_of(self, span: Span) -> Keys | None:
        """Return the way to the scalar that stands there; None where none does."""
        return None if self.root is None else _keys_of(self.root, span)

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Return the edit of some characters; `text` has line feeds, whatever the file has."""
        written = text.replace("\n", self.line_break)
        return Edit(span=span_at(self.path, self.text, start, end), text=written)


def with_entry(
    document: Document, keys: Keys, key: str, value: str, *, before: str | None = None
) -> Edit | None:
    """Return the edit that adds `key: value` to the mapping at `keys`, or gives the key that value.

    `value` is YAML in one line, or lines that begin with a line feed, indented from the key on. A
    new entry stands last, or above the entry `before`. A scalar alone is replaced. A mapping that
    is not there is made at the end of the one above.
    """
    node = document.node(keys)
    if node is None and keys and isinstance(keys[-1], str):
        inner = f"\n  {key}: {_deeper(value, '  ')}"
        return with_entry(document, keys[:-1], keys[-1], inner)
    if not isinstance(node, Mapping):
        return None
    known = node.entry(key)
    if known is not None:
        return _replaced(document, known, value)
    if node.is_flow:
        return _in_flow(document, node, key, value)
    own = [entry for entry in node.entries if entry.alias is None or _is_below(entry)]
    if not own:
        return None
    place = next((entry for entry in own if entry.key.value == before), None)
    indentation = " " * (own[0].key.span.column - 1)
    lines = _deeper(f"{key}:{value if value.startswith(chr(10)) else f' {value}'}", indentation)
    if place is not None:
        start = place.key.span.start
        return document.edit(start, start, f"{lines}\n{indentation}")
    return _below(document, max(_end(entry) for entry in own), indentation + lines)


def without_entry(document: Document, keys: Keys) -> Edit | None:
    """Return the edit that takes the entry at `keys` away; of the last one, with what it is in."""
    *above, key = keys
    node = document.node(tuple(above))
    if not isinstance(node, Mapping) or not isinstance(key, str):
        return None
    entry = node.entry(key)
    own = [one for one in node.entries if one.alias is None or _is_below(one)]
    if entry is None or entry not in own:
        return None
    if len(own) == 1:
        has_more = len(node.entries) > 1
        return without_entry(document, tuple(above)) if above and not has_more else None
    place = own.index(entry)
    follows = own[place + 1] if place + 1 < len(own) else None
    if node.is_flow:
        if follows is not None:
            return document.edit(entry.key.span.start, follows.key.span.start, "")
        return document.edit(_end(own[place - 1]), _end(entry), "")
    start = _line_start(document.text, entry.key.span.start)
    if document.text[start : entry.key.span.start].strip():
        # It stands behind a list item's dash: what follows moves up to it.
        if follows is None:
            return None
        between = document.text[_end(entry) : follows.key.span.start]
        if "#" in between:
            return None
        return document.edit(entry.key.span.start, follows.key.span.start, "")
    return document.edit(start, _line_end(document.text, _end(entry)), "")


def _keys_of(node: Node, span: Span) -> Keys | None:
    if isinstance(node, Scalar):
        return () if (node.span.start, node.span.end) == (span.start, span.end) else None
    if isinstance(node, Sequence):
        children: list[tuple[str | int, Node]] = [
            (at, item) for at, item in enumerate(node.items) if _holds(item, span)
        ]
    else:
        own = [entry for entry in node.entries if entry.alias is None]
        children = [(one.key.value, one.value) for one in own]
    for key, child in children:
        keys = _keys_of(child, span) if _holds(child, span) else None
        if keys is not None:
            return (key, *keys)
    return None


def _holds(node: Node, span: Span) -> bool:
    return node.span.start <= span.start and span.end <= node.span.end


def _replaced(document: Document, entry: Entry, value: str) -> Edit | None:
    node = entry.value
    if not isinstance(node, Scalar) or entry.alias is not None or node.span.start == node.span.end:
        return None
    return document.edit(node.span.start, node.span.end, value)


def _in_flow(document: Document, node: Mapping, key: str, value: str) -> Edit | None:
    if "\n" in value:
        return None
    if not node.entries:
        return document.edit(node.span.start, node.span.end, f"{{{key}: {value}}}")
    end = max(_end(entry) for entry in node.entries)
    return document.edit(end, end, f", {key}: {value}")


def _below(document: Document, offset: int, lines: str) -> Edit:
    """Return the edit that writes lines below the one that `offset` is in."""
    end = _line_end(document.text, offset)
    if not document.text.endswith("\n", 0, end):
        return document.edit(end, end, f"\n{lines}")
    return document.edit(end, end, f"{lines}\n")


def _is_below(entry: Entry) -> bool:
    """Whether an entry with an alias is written here: `key: *name`, not merged by `<<`."""
    return (
        entry.alias is not None
        and entry.alias.start > entry.key.span.end > 0
        and (entry.alias.line == entry.key.span.line)
    )


def _end(entry: Entry) -> int:
    if entry.alias is not None:
        return entry.alias.end
    return max(entry.key.span.end, entry.value.span.end)


def _deeper(text: str, indentation: str) -> str:
    return text.replace("\n", f"\n{indentation}")


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """Return where the line of `offset`, which may stand right behind its text, is over."""
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1
