"""The members of one JSON object with their places, quickly: what is inside them is only decoded.

For `package.json`, of which there are hundreds in a workspace; `json_files.py` places everything.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

import msgspec

from imprint.refusals import Malformed, quoted
from imprint.workflows.sources import Span
from imprint.workflows.yaml.composing import MAXIMUM_CHARACTERS

_MARK = re.compile(r"[ \t\r\n]*(?P<mark>[{},:]|(?=.)|\Z)", re.DOTALL)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member of an object."""

    key: str
    value: object
    """As Python's own parser decodes it."""
    span: Span
    """Key and value together."""
    value_span: Span


def object_members(source: str, *, path: str, start: int = 0) -> tuple[Member, ...]:
    """Return the members of the object at `start` of a JSON text, in the order written.

    From the beginning of a file (`start` 0) the object has to be all there is. Raises `Malformed`
    with `json-syntax`.
    """
    if len(source) > MAXIMUM_CHARACTERS:
        message = f"file has {len(source)} characters, at most {MAXIMUM_CHARACTERS} are read"
        raise Malformed("json-syntax", message)
    begin = start or int(source.startswith("\ufeff"))
    members: list[Member] = []
    try:
        end = _read(source, begin, _Places(source, path, begin), members)
    except RecursionError as err:
        raise Malformed("json-syntax", "no JSON that is worth reading: it is too deep") from err
    except ValueError as err:
        raise Malformed("json-syntax", f"no JSON: {err}") from err
    if not start and source[end:].strip(" \t\r\n"):
        raise Malformed("json-syntax", "no JSON: something follows the object")
    return tuple(members)


class _Places:
    """Lines and columns of offsets that only grow."""

    def __init__(self, source: str, path: str, start: int) -> None:
        self._source = source
        self._path = path
        self._counted_to = start
        self._line = source.count("\n", 0, start) + 1
        self._line_start = source.rfind("\n", 0, start) + 1

    def span(self, start: int, end: int) -> Span:
        """Return a place; `start` is not before that of the last one."""
        if breaks := self._source.count("\n", self._counted_to, start):
            self._line += breaks
            self._line_start = self._source.rfind("\n", self._counted_to, start) + 1
        self._counted_to = start
        column = start - self._line_start + 1
        return Span(path=self._path, start=start, end=end, line=self._line, column=column)


def _read(source: str, start: int, places: _Places, members: list[Member]) -> int:
    """Read one object into `members`; return where it ends."""
    decoder = json.JSONDecoder(parse_constant=_refused)
    mark, offset = _next_mark(source, start)
    if mark != "{":
        raise ValueError("expected an object")
    mark, behind = _next_mark(source, offset)
    if mark == "}":
        return behind
    while True:
        key_start = _text_start(source, offset)
        key, key_end = decoder.raw_decode(source, key_start)
        mark, offset = _next_mark(source, key_end)
        if mark != ":" or not isinstance(key, str):
            raise ValueError(f"expected a key and a colon, found {quoted(source[key_start:][:20])}")
        value_start = _text_start(source, offset)
        value, end = decoder.raw_decode(source, value_start)
        span = places.span(key_start, end)
        value_span = places.span(value_start, end)
        members.append(Member(key=key, value=value, span=span, value_span=value_span))
        mark, offset = _next_mark(source, end)
        if mark == "}":
            return offset
        if mark != ",":
            raise ValueError(f"expected a comma, found {quoted(source[end:][:20])}")


def _next_mark(source: str, offset: int) -> tuple[str, int]:
    match = _MARK.match(source, offset)
    return (match["mark"], match.end()) if match else ("", offset)


def _text_start(source: str, offset: int) -> int:
    match = _MARK.match(source, offset)
    return match.start("mark") if match else offset


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"`{constant}` is no number of JSON")
