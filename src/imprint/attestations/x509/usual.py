"""Certificates of the form that sigstore's authorities write, straight from DER.

Reading one by the library, with all of its extensions, costs as much as two signatures, and
importing it as much as a hundred. So this reads the usual form, byte for byte as it is expected,
and leaves everything else to the library: another version, key, name, extension or spelling. A
test holds that both read the same, and that damage is never read otherwise.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from imprint.attestations.x509.certificates import EcdsaSignature, X509Certificate
from imprint.attestations.x509.curve_keys import read_curve_key
from imprint.attestations.x509.der import (
    BIT_STRING,
    INTEGER,
    SEQUENCE,
    SET,
    UnexpectedError,
    enter,
)
from imprint.attestations.x509.usual_extensions import Extensions, read_extensions

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_VERSION_3: Final = b"\xa0\x03\x02\x01\x02"
_ALGORITHMS: Final = {
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" + number: name
    for number, name in ((b"\x02", "sha256"), (b"\x03", "sha384"), (b"\x04", "sha512"))
}
"""`ecdsa-with-SHA256` and its like, without parameters (RFC 5758 §3.2)."""
_ALGORITHM_BYTES: Final = 12
_EXTENSIONS: Final = 0xA3
_UTC_TIME: Final = 0x17
_DATE_CHARACTERS: Final = 13
_LAST_CENTURY: Final = 50
_UTF8_STRING: Final = 0x0C
_PRINTABLE_STRING: Final = 0x13
_ATTRIBUTES: Final = frozenset(b"\x06\x03\x55\x04" + n for n in (b"\x03", b"\x0a", b"\x0b"))
"""Common name, organization, organizational unit (X.520)."""
_ATTRIBUTE_BYTES: Final = 5
_TEXT: Final = re.compile(rb"[A-Za-z0-9 '()+,./:=?-]{1,64}")
"""What is a text of either kind."""
_MAX_SERIAL_BYTES: Final = 20


class _Body(NamedTuple):
    """What stands before the extensions."""

    algorithm: bytes
    serial_number: int
    issuer: bytes
    not_before: float
    not_after: float
    subject: bytes
    public_key: EllipticCurvePublicKey
    spki: bytes
    extensions: Extensions


def read_usual(der: bytes) -> X509Certificate | None:
    """Return the certificate that `der` is; None where it is not of the usual form. Total."""
    try:
        return _read(der)
    except (IndexError, ValueError):  # it ends too early, or something in it is unusual
        return None


def _read(der: bytes) -> X509Certificate:
    start, end = enter(der, 0, SEQUENCE)
    _, signed_end = enter(der, start, SEQUENCE)
    algorithm_end = signed_end + _ALGORITHM_BYTES
    signed, algorithm = der[start:signed_end], der[signed_end:algorithm_end]
    hashed = _ALGORITHMS.get(algorithm)
    signature_start, signature_end = enter(der, algorithm_end, BIT_STRING)
    if hashed is None or der[signature_start] or not signature_end == end == len(der):
        raise UnexpectedError
    body = _read_body(signed)
    if body.algorithm != algorithm:
        raise UnexpectedError
    extensions = body.extensions
    return X509Certificate(
        der=der,
        issuer=body.issuer,
        subject=body.subject,
        serial_number=body.serial_number,
        not_before=body.not_before,
        not_after=body.not_after,
        public_key=body.public_key,
        spki=body.spki,
        has_weak_digest=False,
        is_authority=extensions.is_authority,
        path_length=extensions.path_length,
        usage=extensions.usage,
        purposes=extensions.purposes,
        key_identifier=extensions.key_identifier,
        names=extensions.names,
        claims=extensions.claims,
        critical=extensions.critical,
        has_name_constraints=False,
        promises=extensions.promises,
        precertificate=extensions.precertificate,
        ecdsa=EcdsaSignature(signed, der[signature_start + 1 : end], hashed),
    )


def _read_body(signed: bytes) -> _Body:
    at, end = enter(signed, 0, SEQUENCE)
    if not signed.startswith(_VERSION_3, at):
        raise UnexpectedError
    serial_start, serial_end = enter(signed, at + len(_VERSION_3), INTEGER)
    algorithm_end = serial_end + _ALGORITHM_BYTES
    issuer_end = enter(signed, algorithm_end, SEQUENCE)[1]
    dates, dates_end = enter(signed, issuer_end, SEQUENCE)
    not_before, date_end = _read_date(signed, dates)
    not_after, date_end = _read_date(signed, date_end)
    subject_end = enter(signed, dates_end, SEQUENCE)[1]
    spki_end = enter(signed, subject_end, SEQUENCE)[1]
    listed, listed_end = enter(signed, spki_end, _EXTENSIONS)
    if date_end != dates_end or listed_end != end:
        raise UnexpectedError
    issuer, subject = signed[algorithm_end:issuer_end], signed[dates_end:subject_end]
    _check_name(issuer)
    _check_name(subject)
    spki = signed[subject_end:spki_end]
    public_key = read_curve_key(spki)
    if public_key is None:
        raise UnexpectedError
    return _Body(
        algorithm=signed[serial_end:algorithm_end],
        serial_number=_read_serial(signed[serial_start:serial_end]),
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        subject=subject,
        public_key=public_key,
        spki=spki,
        extensions=read_extensions(signed[listed:end], before=signed[at:spki_end]),
    )


def _read_serial(content: bytes) -> int:
    serial = int.from_bytes(content, "big", signed=True)
    shortest = (serial.bit_length() // 8) + 1
    if serial <= 0 or len(content) != shortest or shortest > _MAX_SERIAL_BYTES:
        raise UnexpectedError
    return serial


def _read_date(signed: bytes, at: int) -> tuple[float, int]:
    """Return the Unix seconds of a date, and where it ends (RFC 5280 §4.1.2.5.1)."""
    start, end = enter(signed, at, _UTC_TIME)
    text = signed[start:end].decode("ascii")
    if len(text) != _DATE_CHARACTERS or text[-1] != "Z" or not text[:-1].isdigit():
        raise UnexpectedError
    year, month, day, hour, minute, second = (int(text[n : n + 2]) for n in range(0, 12, 2))
    year += 1900 if year >= _LAST_CENTURY else 2000
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp(), end


@lru_cache(maxsize=64)  # authorities are few, and signers have no name here
def _check_name(name: bytes) -> None:
    """Let pass a name with nothing but texts, each of one usual kind (RFC 5280 §4.1.2.4)."""
    at, end = enter(name, 0, SEQUENCE)
    while at < end:
        start, at = enter(name, at, SET)
        start, attribute_end = enter(name, start, SEQUENCE)
        kind = name[start : start + _ATTRIBUTE_BYTES]
        start += _ATTRIBUTE_BYTES
        is_utf8 = name[start : start + 1] == bytes((_UTF8_STRING,))
        text, text_end = enter(name, start, _UTF8_STRING if is_utf8 else _PRINTABLE_STRING)
        is_text = _TEXT.fullmatch(name, text, text_end) is not None
        if kind not in _ATTRIBUTES or not is_text or not at == attribute_end == text_end:
            raise UnexpectedError
    if at != len(name):
        raise UnexpectedError
