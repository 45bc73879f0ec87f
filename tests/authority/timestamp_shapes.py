"""The shapes of timestamps in DER (RFC 3161, RFC 5652), written down apart from the product's.

A shape that both shared could be wrong for both.
"""

from __future__ import annotations

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ObjectIdentifier


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier (RFC 5280 §4.1.1.2)."""

    algorithm: ObjectIdentifier
    parameters: asn1.Null | None = None


@asn1.sequence
class Imprint:
    """MessageImprint (RFC 3161 §2.4.1)."""

    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Request:
    """TimeStampReq (§2.4.1)."""

    version: int
    imprint: Imprint
    policy: ObjectIdentifier | None
    nonce: int | None
    wants_certificate: Annotated[bool, asn1.Default(value=False)]


@asn1.sequence
class Info:
    """TSTInfo (§2.4.2)."""

    version: int
    policy: ObjectIdentifier
    imprint: Imprint
    serial_number: int
    moment: asn1.GeneralizedTime
    nonce: int | None


@asn1.sequence
class Attribute:
    """One that is signed (RFC 5652 §5.3)."""

    kind: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class Content:
    """EncapsulatedContentInfo (RFC 5652 §5.2)."""

    kind: ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignerName:
    """IssuerAndSerialNumber (RFC 5652 §10.2.4)."""

    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class CertificateName:
    """ESSCertIDv2 (RFC 5035 §4): the algorithm is left out where it is SHA-256."""

    digest: bytes


@asn1.sequence
class CertificateNames:
    """SigningCertificateV2 (RFC 5035 §3)."""

    names: list[CertificateName]


@asn1.sequence
class Signer:
    """SignerInfo (RFC 5652 §5.3)."""

    version: int
    name: SignerName
    digest: Algorithm
    attributes: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    algorithm: Algorithm
    signature: bytes


@asn1.sequence
class SignedData:
    """SignedData (RFC 5652 §5.1)."""

    version: int
    digests: asn1.SetOf[Algorithm]
    content: Content
    certificates: Annotated[asn1.SetOf[x509.Certificate] | None, asn1.Implicit(0)]
    signers: asn1.SetOf[Signer]


@asn1.sequence
class Token:
    """ContentInfo (RFC 5652 §3)."""

    kind: ObjectIdentifier
    content: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class Status:
    """PKIStatusInfo (§2.4.2)."""

    status: int


@asn1.sequence
class Response:
    """TimeStampResp (§2.4.2)."""

    status: Status
    token: Token
