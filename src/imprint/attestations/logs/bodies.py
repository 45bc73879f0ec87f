"""What a log entry says was signed: its body, of each kind that is logged for npm's attestations.

A log proves only that *something* was logged. The body ties that to this signature: it must name
the same bytes, the same signature and the same certificate or key, the last by its whole DER.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from imprint.attestations.bundles import MAX_BUNDLE_BYTES
from imprint.attestations.codes import Code
from imprint.attestations.reading.protobuf_json import (
    decode_base64,
    need_bytes,
    need_object,
    need_text,
    read_object,
    read_objects,
)
from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.attestations.bundles import LogEntry
    from imprint.npm.strict_json import JsonObject

MAX_BODY_DEPTH: Final = 12

_PEM_LABELS: Final = ("CERTIFICATE", "PUBLIC KEY")
_HASHES: Final[Mapping[str, str]] = MappingProxyType(
    {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
)


class Hashed(Enum):
    """Of what an entry holds the hash."""

    PAYLOAD = "payload"
    """The envelope's payload: kinds `intoto` and `dsse`."""
    SIGNED = "signed"
    """What the signature is over, the artifact or the envelope's encoding: `hashedrekord`."""


class LoggedSignature(NamedTuple):
    """A signature as a log has it."""

    hashed: Hashed
    algorithm: str
    """`sha256`, `sha384` or `sha512`."""
    digest: bytes
    signature: bytes
    verifier: bytes
    """DER of the certificate, or of the key (SubjectPublicKeyInfo)."""


def read_body(entry: LogEntry) -> LoggedSignature:
    """Read the body of an entry, whose kind must be the one that the bundle says.

    Raises Malformed `BODY`, whatever the body is.
    """
    try:
        return _read(entry)
    except Malformed as err:
        raise Malformed(Code.BODY, f"log entry `{entry.log_index}`: {err.message}") from err


def _read(entry: LogEntry) -> LoggedSignature:
    body = strict_json.parse_object(
        entry.body,
        max_bytes=MAX_BUNDLE_BYTES,
        max_depth=MAX_BODY_DEPTH,
        code=Code.BODY,
        what="body",
    )
    kind = (need_text(body, "kind"), need_text(body, "apiVersion"))
    if kind != (entry.kind, entry.kind_version):
        stated = quoted(f"{entry.kind} {entry.kind_version}")
        raise _malformed(f"the body is {quoted(' '.join(kind))}, and the bundle says {stated}")
    reader = _READERS.get(kind)
    if reader is None:
        known = ", ".join(f"`{name} {version}`" for name, version in _READERS)
        raise _malformed(f"the body is {quoted(' '.join(kind))}, expected one of {known}")
    return reader(need_object(body, "spec"))


def _read_intoto(spec: JsonObject) -> LoggedSignature:
    """Kind `intoto` 0.0.2: the signature is base64 twice; its `hash` is nobody's to compute.

    That one is over the envelope as the client spelled it.
    """
    content = need_object(spec, "content")
    signature = _only(need_object(content, "envelope"))
    spelled = need_bytes(signature, "sig")
    decoded = decode_base64(spelled.decode("latin-1"))
    if not decoded:
        raise _malformed("`sig` is not base64 within base64")
    algorithm, digest = _read_hash(need_object(content, "payloadHash"))
    return LoggedSignature(
        hashed=Hashed.PAYLOAD,
        algorithm=algorithm,
        digest=digest,
        signature=decoded,
        verifier=_pem(need_bytes(signature, "publicKey")),
    )


def _read_dsse(spec: JsonObject) -> LoggedSignature:
    """Kind `dsse` 0.0.1, whose `envelopeHash`, too, is over the client's spelling."""
    signature = _only(spec)
    algorithm, digest = _read_hash(need_object(spec, "payloadHash"))
    return LoggedSignature(
        hashed=Hashed.PAYLOAD,
        algorithm=algorithm,
        digest=digest,
        signature=need_bytes(signature, "signature"),
        verifier=_pem(need_bytes(signature, "verifier")),
    )


def _read_hashedrekord(spec: JsonObject) -> LoggedSignature:
    signature = need_object(spec, "signature")
    algorithm, digest = _read_hash(need_object(need_object(spec, "data"), "hash"))
    return LoggedSignature(
        hashed=Hashed.SIGNED,
        algorithm=algorithm,
        digest=digest,
        signature=need_bytes(signature, "content"),
        verifier=_pem(need_bytes(need_object(signature, "publicKey"), "content")),
    )


def _read_dsse_2(spec: JsonObject) -> LoggedSignature:
    spec = need_object(spec, "dsseV002")
    return _read_2(Hashed.PAYLOAD, need_object(spec, "payloadHash"), _only(spec))


def _read_hashedrekord_2(spec: JsonObject) -> LoggedSignature:
    spec = need_object(spec, "hashedRekordV002")
    return _read_2(Hashed.SIGNED, need_object(spec, "data"), need_object(spec, "signature"))


def _read_2(hashed: Hashed, digest: JsonObject, signature: JsonObject) -> LoggedSignature:
    """Kinds of Rekor v2 are protobuf's JSON (rekor-tiles, `api/proto/rekor/v2`)."""
    stated = need_text(digest, "algorithm")
    if stated not in _HASHES:
        raise _malformed(f"the hash is {quoted(stated)}, expected SHA-256, 384 or 512")
    verifier = need_object(signature, "verifier")
    certificate = read_object(verifier, "x509Certificate")
    key = read_object(verifier, "publicKey")
    if (certificate is None) == (key is None):
        raise _malformed("`verifier` has not exactly one of a certificate and a key")
    return LoggedSignature(
        hashed=hashed,
        algorithm=_HASHES[stated],
        digest=need_bytes(digest, "digest"),
        signature=need_bytes(signature, "content"),
        verifier=need_bytes(certificate or key or {}, "rawBytes"),
    )


def _only(parent: JsonObject) -> JsonObject:
    signatures = read_objects(parent, "signatures", most=1)
    if not signatures:
        raise _malformed("`signatures` is empty, expected exactly one")
    return signatures[0]


def _read_hash(value: JsonObject) -> tuple[str, bytes]:
    algorithm, digits = need_text(value, "algorithm"), need_text(value, "value")
    try:
        digest = bytes.fromhex(digits)
    except ValueError:
        digest = b""
    if algorithm not in _HASHES.values() or digest.hex() != digits:
        raise _malformed(f"the hash {quoted(algorithm)} is not one of SHA-2 in hex")
    return algorithm, digest


def _pem(raw: bytes) -> bytes:
    """Return the DER of the one certificate or key (RFC 7468)."""
    lines = raw.decode("latin-1").split()
    text = " ".join(lines)
    for label in _PEM_LABELS:
        begin, end = f"-----BEGIN {label}----- ", f" -----END {label}-----"
        if text.startswith(begin) and text.endswith(end):
            der = decode_base64(text[len(begin) : -len(end)].replace(" ", ""))
            if der:
                return der
    raise _malformed("the verifier is not one certificate or public key in PEM")


def _malformed(message: str) -> Malformed:
    return Malformed(Code.BODY, message)


_READERS: Final[Mapping[tuple[str, str], Callable[[JsonObject], LoggedSignature]]] = (
    MappingProxyType(
        {
            ("intoto", "0.0.2"): _read_intoto,
            ("dsse", "0.0.1"): _read_dsse,
            ("hashedrekord", "0.0.1"): _read_hashedrekord,
            ("dsse", "0.0.2"): _read_dsse_2,
            ("hashedrekord", "0.0.2"): _read_hashedrekord_2,
        }
    )
)
