"""Expressions and their values as data. Pure types.

Source: GitHub's "Evaluate expressions in workflows and actions".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeAlias

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Null, a boolean, a number or a text."""

    value: bool | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The beginning of a path: `github`, `matrix`, …, in lower case."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """`of.name`."""

    of: Expression
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`of[index]`."""

    of: Expression
    index: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`of.*` or `of[*]`: all values of it."""

    of: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`function(arguments)`."""

    function: str
    """In lower case: GitHub does not tell cases apart."""
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """`!operand`."""

    operand: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """`left operator right`."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparsed:
    """What stands between the braces and is no expression: its value is unknown."""

    text: str


Expression: TypeAlias = (
    Literal | Context | Property | Index | Filter | Call | Not | Binary | Unparsed
)
