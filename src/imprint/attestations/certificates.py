"""Signing certificates, from DER to what they say of who signed (Fulcio, `docs/oid-info.md`).

Not here: whether anyone trusted issued them (`chains`), and which run it was.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.hashes import SHA256

from imprint.attestations.bundles import MAX_CERTIFICATE_BYTES
from imprint.attestations.codes import Code
from imprint.attestations.proof import Certificate
from imprint.refusals import Malformed

OTHER_NAME: Final = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
"""The kind of `otherName` that Fulcio writes for user names that are no mail addresses."""

_RAW_UNTIL: Final = 6
"""Extensions 1 to 6 are the bytes of a text; the later ones are DER (`docs/oid-info.md`)."""
_NUMBERS: Final = {
    x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"): number
    for number in (*range(1, 7), *range(8, 25))
}
"""Those that are documented; 7 is no extension, but `OTHER_NAME`."""
_UTF8_STRING: Final = b"\x0c"
_SHORT_LENGTHS: Final = {length: bytes([length]) for length in range(128)}
"""X.690 §8.1.3.4: in one byte."""
_ISSUER, _ISSUER_RAW = 8, 1

_UNREADABLE: Final = (
    OverflowError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    Warning,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are no certificate. It warns of some that are none by RFC
5280: where a process makes errors of warnings, they are malformed."""


def load_certificate(der: bytes) -> x509.Certificate:
    """Return the certificate that `der` is, with a key and extensions that can be read.

    Raises Malformed `FORMAT`.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise _malformed(f"has {len(der)} bytes: at most {MAX_CERTIFICATE_BYTES} are read")
    try:
        certificate = x509.load_der_x509_certificate(der)
        # The library reads these when they are asked for: later steps need them, and raise nothing.
        # It keeps the extensions, so that this costs nothing twice.
        _ = certificate.extensions
        certificate.public_key()
        certificate.not_valid_before_utc.timestamp()
        certificate.not_valid_after_utc.timestamp()
        if certificate.serial_number <= 0:  # RFC 5280 §4.1.2.2; the library warns, and reads on
            raise ValueError("serial number")
    except _UNREADABLE as err:
        raise _malformed("is not X.509 in DER") from err
    return certificate


def read_certificate(certificate: x509.Certificate) -> Certificate:
    """Return what a loaded certificate says: one subject, and who vouched for it.

    Raises Malformed `FORMAT` where it names no subject or several, or where an extension of Fulcio
    is not a text. Extensions beyond those that are documented are passed over.
    """
    extensions = _extensions(certificate)
    return Certificate(
        issuer=extensions.get(_ISSUER) or extensions.get(_ISSUER_RAW, ""),
        subject=_subject(certificate),
        extensions=MappingProxyType(extensions),
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        sha256=certificate.fingerprint(SHA256()).hex(),
    )


def _subject(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as err:
        raise _malformed("names no subject: expected one alternative name") from err
    found = list(names)
    if len(found) != 1:
        raise _malformed(f"names `{len(found)}` subjects: expected one alternative name")
    match found[0]:
        case x509.UniformResourceIdentifier() | x509.RFC822Name():
            subject = found[0].value
        case x509.OtherName(type_id=kind) if kind == OTHER_NAME:
            subject = _text(found[0].value, "alternative name")
        case _:
            subject = ""
    if not subject:
        raise _malformed("has a subject that is no URI, mail address or user name")
    return subject


def _extensions(certificate: x509.Certificate) -> dict[int, str]:
    found: dict[int, str] = {}
    for extension in certificate.extensions:
        value = extension.value
        if type(value) is not x509.UnrecognizedExtension:
            continue
        number = _NUMBERS.get(value.oid)
        if number is not None:
            what = f"extension {number}"
            raw = value.value
            found[number] = _decoded(raw, what) if number <= _RAW_UNTIL else _text(raw, what)
    return found


def _text(der: bytes, what: str) -> str:
    # Almost all are as short as a length of one byte says, and there are twenty in a certificate:
    # these cost the library more than the rest of the certificate.
    if der[:1] == _UTF8_STRING and der[1:2] == _SHORT_LENGTHS.get(len(der) - 2):
        return _decoded(der[2:], what)
    try:
        return asn1.decode_der(str, der)
    except ValueError as err:
        raise _malformed(f"has an {what} that is not a UTF8String in DER") from err


def _decoded(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as err:
        raise _malformed(f"has an {what} that is not UTF-8") from err


def _malformed(what: str) -> Malformed:
    return Malformed(Code.FORMAT, f"certificate {what}")
