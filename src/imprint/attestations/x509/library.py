"""Any X.509 certificate, read by the library. What the library cannot read is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.certificate_transparency import LogEntryType, Version

from imprint.attestations.codes import Code
from imprint.attestations.x509.certificates import EmbeddedPromise, KeyUse, X509Certificate
from imprint.attestations.x509.fulcio import NUMBERS, USER_NAME
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from cryptography.x509.certificate_transparency import SignedCertificateTimestamp

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
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


def read_x509(der: bytes) -> X509Certificate:
    """Return the certificate that `der` is. Raises Malformed `FORMAT`."""
    try:
        return _read(x509.load_der_x509_certificate(der), der)
    except _UNREADABLE as err:
        raise Malformed(Code.FORMAT, "certificate is not X.509 in DER") from err


def _read(certificate: x509.Certificate, der: bytes) -> X509Certificate:
    if certificate.serial_number <= 0:  # RFC 5280 §4.1.2.2; the library warns, and reads on
        raise ValueError("serial number")
    by_type = {type(extension.value): extension.value for extension in certificate.extensions}
    constraints = by_type.get(x509.BasicConstraints)
    purposes = by_type.get(x509.ExtendedKeyUsage)
    identifier = by_type.get(x509.SubjectKeyIdentifier)
    promises = _promises(by_type.get(x509.PrecertificateSignedCertificateTimestamps))
    is_authority = isinstance(constraints, x509.BasicConstraints) and constraints.ca
    return X509Certificate(
        der=der,
        issuer=certificate.issuer.public_bytes(),
        subject=certificate.subject.public_bytes(),
        serial_number=certificate.serial_number,
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        public_key=certificate.public_key(),
        spki=certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        has_weak_digest=_has_weak_digest(certificate),
        is_authority=is_authority,
        path_length=constraints.path_length
        if isinstance(constraints, x509.BasicConstraints)
        else None,
        usage=_usage(by_type.get(x509.KeyUsage)),
        purposes=tuple(purpose.dotted_string for purpose in purposes)
        if isinstance(purposes, x509.ExtendedKeyUsage)
        else None,
        key_identifier=identifier.digest
        if isinstance(identifier, x509.SubjectKeyIdentifier)
        else None,
        names=_names(by_type.get(x509.SubjectAlternativeName)),
        claims=_claims(certificate),
        critical=tuple(e.oid.dotted_string for e in certificate.extensions if e.critical),
        has_name_constraints=x509.NameConstraints in by_type,
        promises=promises,
        precertificate=_precertificate(certificate) if promises else None,
    )


def _has_weak_digest(certificate: x509.Certificate) -> bool:
    try:
        hashed = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return True
    return not isinstance(hashed, SHA256 | SHA384 | SHA512 | None)


def _usage(value: x509.ExtensionType | None) -> KeyUse | None:
    if not isinstance(value, x509.KeyUsage):
        return None
    return KeyUse(
        digital_signature=value.digital_signature,
        content_commitment=value.content_commitment,
        key_cert_sign=value.key_cert_sign,
    )


def _names(value: x509.ExtensionType | None) -> tuple[str | bytes, ...] | None:
    if not isinstance(value, x509.SubjectAlternativeName):
        return None
    return tuple(map(_name, value))


def _name(name: x509.GeneralName) -> str | bytes:
    match name:
        case x509.UniformResourceIdentifier(value=text) | x509.RFC822Name(value=text):
            return text
        case x509.OtherName(type_id=kind) if kind.dotted_string == USER_NAME:
            return name.value
        case _:
            return ""


def _claims(certificate: x509.Certificate) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.UnrecognizedExtension):
            number = NUMBERS.get(value.oid.dotted_string)
            if number is not None:
                found[number] = value.value
    return found


def _promises(value: x509.ExtensionType | None) -> tuple[EmbeddedPromise, ...]:
    if not isinstance(value, x509.PrecertificateSignedCertificateTimestamps):
        return ()
    return tuple(map(_promise, value))


def _promise(sct: SignedCertificateTimestamp) -> EmbeddedPromise:
    try:
        milliseconds = (sct.timestamp.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
        form = (sct.version, sct.entry_type, type(sct.signature_hash_algorithm))
    except (OverflowError, UnsupportedAlgorithm, ValueError):
        milliseconds, form = None, None
    return EmbeddedPromise(
        log_id=sct.log_id,
        milliseconds=milliseconds,
        # RFC 6962 §2.1.4: SHA-256 is the only hash.
        is_usual=form == (Version.v1, LogEntryType.PRE_CERTIFICATE, SHA256),
        extensions=sct.extension_bytes,
        signature=sct.signature,
    )


def _precertificate(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.tbs_precertificate_bytes
    except (OverflowError, UnsupportedAlgorithm, ValueError):
        return None
