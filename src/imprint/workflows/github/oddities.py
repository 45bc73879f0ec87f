"""Which expressions of a file are none: each is noted where it stands, and the rest is read.

The platform refuses such a file, or reads the part in another way than its author: either is
worth knowing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from imprint.refusals import Malformed
from imprint.workflows.github.expressions.model import Unparsed
from imprint.workflows.github.expressions.parsing import parse_expression
from imprint.workflows.github.expressions.templates import condition_of, holes_of
from imprint.workflows.yaml.nodes import Mapping, Node, Scalar, Sequence
from imprint.workflows.yaml.shapes import Notes, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.expressions.model import Expression
    from imprint.workflows.sources import Text


def note_oddities(root: Node, notes: Notes) -> None:
    """Note every `${{ … }}` and every `if` below `root` that cannot be read."""
    seen: set[tuple[int, int]] = set()
    for text, is_condition in _texts(root, set()):
        place = text.span.start, text.span.end
        if place in seen:
            continue
        seen.add(place)
        has_holes = "${{" in text.value
        expressions = [hole.expression for hole in holes_of(text.value)] if has_holes else []
        if is_condition and not has_holes and text.value.strip():
            expressions = [condition_of(text.value)]
        for expression in expressions:
            if (problem := _problem(expression)) is not None:
                note(notes, text.span, problem)


def _problem(expression: Expression) -> str | None:
    if not isinstance(expression, Unparsed):
        return None
    try:
        parse_expression(expression.text.strip())
    except Malformed as err:
        return err.message
    return "expression has no end, expected `}}`"


def _texts(node: Node, seen: set[int], key: str = "") -> Iterator[tuple[Text, bool]]:
    """Yield the texts below a node, and whether each is an `if`; what is aliased only once."""
    match node:
        case Scalar():
            if key == "if" or "${{" in node.text.value:
                yield node.text, key == "if"
        case Sequence():
            for item in () if id(node) in seen else node.items:
                yield from _texts(item, seen)
            seen.add(id(node))
        case Mapping():
            for entry in () if id(node) in seen else node.entries:
                yield from _texts(entry.value, seen, entry.key.value)
            seen.add(id(node))
        case _:
            assert_never(node)
