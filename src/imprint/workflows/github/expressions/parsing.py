"""Read an expression: the whole grammar of GitHub's reference, by precedence climbing.

From weak to strong: `||`, `&&`, `==` `!=`, `<` `<=` `>` `>=`, `!`, then index and property.
"""

from __future__ import annotations

from functools import lru_cache

from imprint.refusals import Malformed, quoted
from imprint.workflows.github.expressions.lexing import Kind, Token, tokens
from imprint.workflows.github.expressions.model import (
    Binary,
    Call,
    Context,
    Expression,
    Filter,
    Index,
    Literal,
    Not,
    Operator,
    Property,
)
from imprint.workflows.github.expressions.numbers import parse_number

MAXIMUM_CHARACTERS = 21_000
MAXIMUM_DEPTH = 50
"""Both are GitHub's own limits."""

_LEVELS = (
    {"||": Operator.OR},
    {"&&": Operator.AND},
    {"==": Operator.EQUAL, "!=": Operator.UNEQUAL},
    {
        "<": Operator.LESS,
        "<=": Operator.LESS_OR_EQUAL,
        ">": Operator.GREATER,
        ">=": Operator.GREATER_OR_EQUAL,
    },
)
_ASSOCIATIVE = {0, 1}
_CONSTANTS = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=4096)  # the same expressions stand in file after file, and each is asked often
def parse_expression(text: str) -> Expression:
    """Return what stands between `${{` and `}}`. Raises `Malformed` with `expression-syntax`."""
    if len(text) > MAXIMUM_CHARACTERS:
        message = f"expression has {len(text)} characters, at most {MAXIMUM_CHARACTERS} are taken"
        raise Malformed("expression-syntax", message)
    parser = _Parser(list(tokens(text)))
    expression = parser.operation(0, depth=0)
    parser.expect(Kind.END, "")
    return expression


class _Parser:
    """A place in a list of tokens."""

    def __init__(self, given: list[Token]) -> None:
        self._tokens = given
        self._place = 0

    def operation(self, level: int, *, depth: int) -> Expression:
        """Read operands joined by the operators of `level`, or of a stronger one."""
        if level == len(_LEVELS):
            return self._negation(depth)
        operands = [self.operation(level + 1, depth=depth)]
        operators: list[Operator] = []
        while (operator := _LEVELS[level].get(self._mark())) is not None:
            self._place += 1
            operators.append(operator)
            operands.append(self.operation(level + 1, depth=depth))
        if level in _ASSOCIATIVE:
            return _balanced(_LEVELS[level], operands)
        if len(operators) > MAXIMUM_DEPTH:
            raise _too_deep()
        left = operands[0]
        for operator, right in zip(operators, operands[1:], strict=True):
            left = Binary(operator=operator, left=left, right=right)
        return left

    def expect(self, kind: Kind, text: str) -> None:
        """Pass over one token that has to be there."""
        found = self._tokens[self._place]
        if found.kind is not kind or found.text != text:
            raise _unexpected(found, f"expected `{text}`" if text else "expected its end")
        self._place += 1

    def _mark(self) -> str:
        """Return the mark that comes next, or nothing: a text may look like one."""
        token = self._tokens[self._place]
        return token.text if token.kind is Kind.MARK else ""

    def _negation(self, depth: int) -> Expression:
        negations = 0
        while self._mark() == "!":
            self._place += 1
            negations += 1
        expression = self._path(depth + 1)
        for _ in range(min(negations, 2 + negations % 2)):
            # `!!!x` is `!x`, and of a longer row only whether it is odd can be told.
            expression = Not(operand=expression)
        return expression

    def _path(self, depth: int) -> Expression:
        if depth > MAXIMUM_DEPTH:
            raise _too_deep()
        expression = self._primary(depth)
        steps = 0
        while (mark := self._mark()) in {".", "["}:
            self._place += 1
            steps += 1
            if steps > MAXIMUM_DEPTH:
                raise _too_deep()
            expression = (
                self._property(expression) if mark == "." else self._index(expression, depth)
            )
        return expression

    def _primary(self, depth: int) -> Expression:
        token = self._tokens[self._place]
        self._place += 1
        match token.kind:
            case Kind.TEXT:
                return Literal(value=token.text)
            case Kind.NUMBER:
                return Literal(value=parse_number(token.text))
            case Kind.NAME:
                return self._name(token.text, depth)
            case Kind.MARK if token.text == "(":
                expression = self.operation(0, depth=depth)
                self.expect(Kind.MARK, ")")
                return expression
            case _:
                raise _unexpected(token, "expected a value")

    def _name(self, name: str, depth: int) -> Expression:
        if name in _CONSTANTS:
            return Literal(value=_CONSTANTS[name])
        if name in {"NaN", "Infinity"}:
            return Literal(value=float(name))
        if self._mark() != "(":
            return Context(name=name.lower())
        self._place += 1
        arguments: list[Expression] = []
        while self._mark() != ")":
            if arguments:
                self.expect(Kind.MARK, ",")
            arguments.append(self.operation(0, depth=depth))
        self._place += 1
        return Call(function=name.lower(), arguments=tuple(arguments))

    def _property(self, of: Expression) -> Expression:
        token = self._tokens[self._place]
        self._place += 1
        if token.kind is Kind.NAME:
            return Property(of=of, name=token.text)
        if token.kind is Kind.MARK and token.text == "*":
            return Filter(of=of)
        raise _unexpected(token, "expected a name behind the dot")

    def _index(self, of: Expression, depth: int) -> Expression:
        if self._mark() == "*":
            self._place += 1
            expression: Expression = Filter(of=of)
        else:
            expression = Index(of=of, index=self.operation(0, depth=depth))
        self.expect(Kind.MARK, "]")
        return expression


def _balanced(operators: dict[str, Operator], operands: list[Expression]) -> Expression:
    """Join operands of `&&` or `||`, which group as they like: long rows make no deep tree."""
    if len(operands) == 1:
        return operands[0]
    (operator,) = operators.values()
    half = (len(operands) + 1) // 2
    return Binary(
        operator=operator,
        left=_balanced(operators, operands[:half]),
        right=_balanced(operators, operands[half:]),
    )


def _too_deep() -> Malformed:
    return Malformed("expression-syntax", f"expression is deeper than {MAXIMUM_DEPTH}")


def _unexpected(token: Token, wanted: str) -> Malformed:
    found = "ends" if token.kind is Kind.END else f"has {quoted(token.text)}"
    return Malformed("expression-syntax", f"expression {found} where it should not, {wanted}")
