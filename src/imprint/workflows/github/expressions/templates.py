"""Texts with expressions in them, `a ${{ b }} c`, and conditions. Total: nothing raises.

What is no expression stays in its place as `Unparsed`, so that one oddity hides nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Malformed
from imprint.workflows.github.expressions.model import Call, Expression, Literal, Unparsed
from imprint.workflows.github.expressions.parsing import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = "${{"
_BODY = re.compile(r"(?:'[^']*'|[^'}]|\}(?!\}))*+")
"""Up to the braces that are in no text (`'it''s'` is two texts here, which is as good)."""


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """One `${{ … }}` of a text."""

    start: int
    """Offset of `${{` in the text."""
    end: int
    """Offset behind `}}`; the text's end where there are none."""
    expression: Expression


def holes_of(text: str) -> Iterator[Hole]:
    """Yield each `${{ … }}` of a text with its place, in order."""
    start = text.find(_OPENING)
    while start >= 0:
        match = _BODY.match(text, start + len(_OPENING))
        stop = match.end() if match else start + len(_OPENING)
        if text.startswith("}}", stop):
            end = stop + 2
        elif (plain := text.find("}}", start)) >= 0:
            # A text in it never ends: the first braces are as good as any.
            stop, end = plain, plain + 2
        else:
            stop = end = len(text)
        body = text[start + len(_OPENING) : stop]
        whole = end > stop
        yield Hole(
            start=start,
            end=end,
            expression=expression_of(body) if whole else Unparsed(text=body),
        )
        start = text.find(_OPENING, end)


def template_of(text: str) -> tuple[str | Expression, ...]:
    """Return a text as literal pieces and expressions, in order; empty pieces are left out."""
    parts: list[str | Expression] = []
    last = 0
    for hole in holes_of(text):
        if hole.start > last:
            parts.append(text[last : hole.start])
        parts.append(hole.expression)
        last = hole.end
    if last < len(text):
        parts.append(text[last:])
    return tuple(parts)


def expression_of(text: str) -> Expression:
    """Return what stands between the braces; `Unparsed` where it is no expression."""
    try:
        return parse_expression(text.strip())
    except Malformed:
        return Unparsed(text=text)


@lru_cache(maxsize=4096)  # asked for each run and each person that a job is looked at for
def condition_of(text: str) -> Expression:
    """Return the expression of an `if`, with or without braces.

    With braces around a part of it only, GitHub makes one text of the whole, which is true because
    it is not empty: `${{ a }} && b` is `format('{0} && b', a)` and nothing else.
    """
    parts = template_of(text)
    if not any(isinstance(part, str) for part in parts) and len(parts) == 1:
        return parts[0] if not isinstance(parts[0], str) else Literal(value=parts[0])
    if all(isinstance(part, str) for part in parts):
        return expression_of(text)
    return concatenation(parts)


def concatenation(parts: tuple[str | Expression, ...]) -> Expression:
    """Return a template as one expression: a text, an expression, or a call of `format`."""
    pattern: list[str] = []
    arguments: list[Expression] = []
    for part in parts:
        if isinstance(part, str):
            pattern.append(part.replace("{", "{{").replace("}", "}}"))
        else:
            pattern.append(f"{{{len(arguments)}}}")
            arguments.append(part)
    if not arguments:
        return Literal(value="".join(part for part in parts if isinstance(part, str)))
    return Call(function="format", arguments=(Literal(value="".join(pattern)), *arguments))
