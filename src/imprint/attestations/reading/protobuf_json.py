"""Members of protobuf's JSON, by the types of its messages. Not here: what a message means.

The mapping (protobuf, `programming-guides/json`): a zero value is left out, `null` stands for one,
64-bit integers are texts or numbers, bytes are base64. Names that nobody here knows are passed
over, as sigstore's JavaScript does: older npm clients wrote some that were dropped since.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import TYPE_CHECKING, Final

from imprint.attestations.codes import Code
from imprint.identity.claim_values import shown
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.npm.strict_json import Json, JsonObject

_INTEGER: Final = re.compile("0|[1-9][0-9]{0,18}")
_GREATEST_INTEGER: Final = 2**63 - 1
_TO_STANDARD: Final = str.maketrans("-_", "+/")


def malformed(message: str) -> Malformed:
    """Return what is raised for an attestation that is none."""
    return Malformed(Code.FORMAT, message)


def decode_base64(text: str) -> bytes | None:
    """Decode base64 in either alphabet, padded or not at all; None for anything else.

    Protobuf's JSON allows these four spellings. As in Go's and JavaScript's decoders the bits
    beyond the last byte do not matter: nothing here compares or hashes the text.
    """
    decoded = _decode(text)
    if decoded is not None or not text.isascii():
        return decoded
    # Rare: no producer of bundles is known that writes the other spellings.
    if "-" in text or "_" in text:
        if "+" in text or "/" in text:
            return None
        text = text.translate(_TO_STANDARD)
    if len(text) % 4 and "=" not in text:
        text += "=" * (-len(text) % 4)
    return _decode(text)


def read_object(parent: JsonObject, name: str) -> JsonObject | None:
    """Return the message `name`, or None where there is none."""
    value = parent.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise _unexpected(name, value, "an object")


def need_object(parent: JsonObject, name: str) -> JsonObject:
    """Return the message `name`, which has to be there."""
    value = read_object(parent, name)
    if value is None:
        raise malformed(f"`{name}` is missing, expected an object")
    return value


def read_objects(parent: JsonObject, name: str, *, most: int) -> list[JsonObject]:
    """Return the messages of the list `name`, at most `most`; none where there is no list."""
    objects: list[JsonObject] = []
    for value in _read_list(parent, name, most=most):
        if not isinstance(value, dict):
            raise _unexpected(name, value, "objects alone")
        objects.append(value)
    return objects


def read_bytes_list(parent: JsonObject, name: str, *, most: int) -> tuple[bytes, ...]:
    """Return the byte strings of the list `name`, at most `most`."""
    return tuple(_bytes(name, value) for value in _read_list(parent, name, most=most))


def read_text(parent: JsonObject, name: str) -> str:
    """Return the text `name`; the empty one where there is none."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _unexpected(name, value, "a text")
    return value


def need_text(parent: JsonObject, name: str) -> str:
    """Return the text `name`, which has to be there and not empty."""
    value = read_text(parent, name)
    if not value:
        raise malformed(f"`{name}` is missing, expected a text")
    return value


def read_bytes(parent: JsonObject, name: str) -> bytes:
    """Return the bytes `name`; none where there are none."""
    value = parent.get(name)
    return b"" if value is None else _bytes(name, value)


def need_bytes(parent: JsonObject, name: str, *, most: int | None = None) -> bytes:
    """Return the bytes `name`, which have to be there, and at most `most` of them."""
    value = read_bytes(parent, name)
    if not value:
        raise malformed(f"`{name}` is missing, expected base64")
    if most is not None and len(value) > most:
        raise malformed(f"`{name}` has `{len(value)}` bytes, expected at most `{most}`")
    return value


def read_integer(parent: JsonObject, name: str) -> int:
    """Return the 64-bit integer `name`, 0 where there is none; negative ones are refused."""
    value = parent.get(name)
    if value is None:
        return 0
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _GREATEST_INTEGER:
        raise _unexpected(name, value, "a whole number that fits 63 bits")
    return value


def _decode(text: str) -> bytes | None:
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error, or a text that is not ASCII
        return None


def _read_list(parent: JsonObject, name: str, *, most: int) -> list[Json]:
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _unexpected(name, value, "a list")
    if len(value) > most:
        raise malformed(f"`{name}` has `{len(value)}` items, expected at most `{most}`")
    return value


def _bytes(name: str, value: Json) -> bytes:
    if not isinstance(value, str):
        raise _unexpected(name, value, "base64")
    try:
        return a2b_base64(value, strict_mode=True)
    except ValueError:  # one of the other spellings, or none at all
        decoded = decode_base64(value)
    if decoded is None:
        raise _unexpected(name, value, "base64")
    return decoded


def _unexpected(name: str, value: Json, expected: str) -> Malformed:
    return malformed(f"`{name}` is {shown(value)}, expected {expected}")
