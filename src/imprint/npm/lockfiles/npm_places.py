"""The places of package-lock.json, lockfileVersion 2 and 3, as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.faults import malformed
from imprint.npm.lockfiles.json_document import (
    decode,
    decode_object,
    lines_of,
    may_hide_names,
    opening_of,
    refuse_twice,
    refuse_twice_strictly,
    require_shallow,
)
from imprint.npm.lockfiles.npm_place import Place, Places
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Document(msgspec.Struct):
    packages: dict[str, Place]


_DECODER = msgspec.json.Decoder(_Document)
_COUNTED = ("version", "resolved", "integrity")


def places_of(data: bytes, *, says_twice: bool) -> Places:
    """Return the places, in the file's order. Raises Malformed (`malformed-lockfile`).

    `says_twice`: version 2, which has everything in `dependencies` once more.
    """
    try:
        entries = decode(data, _DECODER).packages
    except msgspec.ValidationError as err:
        raise _misshapen(data, err) from err
    start = max(data.find(b'"packages"'), 0)
    _refuse_twice(data, entries, says_twice=says_twice)
    found = lines_of(data, entries, opening=opening_of(data), start=start)
    lines = dict(zip(entries, found, strict=True))
    require_shallow(lines)
    return Places(entries=entries, lines=lines)


def _refuse_twice(data: bytes, entries: Mapping[str, Place], *, says_twice: bool) -> None:
    """Refuse a name that is given twice, looking closely only where the counts are odd."""
    if says_twice:
        refuse_twice(data, decode_object(data))
        return
    places = entries.values()
    expected = (
        sum([place.version is not None for place in places]) + 1,  # the document has one too
        sum([place.resolved is not None for place in places]),
        sum([place.integrity is not None for place in places]),
        len(entries) - 1,
    )
    counted = (
        data.count(b'"version":'),
        data.count(b'"resolved":'),
        data.count(b'"integrity":'),
        data.count(b'"node_modules/'),
    )
    if expected != counted or may_hide_names(data):
        refuse_twice_strictly(data)


def _misshapen(data: bytes, err: msgspec.ValidationError) -> Malformed:
    """Name the first place that is not of npm's shape."""
    places = decode_object(data).get("packages")
    if not isinstance(places, dict):
        return malformed(1, "has no object `packages`")
    start = max(data.find(b'"packages"'), 0)
    lines = lines_of(data, places, opening=b":", start=start)
    for (key, entry), line in zip(places.items(), lines, strict=True):
        try:
            msgspec.convert(entry, Place)
        except msgspec.ValidationError as fault:
            return malformed(
                line, f"has {quoted(key)} in a shape that is not npm's: {quoted(str(fault))}"
            )
    return malformed(1, f"is not in npm's shape: {quoted(str(err))}")
