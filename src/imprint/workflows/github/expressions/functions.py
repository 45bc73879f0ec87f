"""The functions of expressions that files alone decide. `hashFiles` is not among them.

Source: GitHub's "Evaluate expressions", Functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from imprint.workflows.github.expressions.coercion import compare, value_text
from imprint.workflows.github.expressions.model import (
    UNKNOWN,
    Call,
    Literal,
    Operator,
    Unknown,
    Value,
)

Function: TypeAlias = "Callable[[tuple[Value, ...]], Value | Unknown]"

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(?P<number>\d{1,3})\}")
_MAXIMUM_CHARACTERS = 1_000_000
"""Of a text that is made: `format` in `format` would grow without end."""


def fixed_text(call: Call) -> str:
    """Return what of a `format` call's text is there whatever its arguments are."""
    pattern = call.arguments[0] if call.arguments else None
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        return ""
    return _PLACEHOLDER.sub("", pattern.value)


def _contains(arguments: tuple[Value, ...]) -> Value | Unknown:
    if len(arguments) != 2:  # noqa: PLR2004  (search, item)
        return UNKNOWN
    search, item = arguments
    if isinstance(search, tuple):
        return any(compare(Operator.EQUAL, member, item) for member in search)
    if isinstance(search, Mapping):
        return any(compare(Operator.EQUAL, member, item) for member in search.values())
    return not _is_collection(item) and value_text(item).upper() in value_text(search).upper()


def _starts_with(arguments: tuple[Value, ...]) -> Value | Unknown:
    if len(arguments) != 2:  # noqa: PLR2004  (search, beginning)
        return UNKNOWN
    search, part = arguments
    if _is_collection(search) or _is_collection(part):
        return False
    return value_text(search).upper().startswith(value_text(part).upper())


def _ends_with(arguments: tuple[Value, ...]) -> Value | Unknown:
    if len(arguments) != 2:  # noqa: PLR2004  (search, end)
        return UNKNOWN
    search, part = arguments
    if _is_collection(search) or _is_collection(part):
        return False
    return value_text(search).upper().endswith(value_text(part).upper())


def _format(arguments: tuple[Value, ...]) -> Value | Unknown:
    if not arguments:
        return UNKNOWN
    pattern, values = value_text(arguments[0]), arguments[1:]
    placeholders = [match for match in _PLACEHOLDER.finditer(pattern) if match["number"]]
    if any(int(match["number"]) >= len(values) for match in placeholders):
        return UNKNOWN
    texts = [value_text(value) for value in values]
    length = sum(len(texts[int(match["number"])]) for match in placeholders) + len(pattern)
    if length > _MAXIMUM_CHARACTERS:
        return UNKNOWN
    return _PLACEHOLDER.sub(
        lambda match: texts[int(match["number"])] if match["number"] else match[0][0], pattern
    )


def _join(arguments: tuple[Value, ...]) -> Value | Unknown:
    if not 1 <= len(arguments) <= 2:  # noqa: PLR2004  (array, separator)
        return UNKNOWN
    separator = value_text(arguments[1]) if len(arguments) > 1 else ","
    items = arguments[0]
    if isinstance(items, Mapping):
        return ""
    if not isinstance(items, tuple):
        return value_text(items)
    return separator.join(map(value_text, items))


def _to_json(arguments: tuple[Value, ...]) -> Value | Unknown:
    if len(arguments) != 1:
        return UNKNOWN
    return json.dumps(_plain(arguments[0]), indent=2, ensure_ascii=False)


def _from_json(arguments: tuple[Value, ...]) -> Value | Unknown:
    if len(arguments) != 1:
        return UNKNOWN
    try:
        decoded: object = json.loads(value_text(arguments[0]))
        return _value(decoded)
    except (ValueError, RecursionError):
        # The run fails here; what would have come of it is not known.
        return UNKNOWN


def _value(decoded: object) -> Value:
    if isinstance(decoded, list):
        return tuple(_value(item) for item in decoded)
    if isinstance(decoded, dict):
        return {str(key): _value(item) for key, item in decoded.items()}
    if decoded is None or isinstance(decoded, (bool, str)):
        return decoded
    return float(decoded) if isinstance(decoded, (int, float)) else None


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_collection(value: Value) -> bool:
    return isinstance(value, (tuple, Mapping))


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "contains": _contains,
        "startswith": _starts_with,
        "endswith": _ends_with,
        "format": _format,
        "join": _join,
        "tojson": _to_json,
        "fromjson": _from_json,
    }
)
"""By name in lower case. Each returns UNKNOWN for arguments that GitHub would refuse."""
