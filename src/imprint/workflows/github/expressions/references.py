"""What an expression refers to: paths into contexts, and which functions it calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from imprint.workflows.github.expressions.model import (
    Binary,
    Call,
    Context,
    Expression,
    Filter,
    Index,
    Literal,
    Not,
    Property,
    Unparsed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN_CASE = frozenset({"github", "runner", "job", "strategy"})
"""Contexts whose names are the platform's own: their paths are in lower case throughout."""
_STATUS = frozenset({"success", "failure", "always", "cancelled"})
_DOTTED = re.compile(r"[A-Za-z_][\w-]*(?:\s*\.\s*[\w*-]+)+")


def references(expression: Expression) -> Iterator[tuple[str, ...]]:
    """Yield every context path in an expression: `("github", "event", "issue", "title")`.

    The context is in lower case; names that people give (secrets, inputs, steps, …) are as written,
    and GitHub does not tell their cases apart. `*` stands for a filter, a number, or an index that
    is computed; what computes it is yielded as well.
    """
    match expression:
        case Literal():
            return
        case Unparsed():
            yield from _dotted_names(expression.text)
        case Context() | Property() | Index() | Filter():
            yield from _path(expression)
        case Call():
            for argument in expression.arguments:
                yield from references(argument)
        case Not():
            yield from references(expression.operand)
        case Binary():
            yield from references(expression.left)
            yield from references(expression.right)
        case _:
            assert_never(expression)


def calls(expression: Expression) -> Iterator[Call]:
    """Yield every call in an expression, outer ones first."""
    match expression:
        case Literal() | Unparsed() | Context():
            return
        case Call():
            yield expression
            for argument in expression.arguments:
                yield from calls(argument)
        case Property() | Filter():
            yield from calls(expression.of)
        case Index():
            yield from calls(expression.of)
            yield from calls(expression.index)
        case Not():
            yield from calls(expression.operand)
        case Binary():
            yield from calls(expression.left)
            yield from calls(expression.right)
        case _:
            assert_never(expression)


def asks_for_status(condition: Expression) -> bool:
    """Whether a condition names a status function; if not, GitHub puts `success() &&` first."""
    return any(call.function in _STATUS for call in calls(condition))


def constant_path(expression: Expression) -> tuple[str, ...] | None:
    """Return the path of an expression that is nothing but one, every index of it a literal."""
    match expression:
        case Context():
            return (expression.name,)
        case Property():
            return _below(constant_path(expression.of), expression.name)
        case Index(index=Literal(value=str() as name)):
            return _below(constant_path(expression.of), name)
        case Index(index=Literal(value=float() as number)) if number == int(number):
            return _below(constant_path(expression.of), str(int(number)))
        case _:
            return None


def _below(path: tuple[str, ...] | None, name: str) -> tuple[str, ...] | None:
    if path is None:
        return None
    return (*path, name.lower() if path[0] in _OWN_CASE else name)


def _path(expression: Expression) -> Iterator[tuple[str, ...]]:
    """Yield the path of a chain, then what its indices refer to and what it begins with."""
    names: list[str] = []
    others: list[Expression] = []
    while not isinstance(expression, Context):
        match expression:
            case Property():
                names.append(expression.name)
                expression = expression.of
            case Filter():
                names.append("*")
                expression = expression.of
            case Index():
                index = expression.index
                is_name = isinstance(index, Literal) and isinstance(index.value, str)
                names.append(str(index.value) if is_name and isinstance(index, Literal) else "*")
                others.append(index)
                expression = expression.of
            case _:
                others.append(expression)
                break
    if isinstance(expression, Context):
        path = (expression.name, *reversed(names))
        yield tuple(map(str.lower, path)) if path[0] in _OWN_CASE else path
    for other in others:
        yield from references(other)


def _dotted_names(text: str) -> Iterator[tuple[str, ...]]:
    """Yield what looks like paths in a text that is no expression: better too many than none."""
    for match in _DOTTED.finditer(text):
        path = tuple(part.strip() for part in match[0].split("."))
        lowered = tuple(map(str.lower, path))
        yield lowered if lowered[0] in _OWN_CASE else (lowered[0], *path[1:])
