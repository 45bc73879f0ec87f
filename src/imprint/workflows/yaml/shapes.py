"""Take a node for what it ought to be. What is of another shape is noted, and the rest is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from imprint.workflows.sources import Span, Text, Unreadable
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

Notes: TypeAlias = list[Unreadable]
"""What could not be understood so far; readers append to it."""


def note(notes: Notes, span: Span, message: str) -> None:
    """Note a part that could not be understood."""
    notes.append(Unreadable(path=span.path, line=span.line, column=span.column, message=message))


def is_nothing(node: Node | None) -> bool:
    """Whether a key is not there, or has no value."""
    return node is None or (isinstance(node, Scalar) and node.is_null)


def mapping_of(node: Node | None, what: str, notes: Notes) -> Mapping | None:
    """Return a mapping; None for nothing, and with a note for anything else."""
    if isinstance(node, Mapping):
        return node
    if node is not None and not is_nothing(node):
        note(notes, node.span, f"{what} is {_kind(node)}, expected a mapping")
    return None


def entries_of(node: Node | None, what: str, notes: Notes) -> tuple[Entry, ...]:
    """Return the entries of a mapping, those of a key that is there twice included."""
    mapping = mapping_of(node, what, notes)
    return () if mapping is None else mapping.entries


def items_of(node: Node | None, what: str, notes: Notes) -> tuple[Node, ...]:
    """Return the items of a list; none for nothing, and with a note for anything else."""
    if isinstance(node, Sequence):
        return node.items
    if node is not None and not is_nothing(node):
        note(notes, node.span, f"{what} is {_kind(node)}, expected a list")
    return ()


def text_of(node: Node | None, what: str, notes: Notes) -> Text | None:
    """Return a scalar's text; None for nothing, and with a note for a collection."""
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if node is not None:
        note(notes, node.span, f"{what} is {_kind(node)}, expected a text")
    return None


def texts_of(node: Node | None, what: str, notes: Notes) -> tuple[Text, ...]:
    """Return the texts of a list, or the one of a scalar that stands for a list of one."""
    if isinstance(node, Sequence):
        return tuple(_each_text(node, what, notes))
    text = text_of(node, what, notes)
    return () if text is None else (text,)


def table_of(node: Node | None, what: str, notes: Notes) -> dict[str, Text]:
    """Return a mapping of texts; a key without a value has an empty text."""
    table: dict[str, Text] = {}
    for entry in entries_of(node, what, notes):
        if isinstance(entry.value, Scalar):
            table[entry.key.value] = blank(entry.value)
        else:
            what_of = f"{what} `{entry.key.value[:60]}`"
            note(notes, entry.value.span, f"{what_of} is {_kind(entry.value)}, expected a text")
    return table


def blank(scalar: Scalar) -> Text:
    """Return a scalar's text, an empty one where it says null."""
    return Text(value="", span=scalar.span) if scalar.is_null else scalar.text


def entry_span(entry: Entry) -> Span:
    """Return the place of key and value together; of an alias, not of what it stands for."""
    key = entry.key.span
    end = entry.value.span.end
    if entry.alias is not None and entry.alias.start >= key.end:
        end = entry.alias.end
    return Span(
        path=key.path, start=key.start, end=max(end, key.end), line=key.line, column=key.column
    )


def _each_text(node: Sequence, what: str, notes: Notes) -> Iterator[Text]:
    for item in node.items:
        if isinstance(item, Sequence):
            # An alias of a list inside a list: GitLab flattens it, others have no such thing.
            yield from _each_text(item, what, notes)
        elif (text := text_of(item, what, notes)) is not None:
            yield text


def _kind(node: Node) -> str:
    match node:
        case Scalar():
            return "a text"
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            assert_never(node)
