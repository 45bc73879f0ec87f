"""Expressions and their values as data. Pure types.

Source: GitHub's "Evaluate expressions in workflows and actions".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import TypeAlias

import msgspec

Value: TypeAlias = "bool | float | str | tuple[Value, ...] | Mapping[str, Value] | None"
"""Null, boolean, number, text, array, object."""


class Unknown(Enum):
    """What cannot be known from the files."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


class Operator(StrEnum):
    """The operators between two operands."""

    OR = "||"
    AND = "&&"
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Literal(msgspec.Struct, frozen=True, kw_only=True):
    """Null, a boolean, a number or a text."""

    value: bool | float | str | None


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a path: `github`, `matrix`, …, in lower case."""

    name: str


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """`of.name`."""

    of: Expression
    name: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """`of[index]`."""

    of: Expression
    index: Expression


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """`of.*` or `of[*]`: all values of it."""

    of: Expression


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """`function(arguments)`."""

    function: str
    """In lower case: GitHub does not tell cases apart."""
    arguments: tuple[Expression, ...]


class Not(msgspec.Struct, frozen=True, kw_only=True):
    """`!operand`."""

    operand: Expression


class Binary(msgspec.Struct, frozen=True, kw_only=True):
    """`left operator right`."""

    operator: Operator
    left: Expression
    right: Expression


class Unparsed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands between the braces and is no expression: its value is unknown."""

    text: str


Expression: TypeAlias = (
    Literal | Context | Property | Index | Filter | Call | Not | Binary | Unparsed
)
