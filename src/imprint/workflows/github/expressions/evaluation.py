"""What an expression comes to, as far as the files tell: a value, or UNKNOWN.

Three-valued: `a && false` is false whatever `a` is. Not here: which values there are; the caller
says by a function from context paths, `("matrix", "node")`, to values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, assert_never

from imprint.workflows.github.expressions.coercion import compare, is_true, value_number, value_text
from imprint.workflows.github.expressions.functions import FUNCTIONS, fixed_text
from imprint.workflows.github.expressions.model import (
    UNKNOWN,
    Binary,
    Call,
    Context,
    Filter,
    Index,
    Literal,
    Not,
    Operator,
    Property,
    Unknown,
    Unparsed,
    Value,
)
from imprint.workflows.github.expressions.references import constant_path

if TYPE_CHECKING:
    from imprint.workflows.github.expressions.model import Expression

Values: TypeAlias = "Callable[[tuple[str, ...]], Value | Unknown]"
"""Paths are as `references` yields them. `success()`, `failure()` and `cancelled()` are asked for
as `("success()",)`; `always()` is true."""


def evaluate(expression: Expression, values: Values) -> Value | Unknown:
    """Return an expression's value; UNKNOWN where what is known does not decide it."""
    match expression:
        case Literal():
            return expression.value
        case Unparsed():
            return UNKNOWN
        case Context() | Property() | Index() | Filter():
            return _looked_up(expression, values)
        case Call():
            return _called(expression, values)
        case Not():
            known = truth(expression.operand, values)
            return UNKNOWN if isinstance(known, Unknown) else not known
        case Binary():
            return _binary(expression, values)
        case _:
            assert_never(expression)


def truth(expression: Expression, values: Values) -> bool | Unknown:
    """Return whether an expression is true, which is known more often than its value is."""
    if isinstance(expression, Binary) and expression.operator in {Operator.AND, Operator.OR}:
        decides = expression.operator is Operator.OR
        left = truth(expression.left, values)
        if left is decides:
            return decides
        right = truth(expression.right, values)
        if right is decides:
            return decides
        return UNKNOWN if isinstance(left, Unknown) or isinstance(right, Unknown) else not decides
    if isinstance(expression, Call) and expression.function == "format" and fixed_text(expression):
        return True
    value = evaluate(expression, values)
    return UNKNOWN if isinstance(value, Unknown) else is_true(value)


def render(parts: tuple[str | Expression, ...], values: Values) -> str | Unknown:
    """Return the text of a template; UNKNOWN where one of its expressions is."""
    texts: list[str] = []
    for part in parts:
        value = part if isinstance(part, str) else evaluate(part, values)
        if isinstance(value, Unknown):
            return UNKNOWN
        texts.append(value_text(value))
    return "".join(texts)


def _binary(expression: Binary, values: Values) -> Value | Unknown:
    left = evaluate(expression.left, values)
    if expression.operator in {Operator.AND, Operator.OR}:
        if isinstance(left, Unknown):
            return UNKNOWN
        stays = is_true(left) is (expression.operator is Operator.OR)
        return left if stays else evaluate(expression.right, values)
    right = evaluate(expression.right, values)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    return compare(expression.operator, left, right)


def _called(call: Call, values: Values) -> Value | Unknown:
    if call.function == "always":
        return True
    if call.function in {"success", "failure", "cancelled"}:
        return values((f"{call.function}()",))
    if call.function == "case":
        return _case(call.arguments, values)
    function = FUNCTIONS.get(call.function)
    arguments = [evaluate(argument, values) for argument in call.arguments]
    known = tuple(argument for argument in arguments if not isinstance(argument, Unknown))
    if function is None or len(known) < len(arguments):
        return UNKNOWN
    return function(known)


def _case(arguments: tuple[Expression, ...], values: Values) -> Value | Unknown:
    """`case(condition, value, …, otherwise)`."""
    if len(arguments) % 2 == 0:
        return UNKNOWN
    for condition, result in zip(arguments[:-1:2], arguments[1::2], strict=True):
        chosen = truth(condition, values)
        if isinstance(chosen, Unknown):
            return UNKNOWN
        if chosen:
            return evaluate(result, values)
    return evaluate(arguments[-1], values)


def _looked_up(expression: Context | Property | Index | Filter, values: Values) -> Value | Unknown:
    path = constant_path(expression)
    if path is not None and not isinstance(value := values(path), Unknown):
        return value
    if isinstance(expression, Context):
        return UNKNOWN
    of = evaluate(expression.of, values)
    if isinstance(of, Unknown):
        return UNKNOWN
    filtered = of if isinstance(of, tuple) and _is_filtered(expression.of) else None
    match expression:
        case Property():
            if filtered is not None:
                return _of_each(filtered, expression.name)
            return _member(of, expression.name)
        case Filter():
            if filtered is not None:
                return tuple(member for item in filtered for member in _all_of(item))
            return _all_of(of)
        case Index():
            index = evaluate(expression.index, values)
            return UNKNOWN if isinstance(index, Unknown) else _member(of, index)


def _is_filtered(expression: Expression) -> bool:
    """Whether a path has a filter in it: what follows is then asked of every item."""
    while isinstance(expression, Property):
        expression = expression.of
    return isinstance(expression, Filter)


def _all_of(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, tuple) else ()


def _of_each(items: tuple[Value, ...], name: str) -> Value:
    found = (_member(item, name) for item in items if isinstance(item, Mapping))
    return tuple(value for value in found if value is not None)


def _member(of: Value, index: Value) -> Value:
    """Return one member; null where there is none, as GitHub does."""
    if isinstance(of, Mapping):
        name = value_text(index)
        if name in of:
            return of[name]
        return next((value for key, value in of.items() if key.lower() == name.lower()), None)
    if isinstance(of, tuple):
        number = value_number(index)
        if math.isfinite(number) and 0 <= number < len(of):
            return of[int(number)]
    return None
