"""Signing certificates, from DER to what they say of who signed (Fulcio, `docs/oid-info.md`).

Not here: whether anyone trusted issued them (`chains`), and which run it was.
"""

from __future__ import annotations

from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from imprint.attestations.bundles import MAX_CERTIFICATE_BYTES
from imprint.attestations.codes import Code
from imprint.attestations.proof import Certificate
from imprint.attestations.x509.usual import read_usual
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.attestations.x509.certificates import X509Certificate

_RAW_UNTIL: Final = 6
"""Extensions 1 to 6 are the bytes of a text; the later ones are DER (`docs/oid-info.md`)."""
_UTF8_STRING: Final = 0x0C
_SHORT_LENGTHS: Final = 128
"""X.690 §8.1.3.4: in one byte."""
_ISSUER, _ISSUER_RAW = 8, 1


def load_certificate(der: bytes) -> X509Certificate:
    """Return the certificate that `der` is, with a key and extensions that can be read.

    Raises Malformed `FORMAT`.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise _malformed(f"has {len(der)} bytes: at most {MAX_CERTIFICATE_BYTES} are read")
    certificate = read_usual(der)
    if certificate is not None:
        return certificate
    from imprint.attestations.x509.library import read_x509

    return read_x509(der)


def read_certificate(certificate: X509Certificate) -> Certificate:
    """Return what a loaded certificate says: one subject, and who vouched for it.

    Raises Malformed `FORMAT` where it names no subject or several, or where an extension of Fulcio
    is not a text. Extensions beyond those that are documented are passed over.
    """
    extensions = {
        number: _decoded(raw, number) if number <= _RAW_UNTIL else _text(raw, number)
        for number, raw in certificate.claims.items()
    }
    return Certificate(
        issuer=extensions.get(_ISSUER) or extensions.get(_ISSUER_RAW, ""),
        subject=_subject(certificate),
        extensions=MappingProxyType(extensions),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        sha256=sha256(certificate.der).hexdigest(),
    )


def _subject(certificate: X509Certificate) -> str:
    names = certificate.names
    if names is None:
        raise _malformed("names no subject: expected one alternative name")
    if len(names) != 1:
        raise _malformed(f"names `{len(names)}` subjects: expected one alternative name")
    name = names[0]
    subject = _text(name, None) if isinstance(name, bytes) else name
    if not subject:
        raise _malformed("has a subject that is no URI, mail address or user name")
    return subject


def _text(der: bytes, number: int | None) -> str:
    # Almost all are as short as a length of one byte says.
    if len(der) > 1 and der[0] == _UTF8_STRING and der[1] == len(der) - 2 < _SHORT_LENGTHS:
        return _decoded(der[2:], number)
    from cryptography.hazmat import asn1

    try:
        return asn1.decode_der(str, der)
    except ValueError as err:
        raise _malformed(f"has an {_place(number)} that is not a UTF8String in DER") from err


def _decoded(raw: bytes, number: int | None) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as err:
        raise _malformed(f"has an {_place(number)} that is not UTF-8") from err


def _place(number: int | None) -> str:
    return "alternative name" if number is None else f"extension {number}"


def _malformed(what: str) -> Malformed:
    return Malformed(Code.FORMAT, f"certificate {what}")
