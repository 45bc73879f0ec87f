"""An X.509 certificate as data: everything that is asked of one here, whoever read it.

Two readers make them: `library` reads every certificate, `usual` those of
the form that sigstore's authorities write, in a tenth of the time. Not here: what follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
ANY_PURPOSE = "2.5.29.37.0"
"""Extended key usages (RFC 5280 §4.2.1.12)."""

BASIC_CONSTRAINTS = "2.5.29.19"
EXTENDED_KEY_USAGE = "2.5.29.37"
KEY_USAGE = "2.5.29.15"
SUBJECT_NAME = "2.5.29.17"
"""The subject alternative name."""


# Tuples here and elsewhere in this room, where dataclasses would be the habit: to judge one bundle,
# making such classes would cost more than its signatures.
class KeyUse(NamedTuple):
    """A key usage extension, as far as anybody asks (RFC 5280 §4.2.1.3)."""

    digital_signature: bool
    content_commitment: bool
    key_cert_sign: bool


class EmbeddedPromise(NamedTuple):
    """A signed certificate timestamp (SCT) within a certificate (RFC 6962 §3.2)."""

    log_id: bytes
    milliseconds: int | None
    """Since 1970; None: no time that a calendar has."""
    is_usual: bool
    """Version 1, of a precertificate, with SHA-256: there is no other kind in RFC 6962."""
    extensions: bytes
    signature: bytes


class EcdsaSignature(NamedTuple):
    """The authority's signature with what it is over, where it is ECDSA."""

    signed: bytes
    """The certificate without it, as it stands there (`tbsCertificate`)."""
    signature: bytes
    hashed: str
    """`sha256`, `sha384` or `sha512`."""


class X509Certificate(NamedTuple):
    """A certificate that can be read: with a key, and with extensions that are what they should."""

    der: bytes
    issuer: bytes
    """DER of the name, and so is `subject`."""
    subject: bytes
    serial_number: int
    not_before: float
    not_after: float
    public_key: PublicKeyTypes
    spki: bytes
    """The key as DER SubjectPublicKeyInfo."""
    has_weak_digest: bool
    """Signed over another digest than SHA-2 of 256, 384 or 512 bits."""
    is_authority: bool
    path_length: int | None
    usage: KeyUse | None
    purposes: tuple[str, ...] | None
    key_identifier: bytes | None
    names: tuple[str | bytes, ...] | None
    """The alternative names: texts of URIs and mail addresses, the DER of Fulcio's user names; of
    all others the empty text."""
    claims: Mapping[int, bytes]
    """N of Fulcio's extensions 1.3.6.1.4.1.57264.1.N, as they are documented, to their bytes."""
    critical: tuple[str, ...]
    """Dotted OIDs of the extensions that are critical."""
    has_name_constraints: bool
    promises: tuple[EmbeddedPromise, ...]
    precertificate: bytes | None
    """What logs signed, where there are promises; None: it has no such form."""
    ecdsa: EcdsaSignature | None = None
    """None: whether it was issued by another certificate only the library tells."""

    def loaded(self) -> x509.Certificate:
        """Return the library's own object."""
        from cryptography import x509

        return x509.load_der_x509_certificate(self.der)
