"""JSON from outside, parsed once and strictly: what two parsers could read differently is refused.

Beside the grammar of RFC 8259: no duplicate names, no lone surrogates, no invalid UTF-8, no
numbers that JSON cannot carry, and bounds on size, depth and count. Not here: what a document says.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

MAX_ITEMS = 1_000_000
"""Commas, brackets and braces of one document, those inside of texts included."""

_LEAST_INTEGER = -(2**63)
_GREATEST_INTEGER = 2**64 - 1
_INTEGER_CHARACTERS = 20
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(
    raw: bytes,
    *,
    max_bytes: int,
    max_depth: int,
    code: str,
    deep_code: str | None = None,
    what: str = "document",
) -> Json:
    """Return the value that `raw` says; `{}` and `[]` have depth 1, a scalar has depth 0.

    Raises Malformed with `code`, or with `deep_code`, where one is given, for what is nested
    deeper than `max_depth`. `what` names the document in the message.
    """
    if len(raw) > max_bytes:
        raise Malformed(code, f"the {what} has {len(raw)} bytes: at most {max_bytes} are read")
    if len(raw) > MAX_ITEMS and sum(map(raw.count, (b",", b"[", b"{"))) > MAX_ITEMS:
        raise Malformed(code, f"the {what} has too many values: at most {MAX_ITEMS} are read")
    try:
        text = raw.decode()
        value: Json = _DECODER.decode(text)
    except RecursionError as err:
        raise _too_deep(deep_code or code, what, max_depth) from err
    except UnicodeDecodeError as err:
        raise Malformed(code, f"the {what} is not UTF-8 at byte {err.start}") from err
    except json.JSONDecodeError as err:
        raise Malformed(code, f"the {what} is not JSON at character {err.pos}") from err
    except _Refused as err:
        raise Malformed(code, f"the {what} {err}") from err
    if _is_deeper(value, max_depth):
        raise _too_deep(deep_code or code, what, max_depth)
    # The decoder joins proper pairs; what is left of the others cannot be written as UTF-8.
    if b"\\u" in raw and _SURROGATE_ESCAPE.search(text) and not _is_encodable(value):
        raise Malformed(code, f"the {what} has half of a surrogate pair in a text")
    return value


def parse_object(
    raw: bytes,
    *,
    max_bytes: int,
    max_depth: int,
    code: str,
    deep_code: str | None = None,
    what: str = "document",
) -> JsonObject:
    """Return what `parse` does, where it is an object; anything else is Malformed with `code`."""
    value = parse(
        raw,
        max_bytes=max_bytes,
        max_depth=max_depth,
        code=code,
        deep_code=deep_code,
        what=what,
    )
    if not isinstance(value, dict):
        raise Malformed(code, f"the {what} is not a JSON object")
    return value


def _too_deep(code: str, what: str, most: int) -> Malformed:
    return Malformed(code, f"the {what} is nested too deeply: at most {most} levels are read")


class _Refused(ValueError):
    """JSON by its grammar, and refused all the same."""


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Refused(f"has the name {quoted(name)} twice in one object")
            seen.add(name)
    return members


def _integer(digits: str) -> int:
    # The length first: Python's conversion of long digit runs is quadratic.
    if len(digits) > _INTEGER_CHARACTERS:
        raise _Refused("has an integer that does not fit 64 bits")
    value = int(digits)
    if not _LEAST_INTEGER <= value <= _GREATEST_INTEGER:
        raise _Refused("has an integer that does not fit 64 bits")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise _Refused("has a number beyond the range of a double")
    return value


def _constant(name: str) -> Json:
    raise _Refused(f"has {quoted(name)}, which JSON does not know")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _is_deeper(value: Json, depth: int) -> bool:
    level: list[Json] = [value]
    for _ in range(depth):
        level = [
            child
            for container in level
            for child in _children(container)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return any(isinstance(container, dict | list) for container in level)


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _is_encodable(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
