"""A lockfile of JSON, and the line of every member. Not here: what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.npm import strict_json
from imprint.npm.lockfiles.faults import MALFORMED, line_at, malformed
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.npm.strict_json import Json, JsonObject

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 256
"""Of package-lock version 1: one place inside of another, two levels each."""
_BYTE = re.compile(r"\(byte (\d+)\)")
_MISSES = 8
_DECODER = msgspec.json.Decoder()


def decode(data: bytes) -> JsonObject:
    """Return the document. Raises Malformed (`malformed-lockfile`), also for a name given twice.

    npm's own parser takes the last of two, and people read the first.
    """
    try:
        document: Json = _DECODER.decode(data)
    except RecursionError as err:
        raise malformed(1, "is nested too deeply") from err
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        found = _BYTE.search(str(err))
        line = line_at(data, int(found[1])) if found else 1
        raise malformed(line, f"is not JSON: {quoted(str(err))}") from err
    if not isinstance(document, dict):
        raise malformed(1, "is not a JSON object")
    # A cheap count first: only where it is another (a name twice, `" :`, a colon in a text) is the
    # document read again by the strict parser, which is slow.
    if data.count(b'":') != _members(document):
        strict_json.parse(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH, code=MALFORMED)
    return document


def _members(value: Json) -> int:
    """Return how many members all objects of a document have."""
    count = 0
    todo: list[Json] = [value]
    while todo:
        container = todo.pop()
        if type(container) is dict:
            count += len(container)
            todo.extend([v for v in container.values() if type(v) is dict or type(v) is list])
        elif type(container) is list:
            todo.extend([v for v in container if type(v) is dict or type(v) is list])
    return count


def lines_of(data: bytes, keys: Iterable[str], *, opening: bytes, start: int = 0) -> Iterator[int]:
    """Yield the line of each member, in the document's order.

    `opening`: what follows the key's last quote. A key that is written in another way (escapes)
    gets the line of the one before it.
    """
    line, counted, at, misses = line_at(data, start), start, start, 0
    for key in keys:
        if misses < _MISSES:
            found = data.find(b'"' + key.encode("utf-8", "replace") + b'"' + opening, at)
            if found == -1:
                misses += 1
            else:
                line += data.count(b"\n", counted, found)
                counted, at = found, found + 1
        yield line


def opening_of(data: bytes) -> bytes:
    """Return how this document opens an object: `": {` (npm's own), or with no blank."""
    return b": {" if b'": {' in data else b":{"


def text_member(entry: JsonObject, member: str, line: int) -> str | None:
    """Return a text; None: there is none. Raises Malformed (`malformed-lockfile`)."""
    value = entry.get(member)
    if value is None or isinstance(value, str):
        return value
    raise malformed(line, f"has a {quoted(member)} that is no text")


def object_member(entry: JsonObject, member: str, line: int) -> JsonObject:
    """Return an object, empty where there is none. Raises Malformed (`malformed-lockfile`)."""
    value = entry.get(member)
    if isinstance(value, dict):
        return value
    # npm 2 wrote lists where nothing was; `requires: true` stands for nothing too.
    if value is None or value == [] or value is True or value is False:
        return {}
    raise malformed(line, f"has {quoted(member)} that is no object")

