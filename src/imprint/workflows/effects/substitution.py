"""Inputs of composite actions in the words of whoever calls them.

`${{ inputs.ref || 'main' }}` in an action that was given `ref: ${{ github.sha }}` is
`${{ (github.sha) || 'main' }}` in the job.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.shell.expressions import expression_spans

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(
    r"'(?:[^']|'')*'"
    r"|(?<![\w.-])inputs\s*(?:\.\s*(?P<name>[A-Za-z_][\w-]*)|\[\s*'(?P<key>(?:[^']|'')*)'\s*\])",
    re.IGNORECASE,
)
LONGEST = 65_536
"""Characters that a text may grow to; one that would grow beyond stays as it is."""


def in_callers_words(text: str, inputs: Mapping[str, str] | None) -> str:
    """Return a text of a composite action with its inputs put in; None: not in such an action."""
    if inputs is None or "${{" not in text:
        return text
    pieces = []
    position = 0
    for start, end in expression_spans(text):
        pieces.append(text[position:start])
        pieces.append(_expression(text[start + 3 : end - 2], inputs))
        position = end
    pieces.append(text[position:])
    grown = "".join(pieces)
    return grown if len(grown) <= LONGEST else text


def condition_in_callers_words(condition: str, inputs: Mapping[str, str] | None) -> str:
    """Return an `if` as an expression without `${{ }}`, inputs put in."""
    bare = bare_condition(condition)
    grown = bare if inputs is None else _put_in(bare, inputs)
    return grown if len(grown) <= LONGEST else bare


def bare_condition(condition: str) -> str:
    """Return an `if` without its `${{ }}`, which it may have or not."""
    text = condition.strip()
    spans = expression_spans(text)
    if spans == ((0, len(text)),):
        return text[3:-2].strip()
    if spans:
        return _as_format(text)
    return text


def _expression(source: str, inputs: Mapping[str, str]) -> str:
    """Return what stands for one expression; an input alone becomes what was given."""
    match = _TOKEN.fullmatch(source.strip())
    if match is not None and (name := _input_name(match)) is not None:
        return inputs.get(name, "")
    return "${{" + _put_in(source, inputs) + "}}"


def _put_in(source: str, inputs: Mapping[str, str]) -> str:
    def given(match: re.Match[str]) -> str:
        name = _input_name(match)
        return match[0] if name is None else _as_expression(inputs.get(name, ""))

    return _TOKEN.sub(given, source)


def _input_name(match: re.Match[str]) -> str | None:
    name: str | None = match["name"] or match["key"]
    return None if name is None else name.replace("''", "'").lower()


def _as_expression(text: str) -> str:
    spans = expression_spans(text)
    if not spans:
        return _literal(text)
    if spans == ((0, len(text)),):
        return "(" + text[3:-2].strip() + ")"
    return _as_format(text)


def _as_format(text: str) -> str:
    """Return a text with expressions in it as one expression: `format('a{0}', …)`."""
    pattern: list[str] = []
    values: list[str] = []
    position = 0
    for start, end in expression_spans(text):
        pattern.append(text[position:start].replace("{", "{{").replace("}", "}}"))
        pattern.append("{" + str(len(values)) + "}")
        values.append(text[start + 3 : end - 2].strip())
        position = end
    pattern.append(text[position:].replace("{", "{{").replace("}", "}}"))
    return f"format({', '.join([_literal(''.join(pattern)), *values])})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
