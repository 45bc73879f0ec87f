"""The shapes of signed timestamps in DER: RFC 3161, inside of CMS (RFC 5652). Types alone.

The library decodes them strictly: DER alone, nothing after the end, and nothing deeper than these
types are. A SEQUENCE OF with a tag of its own (`Implicit`) stands where a SET OF may be in any
order: both are the same bytes.
"""

from __future__ import annotations

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier, of those without parameters."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class IssuerAndSerialNumber:
    """By what CMS names a certificate."""

    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class Attribute:
    """One attribute of a signer."""

    kind: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class SignerInfo:
    """Who signed (RFC 5652 §5.3). With a content that is no plain data, attributes are signed."""

    version: int
    signer: IssuerAndSerialNumber | Annotated[bytes, asn1.Implicit(0)]
    digest_algorithm: Algorithm
    signed_attributes: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    signature_algorithm: Algorithm
    signature: bytes
    unsigned_attributes: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class EncapsulatedContent:
    """What was signed, in the signature."""

    kind: x509.ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    """RFC 5652 §5.1."""

    version: int
    digest_algorithms: asn1.SetOf[Algorithm]
    content: EncapsulatedContent
    certificates: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    revocations: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class ContentInfo:
    """RFC 5652 §3, of signed data."""

    kind: x509.ObjectIdentifier
    content: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class Status:
    """PKIStatusInfo (RFC 3161 §2.4.2)."""

    status: int
    texts: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class Response:
    """TimeStampResp (RFC 3161 §2.4.2)."""

    status: Status
    token: ContentInfo | None


@asn1.sequence
class Imprint:
    """The digest of what existed at the time."""

    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Accuracy:
    """How far the time may be off."""

    seconds: int | None
    milliseconds: Annotated[int | None, asn1.Implicit(0)]
    microseconds: Annotated[int | None, asn1.Implicit(1)]


@asn1.sequence
class TimestampInfo:
    """TSTInfo (RFC 3161 §2.4.2)."""

    version: int
    policy: x509.ObjectIdentifier
    imprint: Imprint
    serial_number: int
    time: asn1.GeneralizedTime
    accuracy: Accuracy | None
    ordering: Annotated[bool, asn1.Default(value=False)]
    nonce: int | None
    authority: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class CertificateDigest:
    """ESSCertID and ESSCertIDv2 (RFC 5035 §4, §5), whose digest is SHA-256 by default."""

    algorithm: Algorithm | None
    digest: bytes
    issuer_serial: list[asn1.TLV] | None


@asn1.sequence
class SigningCertificate:
    """SigningCertificate, and its version 2 (RFC 5035 §3): the first one is the signer's."""

    certificates: list[CertificateDigest]
    policies: list[asn1.TLV] | None


@asn1.sequence
class SignedAttributes:
    """Signed attributes with their own tag, as they are signed (RFC 5652 §5.4)."""

    attributes: asn1.SetOf[Attribute]


@asn1.sequence
class Only:
    """A sequence of one value, whatever it is."""

    value: asn1.TLV
