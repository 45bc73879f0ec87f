"""One gzip member, inflated piece by piece, with bounds. Not here: what is in it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT_BYTES = 64 * 1024
_OUTPUT_BYTES = 256 * 1024
_GZIP_ONLY = 31
"""zlib's `wbits` for a gzip member of any window, and nothing else."""


def inflated(
    data: bytes, *, max_bytes: int, max_ratio: int, ratio_floor_bytes: int
) -> Iterator[bytes]:
    """Yield what the gzip member `data` holds, in pieces of at most 256 KiB.

    `max_ratio` bounds inflated to compressed bytes once more than `ratio_floor_bytes` came out.
    Exactly one member is read: clients differ in what they make of bytes behind it. Raises
    Malformed (`malformed-tarball`, `tarball-too-large`) at the piece where the fault is.
    """
    inflater = zlib.decompressobj(_GZIP_ONLY)
    most = min(max_bytes, max(ratio_floor_bytes, max_ratio * len(data)))
    total = 0
    view = memoryview(data)
    for start in range(0, len(data), _INPUT_BYTES):
        pending: bytes | memoryview = view[start : start + _INPUT_BYTES]
        piece = b""
        # A full piece may leave more inside of zlib, even when all input is taken.
        while pending or len(piece) == _OUTPUT_BYTES:
            if inflater.eof:
                break
            piece = _inflate(inflater, pending)
            pending = inflater.unconsumed_tail
            total += len(piece)
            if total > most:
                raise _too_large(max_bytes=max_bytes, max_ratio=max_ratio, most=most)
            if piece:
                yield piece
        if inflater.eof and (inflater.unused_data or start + _INPUT_BYTES < len(data)):
            raise Malformed("malformed-tarball", "the tarball goes on behind its gzip data")
    if not inflater.eof:
        raise Malformed("malformed-tarball", "the tarball's gzip data is cut off")


def _inflate(inflater: zlib._Decompress, pending: bytes | memoryview) -> bytes:
    try:
        return inflater.decompress(pending, _OUTPUT_BYTES)
    except zlib.error as err:
        raise Malformed("malformed-tarball", "the tarball is not gzip data, or is damaged") from err


def _too_large(*, max_bytes: int, max_ratio: int, most: int) -> Malformed:
    if most == max_bytes:
        message = f"the tarball unpacks to more than {max_bytes} bytes"
    else:
        message = f"the tarball unpacks to more than {max_ratio} times its size"
    return Malformed("tarball-too-large", message)
