"""Digests and signatures of a whole package, packed at once: one call for all, not one for each.

Each comes to what `packed_digests` makes of it alone, which is asked wherever one of them is not of
the usual shape. Not here: unpacking, which is done for a row at a time.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final, TypeVar

from imprint.history.packed_digests import (
    SHA1_BYTES,
    SHA512_BYTES,
    pack_integrity,
    pack_sha1,
    pack_signature,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_SRI: Final = "sha512-"
_HEAD: Final = slice(len(_SRI), 93)
"""Of an SRI of 64 bytes: 86 characters of base64, before the padding."""
_SHA512_GROUP: Final = 66
"""Bytes that 88 characters of base64 stand for: the digest, and two of what was padding."""
_SIGNATURE_CHARACTERS: Final = 96
_SIGNATURE_GROUP: Final = 72
_LEAST_DER: Final = 70
_NEGATIVE: Final = 0x80
_SHAPES: Final = {
    b"\x30\x44\x02\x20": (4, b"\x02\x20"),
    b"\x30\x45\x02\x20": (4, b"\x02\x21\0"),
    b"\x30\x45\x02\x21": (5, b"\x02\x20"),
    b"\x30\x46\x02\x21": (5, b"\x02\x21\0"),
}
"""How a P-256 signature begins, where its first number is then, what is before the second."""


def pack_integrities(texts: Sequence[str | None]) -> list[bytes | None]:
    """Return what `pack_integrity` returns of each."""
    return _packed(texts, _all_integrities, pack_integrity)


def pack_sha1s(texts: Sequence[str | None]) -> list[bytes | None]:
    """Return what `pack_sha1` returns of each."""
    return _packed(texts, _all_sha1s, pack_sha1)


def pack_signatures(texts: Sequence[str | None]) -> list[bytes | None]:
    """Return what `pack_signature` returns of each; None of None."""
    return _packed(
        texts, _all_signatures, lambda text: None if text is None else pack_signature(text)
    )


def _packed(
    texts: Sequence[str | None],
    all_at_once: Callable[[list[str]], list[bytes] | None],
    one: Callable[[str | None], bytes | None],
) -> list[bytes | None]:
    given = [text for text in texts if text is not None]
    if not given:
        return [None] * len(texts)
    packed = all_at_once(given)
    if packed is None:
        return [one(text) for text in texts]
    if len(packed) == len(texts):
        return [*packed]
    found = iter(packed)
    return [None if text is None else next(found) for text in texts]


def _all_integrities(texts: list[str]) -> list[bytes] | None:
    if {text[: _HEAD.start] for text in texts} != {_SRI}:
        return None
    if {text[_HEAD.stop :] for text in texts} != {"=="}:
        return None
    data = _from_base64("".join([f"{text[_HEAD]}AA" for text in texts]))
    if data is None:
        return None
    starts = range(0, len(data), _SHA512_GROUP)
    # The last character before the padding has bits that are of no byte: usual writers leave them.
    if any(data[start + SHA512_BYTES] for start in starts):
        return None
    return [data[start : start + SHA512_BYTES] for start in starts]


def _all_sha1s(texts: list[str]) -> list[bytes] | None:
    if set(map(len, texts)) != {2 * SHA1_BYTES}:
        return None
    joined = "".join(texts)
    try:
        data = bytes.fromhex(joined)
    except ValueError:
        return None
    if data.hex() != joined:
        return None
    return [data[start : start + SHA1_BYTES] for start in range(0, len(data), SHA1_BYTES)]


def _all_signatures(texts: list[str]) -> list[bytes] | None:
    if set(map(len, texts)) != {_SIGNATURE_CHARACTERS}:
        return None
    heads = [text.rstrip("=") for text in texts]
    data = _from_base64("".join([head.ljust(_SIGNATURE_CHARACTERS, "A") for head in heads]))
    if data is None:
        return None
    found = []
    for number, head in enumerate(heads):
        start = number * _SIGNATURE_GROUP
        padding = _SIGNATURE_CHARACTERS - len(head)
        scalars = _scalars(data[start : start + _SIGNATURE_GROUP], padding)
        if scalars is None:
            return None
        found.append(scalars)
    return found


def _scalars(der: bytes, padding: int) -> bytes | None:
    """Return both numbers; the last `padding` bytes are none of them, and have to be zero."""
    shape = _SHAPES.get(der[:4])
    if shape is None or der[1] + 2 != _SIGNATURE_GROUP - padding or any(der[der[1] + 2 :]):
        return None
    first, between = shape
    second = first + 32 + len(between)
    if (
        der[first + 32 : second] != between
        or (der[first] >= _NEGATIVE) is not (first != 4)  # noqa: PLR2004 - a zero is before it
        or (first != 4 and der[4])  # noqa: PLR2004 - as above
        or (der[second] >= _NEGATIVE) is not (len(between) != 2)  # noqa: PLR2004 - as above
    ):
        return None
    return der[first : first + 32] + der[second : second + 32]


def _from_base64(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
