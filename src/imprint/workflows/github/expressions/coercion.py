"""How values of expressions turn into texts, numbers and truth, and how they compare.

Source: GitHub's "Evaluate expressions", Operators: "GitHub performs loose equality comparisons".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from imprint.workflows.github.expressions.model import Operator
from imprint.workflows.github.expressions.numbers import number_text, parse_number

if TYPE_CHECKING:
    from imprint.workflows.github.expressions.model import Value


def is_true(value: Value) -> bool:
    """Return a value's truth: false, 0, NaN, the empty text and null are false, all else true."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    if isinstance(value, (tuple, Mapping)):
        return True
    return bool(value)


def value_text(value: Value) -> str:
    """Return the text a value becomes in a template."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, str):
        return value
    return "Array" if isinstance(value, tuple) else "Object"


def value_number(value: Value) -> float:
    """Return the number a value becomes when types differ; NaN for arrays and objects."""
    if value is None:
        return 0.0
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, (tuple, Mapping)):
        return math.nan
    return float(value)


def compare(operator: Operator, left: Value, right: Value) -> bool:
    """Return what a comparison comes to. Texts compare without regard to case.

    An array or object equals only itself, and what comes from two places is never that. `&&` and
    `||` compare nothing.
    """
    order = _order(left, right)
    match operator:
        case Operator.EQUAL:
            return order == 0
        case Operator.UNEQUAL:
            return order != 0
        case Operator.LESS:
            return order is not None and order < 0
        case Operator.LESS_OR_EQUAL:
            return order is not None and order <= 0
        case Operator.GREATER:
            return order is not None and order > 0
        case Operator.GREATER_OR_EQUAL:
            return order is not None and order >= 0
        case Operator.AND | Operator.OR:
            return False


def _order(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1 as left is below, at or above right; None where that means nothing."""
    if isinstance(left, str) and isinstance(right, str):
        one, other = left.upper(), right.upper()
        return (one > other) - (one < other)
    first, second = value_number(left), value_number(right)
    if math.isnan(first) or math.isnan(second):
        return None
    return (first > second) - (first < second)
