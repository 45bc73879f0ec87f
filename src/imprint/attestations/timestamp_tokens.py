"""A signed timestamp, from DER to what it says. Nothing is proved here: `timestamps` does that."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from cryptography.hazmat import asn1

from imprint.attestations import timestamp_shapes as shapes
from imprint.attestations.codes import Code
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = TypeVar("Shape")

MAX_TIMESTAMP_BYTES = 32_768
"""With the certificates of its authority one has about 6 kB."""
MAX_TIMESTAMP_CERTIFICATES = 8

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
TIMESTAMP_INFO: Final = "1.2.840.113549.1.9.16.1.4"

_GRANTED: Final = (0, 1)
"""RFC 3161 §2.4.2: `granted` and `grantedWithMods`; with any other status nothing was signed."""
_VERSION: Final = 1


class UnverifiedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a timestamp says; algorithms and kinds are object identifiers."""

    moment: float
    """Unix seconds."""
    imprint_algorithm: str
    imprint: bytes
    content: bytes
    """The TSTInfo that says all this, as its digest is signed."""
    signer: bytes | int
    """Key identifier, or serial number, of the certificate that should verify it."""
    issuer: bytes | None
    """The name of who issued that certificate, DER; with a key identifier there is none."""
    attributes: Mapping[str, bytes]
    """The signed attributes, each with its one value in DER."""
    signed_bytes: bytes
    """The attributes as they are signed."""
    digest_algorithm: str
    signature_algorithm: str
    signature: bytes
    certificates: tuple[bytes, ...]
    """What came along, DER, not read yet: seldom is one needed."""


def read_timestamp(raw: bytes) -> UnverifiedToken:
    """Return what a TimeStampResp in DER says (RFC 3161 §2.4.2). Raises Malformed `TSA`."""
    if len(raw) > MAX_TIMESTAMP_BYTES:
        raise malformed(f"has {len(raw)} bytes: at most {MAX_TIMESTAMP_BYTES} are read")
    response = decode(shapes.Response, raw, "a TimeStampResp")
    if response.status.status not in _GRANTED or response.token is None:
        raise malformed("was not granted by its authority")
    signed = response.token.content
    kinds = (response.token.kind.dotted_string, signed.content.kind.dotted_string)
    if kinds != (SIGNED_DATA, TIMESTAMP_INFO):
        raise malformed("is no signed TSTInfo")
    signers = signed.signers.as_list()
    if len(signers) != 1:
        raise malformed(f"has `{len(signers)}` signers, expected one")
    certificates = tuple(asn1.encode_der(entry) for entry in signed.certificates or ())
    if len(certificates) > MAX_TIMESTAMP_CERTIFICATES:
        raise malformed(f"has `{len(certificates)}` certificates")
    return _token(
        decode(shapes.TimestampInfo, signed.content.content, "a TSTInfo"),
        signed.content.content,
        signers[0],
        certificates,
    )


def decode(shape: type[Shape], der: bytes, what: str) -> Shape:
    """Return the value of that shape that `der` is, all of it. Raises Malformed `TSA`."""
    try:
        return asn1.decode_der(shape, der)
    except (OverflowError, TypeError, ValueError) as err:
        raise malformed(f"is not {what} in DER") from err


def malformed(what: str) -> Malformed:
    """Return what to raise where a timestamp is not one: `what` follows its name."""
    return Malformed(Code.TSA, f"signed timestamp {what}")


def _token(
    info: shapes.TimestampInfo,
    content: bytes,
    signer: shapes.SignerInfo,
    certificates: tuple[bytes, ...],
) -> UnverifiedToken:
    if info.version != _VERSION:
        raise malformed(f"has version `{info.version}`, expected 1")
    if info.extensions is not None:
        raise malformed("has extensions, which nobody here understands")
    named: bytes | int
    if isinstance(signer.signer, bytes):
        named, issuer = signer.signer, None
    else:
        named, issuer = signer.signer.serial_number, asn1.encode_der(signer.signer.issuer)
    return UnverifiedToken(
        moment=info.time.as_datetime().timestamp(),
        imprint_algorithm=info.imprint.algorithm.algorithm.dotted_string,
        imprint=info.imprint.digest,
        content=content,
        signer=named,
        issuer=issuer,
        attributes=_attributes(signer),
        signed_bytes=_signed_bytes(signer),
        digest_algorithm=signer.digest_algorithm.algorithm.dotted_string,
        signature_algorithm=signer.signature_algorithm.algorithm.dotted_string,
        signature=signer.signature,
        certificates=certificates,
    )


def _attributes(signer: shapes.SignerInfo) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for attribute in signer.signed_attributes.as_list():
        kind, values = attribute.kind.dotted_string, attribute.values.as_list()
        # RFC 5652 §11: each of those that are read here is there once, with one value.
        if kind in found or len(values) != 1:
            raise malformed("has a signed attribute twice, or with several values")
        found[kind] = asn1.encode_der(values[0])
    return MappingProxyType(found)


def _signed_bytes(signer: shapes.SignerInfo) -> bytes:
    """Return the attributes under the tag that they are signed with (RFC 5652 §5.4).

    A SET OF has one encoding in DER, and only DER was read: these are the bytes that were read.
    """
    with_tag = asn1.encode_der(shapes.SignedAttributes(attributes=signer.signed_attributes))
    return asn1.encode_der(decode(shapes.Only, with_tag, "its attributes").value)
