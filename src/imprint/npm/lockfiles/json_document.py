"""A lockfile of JSON: its decoding, the line of every member, and names that are given twice.

Not here: what it says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from imprint.npm import strict_json
from imprint.npm.lockfiles.faults import MALFORMED, line_at, malformed
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imprint.npm.strict_json import Json, JsonObject

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 512
"""Of version 1 of npm's: one place inside of another, two levels each."""
_BYTE = re.compile(r"\(byte (\d+)\)")
LONGEST_PLACE = 4_096
"""Characters, as a path of a file system has at most."""
DEEPEST_PLACE = 400
"""Slashes of a place."""
_MISSES = 8
_ANY = msgspec.json.Decoder()
_Shape = TypeVar("_Shape")


def decode(data: bytes, decoder: msgspec.json.Decoder[_Shape]) -> _Shape:
    """Return the document in the decoder's shape.

    Raises Malformed (`malformed-lockfile`), and msgspec's ValidationError where it is JSON of
    another shape: the caller knows better which line to name.
    """
    try:
        return decoder.decode(data)
    except RecursionError as err:
        raise malformed(1, "is nested too deeply") from err
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        found = _BYTE.search(str(err))
        line = line_at(data, int(found[1])) if found else 1
        raise malformed(line, f"is not JSON: {quoted(str(err))}") from err


_GAPS = (b" :", b"\t:", b"\n:", b"\r:")
_GAP = re.compile(rb'"[ \t\r\n]+:')


def decode_object(data: bytes) -> JsonObject:
    """Return the document, whatever is in it. Raises Malformed (`malformed-lockfile`)."""
    try:
        document: Json = decode(data, _ANY)
    except msgspec.ValidationError as err:
        raise malformed(1, f"is not JSON: {quoted(str(err))}") from err
    if not isinstance(document, dict):
        raise malformed(1, "is not a JSON object")
    return document


def refuse_twice(data: bytes, document: JsonObject) -> None:
    """Refuse a name that is given twice in one object. Raises Malformed (`malformed-lockfile`).

    npm's own parser takes the last of two, and people read the first. A cheap count goes first:
    only where it differs (a name twice, blanks before a colon, such text inside of a text) is the
    document read again by the strict parser, which is slow.
    """
    if data.count(b'":') != _members(document) or may_hide_names(data):
        refuse_twice_strictly(data)


def may_hide_names(data: bytes) -> bool:
    """Whether names may be written so that a count of them by their look is off.

    No package manager writes a blank before a colon, nor escapes for plain characters.
    """
    if b"\\u" in data or b"\\/" in data:
        return True
    return any(gap in data for gap in _GAPS) and _GAP.search(data) is not None


def refuse_twice_strictly(data: bytes) -> None:
    """Do the same with the parser that finds every one. Raises Malformed (`malformed-lockfile`)."""
    strict_json.parse(
        data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH, code=MALFORMED, what="lockfile"
    )


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
    find, count = data.find, data.count
    for key in keys:
        if misses < _MISSES:
            found = find(b'"%b"%b' % (key.encode("utf-8", "replace"), opening), at)
            if found == -1:
                misses += 1
            else:
                line += count(b"\n", counted, found)
                counted, at = found, found + 1
        yield line


def require_shallow(lines: Mapping[str, int]) -> None:
    """Refuse a place that is deeper than any folder is; `lines` are where the places stand.

    Raises Malformed (`malformed-lockfile`).
    """
    for key in [key for key in lines if len(key) > DEEPEST_PLACE]:
        if len(key) > LONGEST_PLACE or key.count("/") > DEEPEST_PLACE:
            raise malformed(lines[key], f"has the place {quoted(key)}, which is too deep")


def opening_of(data: bytes) -> bytes:
    """Return how this document opens an object: `": {` (npm's own), or with no blank."""
    return b": {" if b'": {' in data else b":{"


def object_member(entry: Mapping[str, Json], member: str, line: int) -> JsonObject:
    """Return an object, empty where there is none. Raises Malformed (`malformed-lockfile`)."""
    value = entry.get(member)
    if isinstance(value, dict):
        return value
    if value is None:
        return {}
    raise malformed(line, f"has {quoted(member)} that is no object")
