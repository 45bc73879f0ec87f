"""A timestamp authority (RFC 3161): what it is asked, and what it signs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests.authority.certificates import YEARS, Chain
from tests.authority.keys import curve_key, sign
from tests.authority.timestamp_shapes import (
    Algorithm,
    Attribute,
    CertificateName,
    CertificateNames,
    Content,
    Imprint,
    Info,
    Request,
    Response,
    SignedData,
    Signer,
    SignerName,
    Status,
    Token,
)

SHA256_ID = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
ECDSA_SHA256 = ObjectIdentifier("1.2.840.10045.4.3.2")
SIGNED_DATA = ObjectIdentifier("1.2.840.113549.1.7.2")
TST_INFO = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE = ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
POLICY = ObjectIdentifier("1.3.6.1.4.1.57264.2")


@dataclass(slots=True)
class TimestampAuthority:
    """Signs when it saw a digest. `sends_certificate`: also where nobody asked for it."""

    seed: str
    name: str = "timestamps"
    chain: Chain = field(init=False)
    key: EllipticCurvePrivateKey = field(init=False)
    certificate: x509.Certificate = field(init=False)
    issued: int = 0

    def __post_init__(self) -> None:
        self.chain = Chain(self.seed, self.name, usage=ExtendedKeyUsageOID.TIME_STAMPING)
        self.key = curve_key(self.seed, f"{self.name}/leaf")
        self.certificate = self._leaf()

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The chain that a trusted root lists."""
        return (self.certificate, self.chain.intermediate, self.chain.root)

    def stamp(self, signature: bytes, *, now: float) -> bytes:
        """Return a response for a signature, without being asked."""
        digest = hashlib.sha256(signature).digest()
        imprint = Imprint(algorithm=Algorithm(algorithm=SHA256_ID), digest=digest)
        return self._respond(imprint, nonce=None, with_certificate=False, now=now)

    def answer(self, raw: bytes, *, now: float) -> bytes:
        """Return the response to a request."""
        request = asn1.decode_der(Request, raw)
        if request.imprint.algorithm.algorithm != SHA256_ID:
            raise ValueError("the timestamp authority takes SHA-256 only")
        return self._respond(
            request.imprint,
            nonce=request.nonce,
            with_certificate=request.wants_certificate,
            now=now,
        )

    def _respond(
        self, imprint: Imprint, *, nonce: int | None, with_certificate: bool, now: float
    ) -> bytes:
        self.issued += 1
        info = asn1.encode_der(
            Info(
                version=1,
                policy=POLICY,
                imprint=imprint,
                serial_number=self.issued,
                moment=asn1.GeneralizedTime(datetime.fromtimestamp(int(now), UTC)),
                nonce=nonce,
            )
        )
        signed = SignedData(
            version=3,
            digests=asn1.SetOf([Algorithm(algorithm=SHA256_ID)]),
            content=Content(kind=TST_INFO, content=info),
            certificates=asn1.SetOf([self.certificate]) if with_certificate else None,
            signers=asn1.SetOf([self._sign(info)]),
        )
        token = Token(kind=SIGNED_DATA, content=signed)
        return asn1.encode_der(Response(status=Status(status=0), token=token))

    def _sign(self, info: bytes) -> Signer:
        leaf = CertificateName(
            digest=hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        )
        attributes = asn1.SetOf(
            [
                _attribute(CONTENT_TYPE, asn1.encode_der(TST_INFO)),
                _attribute(MESSAGE_DIGEST, asn1.encode_der(hashlib.sha256(info).digest())),
                _attribute(SIGNING_CERTIFICATE, asn1.encode_der(CertificateNames(names=[leaf]))),
            ]
        )
        name = SignerName(
            issuer=asn1.decode_der(asn1.TLV, self.certificate.issuer.public_bytes()),
            serial_number=self.certificate.serial_number,
        )
        return Signer(
            version=1,
            name=name,
            digest=Algorithm(algorithm=SHA256_ID),
            attributes=attributes,
            algorithm=Algorithm(algorithm=ECDSA_SHA256),
            # Signed as a SET, sent with another tag (RFC 5652 §5.4).
            signature=sign(self.key, asn1.encode_der(attributes)),
        )

    def _leaf(self) -> x509.Certificate:
        issuer = self.chain.intermediate
        builder = self.chain.builder(
            self.key.public_key(),
            start=issuer.not_valid_before_utc,
            lifetime=YEARS,
            subject=self.chain.named("leaf"),
            is_critical=True,  # RFC 3161 §2.3
        )
        return self.chain.sign(builder)


def _attribute(kind: ObjectIdentifier, value: bytes) -> Attribute:
    return Attribute(kind=kind, values=asn1.SetOf([asn1.decode_der(asn1.TLV, value)]))
