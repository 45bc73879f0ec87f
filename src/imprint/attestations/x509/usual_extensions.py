"""The extensions of certificates of the usual form (`usual`): others are the library's.

What has few values is compared with them, byte for byte: RFC 5280 §4.2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from imprint.attestations.x509.certificates import (
    BASIC_CONSTRAINTS,
    CODE_SIGNING,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    SUBJECT_NAME,
    TIME_STAMPING,
    EmbeddedPromise,
    KeyUse,
)
from imprint.attestations.x509.der import (
    OCTET_STRING,
    SEQUENCE,
    UnexpectedError,
    enter,
    wrap,
)
from imprint.attestations.x509.fulcio import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

V = TypeVar("V")


class Extensions(NamedTuple):
    """What extensions say; as in `X509Certificate`."""

    is_authority: bool
    path_length: int | None
    usage: KeyUse | None
    purposes: tuple[str, ...] | None
    key_identifier: bytes | None
    names: tuple[str, ...] | None
    claims: Mapping[int, bytes]
    critical: tuple[str, ...]
    promises: tuple[EmbeddedPromise, ...]
    precertificate: bytes | None


_USAGES: Final = {
    b"\x03\x02\x07\x80": KeyUse(
        digital_signature=True, content_commitment=False, key_cert_sign=False
    ),
    b"\x03\x02\x02\x04": KeyUse(
        digital_signature=False, content_commitment=False, key_cert_sign=True
    ),
    # That of revocation lists, too.
    b"\x03\x02\x01\x06": KeyUse(
        digital_signature=False, content_commitment=False, key_cert_sign=True
    ),
}
_PURPOSES: Final = {
    b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03": (CODE_SIGNING,),
    b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08": (TIME_STAMPING,),
}
_CONSTRAINTS: Final[Mapping[bytes, tuple[bool, int | None]]] = {
    b"\x30\x00": (False, None),
    b"\x30\x03\x01\x01\xff": (True, None),
    b"\x30\x06\x01\x01\xff\x02\x01\x00": (True, 0),
    b"\x30\x06\x01\x01\xff\x02\x01\x01": (True, 1),
    b"\x30\x06\x01\x01\xff\x02\x01\x02": (True, 2),
}
_KEY_IDENTIFIER: Final = b"\x04\x14"
_ISSUER_IDENTIFIER: Final = b"\x30\x16\x80\x14"
_IDENTIFIER_BYTES: Final = 20
"""RFC 5280 §4.2.1.2: a SHA-1, as all of these authorities write it."""

_MAIL, _URI = 0x81, 0x86

_CRITICAL: Final = b"\x01\x01\xff"
_CONSTRAINTS_OID: Final = b"\x06\x03\x55\x1d\x13"
_PURPOSES_OID: Final = b"\x06\x03\x55\x1d\x25"
_USAGE_OID: Final = b"\x06\x03\x55\x1d\x0f"
_NAMES_OID: Final = b"\x06\x03\x55\x1d\x11"
_KEY_IDENTIFIER_OID: Final = b"\x06\x03\x55\x1d\x0e"
_ISSUER_IDENTIFIER_OID: Final = b"\x06\x03\x55\x1d\x23"
_PROMISES_OID: Final = bytes.fromhex("060a2b06010401d679020402")
_MAY_BE_CRITICAL: Final = {
    _CONSTRAINTS_OID: BASIC_CONSTRAINTS,
    _PURPOSES_OID: EXTENDED_KEY_USAGE,
    _USAGE_OID: KEY_USAGE,
    _NAMES_OID: SUBJECT_NAME,
}
_CLAIMS: Final = {
    bytes.fromhex("060a2b0601040183bf3001") + bytes((number,)): number
    for number in NUMBERS.values()
}

_PROMISE_HEAD: Final = 43
"""RFC 6962 §3.2: a byte of version, 32 of the log's id, 8 of time, 2 of the extensions' length."""
_SHA256_WITH: Final = (b"\x04\x03", b"\x04\x01")
"""RFC 5246 §7.4.1.4.1: with ECDSA, or with RSA."""
_NO_CALENDAR: Final = 253_402_300_800_000
"""Milliseconds: the year 10000."""


def read_extensions(block: bytes, *, before: bytes) -> Extensions:
    """Return what the extensions of a certificate say; `before` is what stands before them.

    Raises ValueError or IndexError where any of them is not of the usual form.
    """
    values, critical, kept = _split(block)
    is_authority, path_length = False, None
    if _CONSTRAINTS_OID in values:
        is_authority, path_length = _one_of(_CONSTRAINTS, values.pop(_CONSTRAINTS_OID))
    usage = purposes = names = identifier = precertificate = None
    promises: tuple[EmbeddedPromise, ...] = ()
    if _USAGE_OID in values:
        usage = _one_of(_USAGES, values.pop(_USAGE_OID))
    if _PURPOSES_OID in values:
        purposes = _one_of(_PURPOSES, values.pop(_PURPOSES_OID))
    if _NAMES_OID in values:
        names = (_read_name(values.pop(_NAMES_OID)),)
    if _KEY_IDENTIFIER_OID in values:
        identifier = _read_identifier(values.pop(_KEY_IDENTIFIER_OID), _KEY_IDENTIFIER)
    if _ISSUER_IDENTIFIER_OID in values:
        _read_identifier(values.pop(_ISSUER_IDENTIFIER_OID), _ISSUER_IDENTIFIER)
    if _PROMISES_OID in values:
        promises = _read_promises(values.pop(_PROMISES_OID))
        # RFC 6962 §3.2: the certificate as it was before the promises were written into it.
        rest = wrap(0xA3, wrap(SEQUENCE, b"".join(kept)))
        precertificate = wrap(SEQUENCE, before + rest)
    claims = {_one_of(_CLAIMS, oid): value for oid, value in values.items()}
    return Extensions(
        is_authority=is_authority,
        path_length=path_length,
        usage=usage,
        purposes=purposes,
        key_identifier=identifier,
        names=names,
        claims=claims,
        critical=critical,
        promises=promises,
        precertificate=precertificate,
    )


def _split(block: bytes) -> tuple[dict[bytes, bytes], tuple[str, ...], list[bytes]]:
    """Return OID to value, the OIDs that are critical, and all but the promises as they stand."""
    values: dict[bytes, bytes] = {}
    critical, kept = [], []
    at, end = enter(block, 0, SEQUENCE)
    while at < end:
        begin = at
        start, at = enter(block, at, SEQUENCE)
        value_at = start + 2 + block[start + 1]
        oid = block[start:value_at]
        if block[value_at] != OCTET_STRING:
            if not block.startswith(_CRITICAL, value_at):
                raise UnexpectedError
            critical.append(_one_of(_MAY_BE_CRITICAL, oid))
            value_at += len(_CRITICAL)
        value_start, value_end = enter(block, value_at, OCTET_STRING)
        if value_end != at or oid in values:
            raise UnexpectedError
        values[oid] = block[value_start:value_end]
        if oid != _PROMISES_OID:
            kept.append(block[begin:at])
    if not kept or at != end or end != len(block):
        raise UnexpectedError
    return values, tuple(critical), kept


def _read_name(value: bytes) -> str:
    start, end = enter(value, 0, SEQUENCE)
    name, name_end = enter(value, start, _URI if value[start : start + 1] == b"\x86" else _MAIL)
    if name == name_end or not name_end == end == len(value):
        raise UnexpectedError
    return value[name:name_end].decode("ascii")


def _read_identifier(value: bytes, head: bytes) -> bytes:
    if not value.startswith(head) or len(value) != len(head) + _IDENTIFIER_BYTES:
        raise UnexpectedError
    return value[len(head) :]


def _read_promises(value: bytes) -> tuple[EmbeddedPromise, ...]:
    at, end = enter(value, 0, OCTET_STRING)
    if end != len(value) or int.from_bytes(value[at : at + 2], "big") != end - at - 2:
        raise UnexpectedError
    at += 2
    found = []
    while at < end:
        size = int.from_bytes(value[at : at + 2], "big")
        found.append(_read_promise(value[at + 2 : at + 2 + size], size))
        at += 2 + size
    if at != end or not found:
        raise UnexpectedError
    return tuple(found)


def _read_promise(sct: bytes, size: int) -> EmbeddedPromise:
    extensions_end = _PROMISE_HEAD + int.from_bytes(sct[41:43], "big")
    signature_at = extensions_end + 4
    milliseconds = int.from_bytes(sct[33:41], "big")
    if (
        len(sct) != size
        or sct[:1] != b"\0"
        or milliseconds >= _NO_CALENDAR
        or sct[extensions_end : extensions_end + 2] not in _SHA256_WITH
        or int.from_bytes(sct[extensions_end + 2 : signature_at], "big") != size - signature_at
    ):
        raise UnexpectedError
    return EmbeddedPromise(
        log_id=sct[1:33],
        milliseconds=milliseconds,
        is_usual=True,
        extensions=sct[_PROMISE_HEAD:extensions_end],
        signature=sct[signature_at:],
    )


def _one_of(known: Mapping[bytes, V], found: bytes) -> V:
    value = known.get(found)
    if value is None:
        raise UnexpectedError
    return value
