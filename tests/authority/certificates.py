"""The certificate authority, and the log that every certificate is in. Not here: who may ask."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurve
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tests.authority.keys import curve_key, sign, spki

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from tests.authority.identities import Identity

FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)
"""From when on its authorities, logs and keys are good."""
YEARS = timedelta(days=3652)
LIFETIME_SECONDS = 600

_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_FULCIO = "1.3.6.1.4.1.57264.1"
_RAW_EXTENSIONS = range(1, 7)
"""Older ones have their text as it is, the others as an UTF8String."""
_NO_USAGE = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


@dataclass(frozen=True, slots=True)
class CertificateLog:
    """A log of certificates (RFC 6962) that only promises: it keeps nothing."""

    key: EllipticCurvePrivateKey

    @property
    def log_id(self) -> bytes:
        """The sha256 of its key."""
        return hashlib.sha256(spki(self.key.public_key())).digest()

    def promise(
        self, precertificate: bytes, *, issuer: CertificatePublicKeyTypes, now: float
    ) -> bytes:
        """Return a list of one SCT for the certificate that this will be (§3.2)."""
        moment = struct.pack(">Q", int(now * 1000))
        entry = hashlib.sha256(spki(issuer)).digest() + len(precertificate).to_bytes(3)
        signed = b"\0\0" + moment + b"\0\1" + entry + precertificate + b"\0\0"
        signature = sign(self.key, signed)
        sct = b"\0" + self.log_id + moment + b"\0\0" + b"\4\3"
        sct += len(signature).to_bytes(2) + signature
        return (len(sct) + 2).to_bytes(2) + len(sct).to_bytes(2) + sct


@dataclass(slots=True)
class Chain:
    """A root, and the intermediate below it that issues. Both have the same kind of key."""

    seed: str
    name: str
    usage: ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING
    curve: EllipticCurve = field(default_factory=SECP256R1)
    root: x509.Certificate = field(init=False)
    intermediate: x509.Certificate = field(init=False)
    key: EllipticCurvePrivateKey = field(init=False)

    def __post_init__(self) -> None:
        root_key = curve_key(self.seed, f"{self.name}/root", self.curve)
        self.key = curve_key(self.seed, f"{self.name}/intermediate", self.curve)
        self.root = self._authority("root", root_key.public_key(), signer=root_key, depth=1)
        self.intermediate = self._authority(
            "intermediate", self.key.public_key(), signer=root_key, depth=0
        )

    def builder(
        self,
        public_key: CertificatePublicKeyTypes,
        *,
        start: datetime,
        lifetime: timedelta,
        subject: x509.Name | None = None,
        is_critical: bool = False,
    ) -> x509.CertificateBuilder:
        """Return a leaf in the making; `is_critical` says that its usage is."""
        key_of_issuer = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder(
                issuer_name=self.intermediate.subject,
                subject_name=subject or x509.Name([]),
                public_key=public_key,
                serial_number=_serial(self.seed, spki(public_key), start),
                not_valid_before=start,
                not_valid_after=start + lifetime,
            )
            .add_extension(_usage("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([self.usage]), critical=is_critical)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_of_issuer),
                critical=False,
            )
        )

    def sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Finish a certificate."""
        return builder.sign(self.key, _hash_of(self.curve), ecdsa_deterministic=True)

    def _authority(
        self,
        name: str,
        public_key: CertificatePublicKeyTypes,
        *,
        signer: EllipticCurvePrivateKey,
        depth: int,
    ) -> x509.Certificate:
        issuer_key = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
        builder = (
            x509.CertificateBuilder(
                issuer_name=self.named("root"),
                subject_name=self.named(name),
                public_key=public_key,
                serial_number=_serial(self.seed, self.name.encode() + name.encode(), FOUNDED),
                not_valid_before=FOUNDED,
                not_valid_after=FOUNDED + YEARS,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key),
                critical=False,
            )
        )
        if depth == 0:
            builder = builder.add_extension(x509.ExtendedKeyUsage([self.usage]), critical=False)
        return builder.sign(signer, _hash_of(self.curve), ecdsa_deterministic=True)

    def named(self, name: str) -> x509.Name:
        """Return the name of a certificate of this chain."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "authority.example.test"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{self.name} {name}"),
            ]
        )


def issue(
    chain: Chain,
    log: CertificateLog | None,
    public_key: CertificatePublicKeyTypes,
    identity: Identity,
    *,
    now: float,
) -> bytes:
    """Return a signing certificate as DER; without a log it has no SCT."""
    subject = identity.subject
    # An address of mail, or a URI.
    name = (
        x509.RFC822Name(subject)
        if "://" not in subject
        else x509.UniformResourceIdentifier(subject)
    )
    builder = chain.builder(
        public_key,
        start=datetime.fromtimestamp(int(now), UTC),
        lifetime=timedelta(seconds=LIFETIME_SECONDS),
    ).add_extension(x509.SubjectAlternativeName([name]), critical=True)
    for number, text in identity.extensions.items():
        value = text.encode() if number in _RAW_EXTENSIONS else asn1.encode_der(text)
        extension = x509.UnrecognizedExtension(ObjectIdentifier(f"{_FULCIO}.{number}"), value)
        builder = builder.add_extension(extension, critical=False)
    if log is not None:
        # What is promised is the certificate without the promise.
        bare = chain.sign(builder).tbs_certificate_bytes
        promise = log.promise(bare, issuer=chain.key.public_key(), now=now)
        value = asn1.encode_der(promise)
        builder = builder.add_extension(
            x509.UnrecognizedExtension(_SCT_LIST, value), critical=False
        )
    return chain.sign(builder).public_bytes(Encoding.DER)


def _usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{**_NO_USAGE, **dict.fromkeys(names, True)})


def _serial(seed: str, *parts: bytes | datetime) -> int:
    text = "/".join(part.hex() if isinstance(part, bytes) else part.isoformat() for part in parts)
    return int.from_bytes(hashlib.sha256(f"{seed}/{text}".encode()).digest()[:16]) >> 1


def _hash_of(curve: EllipticCurve) -> SHA256 | SHA384:
    return SHA256() if isinstance(curve, SECP256R1) else SHA384()
