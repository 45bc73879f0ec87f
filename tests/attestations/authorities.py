"""A small public key infrastructure for tests: authorities, signers, logs, timestamps.

Whole and valid by default; a test states what is to be wrong. Keys are made once per kind.
"""

from __future__ import annotations

import functools
import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from imprint.attestations import timestamp_shapes as shapes
from imprint.attestations.certificates import load_certificate
from imprint.attestations.roots import CertificateAuthority, Log, Window

SIGNED_AT = 1_790_000_000.0
"""When the signers of these tests sign (Unix seconds)."""
ALWAYS = Window(start=0.0, end=None)

WORKFLOW = "https://github.com/acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0"
ISSUER = "https://token.actions.githubusercontent.com"
SHA256 = hashes.SHA256()
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")

SHA256_OID = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
SHA384_OID = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.2")
SHA1_OID = x509.ObjectIdentifier("1.3.14.3.2.26")
ECDSA_SHA256_OID = x509.ObjectIdentifier("1.2.840.10045.4.3.2")
ECDSA_SHA384_OID = x509.ObjectIdentifier("1.2.840.10045.4.3.3")
RSA_OID = x509.ObjectIdentifier("1.2.840.113549.1.1.1")
ED25519_OID = x509.ObjectIdentifier("1.3.101.112")
SIGNED_DATA_OID = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
DATA_OID = x509.ObjectIdentifier("1.2.840.113549.1.7.1")
TSTINFO_OID = x509.ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE_OID = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST_OID = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_OID = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.12")
SIGNING_CERTIFICATE_V2_OID = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.47")


@functools.cache
def key(name="key", kind="P-256"):
    """Return a private key: one for each name and kind."""
    match kind:
        case "P-256" | "P-384" | "P-521":
            curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
            return ec.generate_private_key(curve[kind])
        case "P-224":
            return ec.generate_private_key(ec.SECP224R1())
        case "Ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))


def spki(public_key):
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A certificate with its private key."""

    certificate: x509.Certificate
    private_key: object

    @property
    def der(self):
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def loaded(self):
        return load_certificate(self.der)


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def issue(
    name,
    extensions,
    *,
    issuer=None,
    private_key=None,
    start=SIGNED_AT - 300,
    end=SIGNED_AT + 300,
    serial=None,
    hashed=SHA256,
):
    """Return a certificate with these `(extension, critical)`, issued by `issuer` or itself."""
    private_key = private_key or key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(private_key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(moment(start))
        .not_valid_after(moment(end))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(issuer.private_key if issuer else private_key, hashed)
    return Holder(certificate=certificate, private_key=private_key)


def key_usage(*names):
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in names for name in every})


def authority_extensions(*, ca=True, path_length=None, usage=("key_cert_sign",), more=()):
    return [
        (x509.BasicConstraints(ca=ca, path_length=path_length), True),
        (key_usage(*usage), True),
        *more,
    ]


def root(name="root", **changes):
    """Return a root for twenty years."""
    given = {"start": SIGNED_AT - 3e8, "end": SIGNED_AT + 3e8}
    return issue(name, authority_extensions(), **(given | changes))


def intermediate(issuer, name="intermediate", *, extensions=None, **changes):
    """Return the certificate that issues those of signers."""
    given = {"start": SIGNED_AT - 1e8, "end": SIGNED_AT + 1e8, "issuer": issuer}
    found = authority_extensions(path_length=0) if extensions is None else extensions
    return issue(name, found, **(given | changes))


def authority(*holders, window=ALWAYS):
    """Return the chain as a trusted root's authority: the issuer of leaves first."""
    certificates = tuple(holder.loaded for holder in holders)
    return CertificateAuthority(
        certificates=certificates, window=window, uri="https://ca.example.test"
    )


def text(value):
    return asn1.encode_der(value)


NAMES = (x509.UniformResourceIdentifier(WORKFLOW),)
CLAIMS = ((1, ISSUER.encode()), (8, text(ISSUER)), (15, text("12345")))


def fulcio(number, value):
    oid = x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}")
    return x509.UnrecognizedExtension(oid, value), False


def signer_extensions(
    *,
    usage=("digital_signature",),
    purposes=(ExtendedKeyUsageOID.CODE_SIGNING,),
    names=NAMES,
    claims=CLAIMS,
    more=(),
):
    """Return the extensions of a signer, without its SCTs."""
    found = [fulcio(number, value) for number, value in claims]
    if usage is not None:
        found.append((key_usage(*usage), True))
    if purposes is not None:
        found.append((x509.ExtendedKeyUsage(purposes), False))
    if names:
        found.append((x509.SubjectAlternativeName(names), True))
    return [*found, *more]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLog:
    """A certificate transparency log."""

    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(
        default_factory=lambda: key("certificate log")
    )
    window: Window = ALWAYS

    @property
    def log_id(self):
        return hashlib.sha256(spki(self.private_key.public_key())).digest()

    def log(self):
        return Log(
            log_id=self.log_id,
            base_url="https://ct.example.test",
            public_key=self.private_key.public_key(),
            window=self.window,
        )

    def promise(self, precertificate, issuer, *, at=SIGNED_AT, extensions=b"", hashed=4):
        """Return an SCT in TLS's encoding (RFC 6962 §3.2, §3.3)."""
        stated = int(at * 1000).to_bytes(8, "big")
        tail = len(extensions).to_bytes(2, "big") + extensions
        key_hash = hashlib.sha256(spki(issuer.certificate.public_key())).digest()
        length = len(precertificate).to_bytes(3, "big")
        signed = b"\0\0" + stated + b"\0\1" + key_hash + length + precertificate + tail
        signature = sign(self.private_key, signed)
        algorithm = 1 if isinstance(self.private_key, rsa.RSAPrivateKey) else 3
        form = bytes([hashed, algorithm]) + len(signature).to_bytes(2, "big")
        return b"\0" + self.log_id + stated + tail + form + signature


def sign(private_key, data):
    """Sign by the one algorithm of the key's kind, with SHA-256 where the curve says none."""
    match private_key:
        case ec.EllipticCurvePrivateKey():
            hashed = {"secp384r1": hashes.SHA384(), "secp521r1": hashes.SHA512()}
            return private_key.sign(
                data, ec.ECDSA(hashed.get(private_key.curve.name, hashes.SHA256()))
            )
        case rsa.RSAPrivateKey():
            return private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        case _:
            return private_key.sign(data)


def sct_extension(scts):
    listed = b"".join(len(sct).to_bytes(2, "big") + sct for sct in scts)
    whole = len(listed).to_bytes(2, "big") + listed
    return x509.UnrecognizedExtension(SCT_LIST, asn1.encode_der(whole)), False


def signer(issuer, *, promises=None, logs=(), extensions=None, **changes):
    """Return a signing certificate, in `logs`, or with what `promises` makes of its bytes."""
    given = {"issuer": issuer, "serial": 77, "private_key": key("signer")} | changes
    plain = signer_extensions() if extensions is None else extensions
    logs = logs or ((CertificateLog(),) if promises is None else ())
    first = issue("", plain, **given).certificate.tbs_certificate_bytes
    scts = [log.promise(first, issuer) for log in logs]
    if promises is not None:
        scts = promises(first, issuer)
    return issue("", [*plain, sct_extension(scts)] if scts else plain, **given)


def timestamper(issuer, name="timestamper", *, purposes=None, critical=True, more=(), **changes):
    """Return a certificate that signs timestamps."""
    given = {"start": SIGNED_AT - 1e8, "end": SIGNED_AT + 1e8, "issuer": issuer}
    found = [
        (key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage(purposes or [ExtendedKeyUsageOID.TIME_STAMPING]), critical),
        *more,
    ]
    return issue(name, found, **(given | changes))


def value(der):
    return asn1.decode_der(asn1.TLV, der)


def algorithm(oid):
    return shapes.Algorithm(algorithm=oid, parameters=None)


def attribute(oid, *values):
    return shapes.Attribute(kind=oid, values=asn1.SetOf([value(der) for der in values]))


def names_certificate(certificate, *, digest=None, hashed=None, oid=SIGNING_CERTIFICATE_V2_OID):
    """Return the attribute that says which certificate signs (RFC 5035)."""
    entry = shapes.CertificateDigest(
        algorithm=hashed and algorithm(hashed),
        digest=digest or hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest(),
        issuer_serial=None,
    )
    named = shapes.SigningCertificate(certificates=[entry], policies=None)
    return attribute(oid, asn1.encode_der(named))


def timestamp_info(signed, *, at=SIGNED_AT, version=1, hashed=SHA256_OID, extensions=None):
    name = {SHA256_OID: "sha256", SHA384_OID: "sha384", SHA1_OID: "sha1"}[hashed]
    return asn1.encode_der(
        shapes.TimestampInfo(
            version=version,
            policy=x509.ObjectIdentifier("1.3.6.1.4.1.57264.2"),
            imprint=shapes.Imprint(
                algorithm=algorithm(hashed), digest=hashlib.new(name, signed).digest()
            ),
            serial_number=1,
            time=asn1.GeneralizedTime(moment(at)),
            accuracy=None,
            ordering=False,
            nonce=None,
            authority=None,
            extensions=extensions,
        )
    )


def stamp(
    signed,
    by,
    *,
    info=None,
    attributes=None,
    more=(),
    embedded=None,
    status=0,
    signature=None,
    signature_algorithm=None,
    digest_algorithm=SHA256_OID,
    named=None,
    signers=1,
    token_kind=SIGNED_DATA_OID,
    content_kind=TSTINFO_OID,
    **changes,
):
    """Return a TimeStampResp over `signed` by the holder `by`, in DER."""
    content = timestamp_info(signed, **changes) if info is None else info
    name = {SHA256_OID: "sha256", SHA384_OID: "sha384", SHA1_OID: "sha1"}[digest_algorithm]
    found = attributes or [
        attribute(CONTENT_TYPE_OID, asn1.encode_der(TSTINFO_OID)),
        attribute(MESSAGE_DIGEST_OID, asn1.encode_der(hashlib.new(name, content).digest())),
    ]
    signed_attributes = asn1.SetOf([*found, *more])
    made, known = sign_attributes(by.private_key, signed_attributes, name)
    certificate = by.certificate
    info = shapes.SignerInfo(
        version=1,
        signer=named
        or shapes.IssuerAndSerialNumber(
            issuer=value(certificate.issuer.public_bytes()),
            serial_number=certificate.serial_number,
        ),
        digest_algorithm=algorithm(digest_algorithm),
        signed_attributes=signed_attributes,
        signature_algorithm=algorithm(signature_algorithm or known),
        signature=made if signature is None else signature,
        unsigned_attributes=None,
    )
    data = shapes.SignedData(
        version=3,
        digest_algorithms=asn1.SetOf([algorithm(digest_algorithm)]),
        content=shapes.EncapsulatedContent(kind=content_kind, content=content),
        certificates=embedded and [value(c.public_bytes(Encoding.DER)) for c in embedded],
        revocations=None,
        signers=asn1.SetOf([info] * signers),
    )
    return asn1.encode_der(
        shapes.Response(
            status=shapes.Status(status=status, texts=None, failure=None),
            token=shapes.ContentInfo(kind=token_kind, content=data),
        )
    )


def sign_attributes(private_key, signed_attributes, name):
    whole = asn1.encode_der(shapes.SignedAttributes(attributes=signed_attributes))
    data = asn1.encode_der(asn1.decode_der(shapes.Only, whole).value)
    hashed = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha1": hashes.SHA1()}[name]
    match private_key:
        case ec.EllipticCurvePrivateKey():
            known = {"sha384": ECDSA_SHA384_OID}.get(name, ECDSA_SHA256_OID)
            return private_key.sign(data, ec.ECDSA(hashed)), known
        case rsa.RSAPrivateKey():
            return private_key.sign(data, padding.PKCS1v15(), hashed), RSA_OID
        case _:
            return private_key.sign(data), ED25519_OID


def rfc3339(seconds):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def encoded(der):
    return b64encode(der).decode()


def authority_json(*holders, **changes):
    """Return an authority as a trusted root writes it."""
    return {
        "subject": {"organization": "example", "commonName": "example"},
        "uri": "https://ca.example.test",
        "certChain": {"certificates": [{"rawBytes": encoded(holder.der)} for holder in holders]},
        "validFor": {"start": "2020-01-01T00:00:00Z"},
        **changes,
    }


def log_json(public_key, *, details="PKIX_ECDSA_P256_SHA_256", **changes):
    """Return a log as a trusted root writes it."""
    return {
        "baseUrl": "https://log.example.test",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": encoded(spki(public_key)),
            "keyDetails": details,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
        },
        "logId": {"keyId": encoded(hashlib.sha256(spki(public_key)).digest())},
        **changes,
    }


def trusted_root_json(**changes):
    """Return a whole trusted root as a document."""
    top = root()
    below = intermediate(top)
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [log_json(key("log").public_key())],
        "certificateAuthorities": [authority_json(below, top)],
        "ctlogs": [log_json(key("certificate log").public_key())],
        "timestampAuthorities": [authority_json(timestamper(top), top)],
        **changes,
    }


def dump(document):
    return json.dumps(document).encode()
