"""In which encodings a body can be sent, and which of them a request asks for (RFC 9110 §12.5.3).

One place for the registry and the gate. Not here: what is compressed, and when.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Final

from isal import igzip

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_LEVEL: Final = 1
"""2.2 ms for 1.4 MB of a packument, which comes to 50 KB; level 3 takes twice as long."""


class Encoding(StrEnum):
    """A content coding that we send, the one we would rather send first."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"


def encoding_for(header: bytes) -> Encoding:
    """Return the encoding that an `accept-encoding` asks for. Total.

    Of those with the greatest weight, the first of ours; what is not named is not asked for, but
    for identity, which is sent where nothing else may be, whatever is said of it.
    """
    if not header:
        return Encoding.IDENTITY
    names = header.lower()
    if b";" in names or b"*" in names:
        return _heaviest(_weights(names))
    named = [name.strip() for name in names.split(b",")]
    if b"zstd" in named:
        return Encoding.ZSTD
    return Encoding.GZIP if b"gzip" in named else Encoding.IDENTITY


def compressed(data: bytes, encoding: Encoding, *, gzip_level: int) -> bytes:
    """Return a body in an encoding; the same bytes for the same body."""
    match encoding:
        case Encoding.ZSTD:
            # Its window is far below the 8 MB that clients need to have (RFC 9659 §3).
            return zstd.compress(data, ZSTD_LEVEL)
        case Encoding.GZIP:
            return igzip.compress(data, compresslevel=gzip_level, mtime=0)
        case Encoding.IDENTITY:
            return data


def _heaviest(weights: dict[bytes, float]) -> Encoding:
    """Return ours of the greatest weight above nothing; identity unnamed weighs least."""
    best, greatest = Encoding.IDENTITY, 0.0
    for encoding in Encoding:
        is_named = encoding is not Encoding.IDENTITY or b"identity" in weights
        other = weights.get(b"*", 0.0) if is_named else 0.0
        weight = weights.get(encoding.encode(), other)
        if weight > greatest:
            best, greatest = encoding, weight
    return best


def _weights(header: bytes) -> dict[bytes, float]:
    """Return the weights of what a header names; what has a weight that is none has nothing."""
    found: dict[bytes, float] = {}
    for part in header.split(b","):
        name, semicolon, parameter = part.partition(b";")
        found[name.strip()] = _weight(parameter) if semicolon else 1.0
    return found


def _weight(parameter: bytes) -> float:
    name, _, text = parameter.partition(b"=")
    if name.strip() != b"q":
        return 0.0
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
