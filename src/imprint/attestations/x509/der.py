"""DER, item by item: tags of one byte, definite lengths in their shortest form (X.690 §8.1, §10.1).

For readers that know what they expect. Not here: what an item means.
"""

from __future__ import annotations

from typing import Final

SEQUENCE: Final = 0x30
SET: Final = 0x31
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04

_SHORT: Final = 0x80
_ONE_BYTE: Final = 0x81
_TWO_BYTES: Final = 0x82
_LONG: Final = 0x100


class UnexpectedError(ValueError):
    """The next item is another than was expected, or none."""


def enter(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return where the content of the item at `at` begins and ends.

    Raises UnexpectedError, or IndexError where the data ends before.
    """
    start, length = at + 2, data[at + 1]
    if length >= _SHORT:
        start, length = _long(data, at, length)
    end = start + length
    if data[at] != tag or end > len(data):
        raise UnexpectedError
    return start, end


def _long(data: bytes, at: int, form: int) -> tuple[int, int]:
    """Return where the content begins, and its length, written in one or two bytes of their own."""
    if form == _ONE_BYTE:
        start, length = at + 3, data[at + 2]
        is_shortest = length >= _SHORT
    else:
        start, length = at + 4, data[at + 2] << 8 | data[at + 3]
        is_shortest = form == _TWO_BYTES and length >= _LONG
    if not is_shortest:
        raise UnexpectedError
    return start, length


def wrap(tag: int, content: bytes) -> bytes:
    """Return the item with this tag and content, of fewer than 65,536 bytes."""
    length = len(content)
    if length < _SHORT:
        return bytes((tag, length)) + content
    if length < _LONG:
        return bytes((tag, _ONE_BYTE, length)) + content
    return bytes((tag, _TWO_BYTES)) + length.to_bytes(2, "big") + content
