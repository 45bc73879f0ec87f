"""JSON → Bundle: every generation that npm ever stored (attestation facts, §1), strictly.

Sizes are bounded before anything is parsed. Not here: whether any of it is true.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from imprint.attestations.bundles import (
    MAX_BUNDLE_BYTES,
    MAX_CERTIFICATE_BYTES,
    MAX_CERTIFICATES,
    MAX_LOG_ENTRIES,
    MAX_PROOF_HASHES,
    MAX_TIMESTAMPS,
    Bundle,
    CertificateMaterial,
    Content,
    Envelope,
    InclusionProof,
    KeyMaterial,
    LogEntry,
    Material,
    MessageSignature,
)
from imprint.attestations.codes import Code
from imprint.attestations.reading.protobuf_json import (
    malformed,
    need_bytes,
    need_object,
    need_text,
    read_bytes,
    read_bytes_list,
    read_integer,
    read_object,
    read_objects,
    read_text,
)
from imprint.npm import strict_json
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.strict_json import JsonObject

MAX_BUNDLE_DEPTH: Final = 16
"""Real bundles have a depth of 6; npm's document adds 3."""

_VERSIONS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "application/vnd.dev.sigstore.bundle+json;version=0.1": (0, 1),
        "application/vnd.dev.sigstore.bundle+json;version=0.2": (0, 2),
        "application/vnd.dev.sigstore.bundle+json;version=0.3": (0, 3),
        "application/vnd.dev.sigstore.bundle.v0.3+json": (0, 3),
    }
)
_SINGLE_CERTIFICATE: Final = (0, 3)
"""From this version on a bundle has one certificate, and before it a chain."""


def parse_bundle(raw: bytes | str) -> Bundle:
    """Read one sigstore bundle. Raises Malformed `FORMAT`, whatever the input is."""
    if len(raw) > MAX_BUNDLE_BYTES:
        raise malformed(f"the bundle has `{len(raw)}` bytes, expected at most `{MAX_BUNDLE_BYTES}`")
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")  # a lone surrogate is refused as no UTF-8
    return read_bundle(
        strict_json.parse_object(
            raw,
            max_bytes=MAX_BUNDLE_BYTES,
            max_depth=MAX_BUNDLE_DEPTH,
            code=Code.FORMAT,
            what="bundle",
        )
    )


def read_bundle(document: JsonObject) -> Bundle:
    """Read a bundle that was decoded already, as a part of npm's document. Raises as above."""
    media_type = need_text(document, "mediaType")
    version = _VERSIONS.get(media_type)
    if version is None:
        raise malformed(
            f"`mediaType` is {quoted(media_type)}, expected that of a bundle of version 0.1 to 0.3"
        )
    material = need_object(document, "verificationMaterial")
    timestamps = read_object(material, "timestampVerificationData") or {}
    return Bundle(
        version=version,
        material=_read_material(material, version),
        entries=tuple(
            _read_entry(entry)
            for entry in read_objects(material, "tlogEntries", most=MAX_LOG_ENTRIES)
        ),
        timestamps=tuple(
            need_bytes(timestamp, "signedTimestamp")
            for timestamp in read_objects(timestamps, "rfc3161Timestamps", most=MAX_TIMESTAMPS)
        ),
        content=_read_content(document),
    )


def _read_material(material: JsonObject, version: tuple[int, int]) -> Material:
    key = read_object(material, "publicKey")
    certificate = read_object(material, "certificate")
    chain = read_object(material, "x509CertificateChain")
    if sum(found is not None for found in (key, certificate, chain)) != 1:
        raise malformed("the bundle has not exactly one of a certificate, a chain and a key hint")
    if key is not None:
        return KeyMaterial(hint=read_text(key, "hint"))
    if certificate is not None:
        if version < _SINGLE_CERTIFICATE:
            raise malformed("`certificate` is in a bundle before 0.3, expected a chain")
        return CertificateMaterial(certificates=(_read_certificate(certificate),))
    if version >= _SINGLE_CERTIFICATE:
        raise malformed("`x509CertificateChain` is in a bundle of 0.3, expected `certificate`")
    certificates = read_objects(chain or {}, "certificates", most=MAX_CERTIFICATES)
    if not certificates:
        raise malformed("`certificates` is empty, expected the signing certificate")
    return CertificateMaterial(certificates=tuple(map(_read_certificate, certificates)))


def _read_certificate(certificate: JsonObject) -> bytes:
    return need_bytes(certificate, "rawBytes", most=MAX_CERTIFICATE_BYTES)


def _read_entry(entry: JsonObject) -> LogEntry:
    kind = read_object(entry, "kindVersion") or {}
    promise = read_object(entry, "inclusionPromise") or {}
    proof = read_object(entry, "inclusionProof")
    return LogEntry(
        log_id=need_bytes(need_object(entry, "logId"), "keyId"),
        log_index=read_integer(entry, "logIndex"),
        kind=read_text(kind, "kind"),
        kind_version=read_text(kind, "version"),
        integrated_time=read_integer(entry, "integratedTime"),
        promise=read_bytes(promise, "signedEntryTimestamp") or None,
        proof=None if proof is None else _read_proof(proof),
        body=need_bytes(entry, "canonicalizedBody"),
    )


def _read_proof(proof: JsonObject) -> InclusionProof:
    return InclusionProof(
        log_index=read_integer(proof, "logIndex"),
        root_hash=read_bytes(proof, "rootHash"),
        tree_size=read_integer(proof, "treeSize"),
        hashes=read_bytes_list(proof, "hashes", most=MAX_PROOF_HASHES),
        checkpoint=read_text(read_object(proof, "checkpoint") or {}, "envelope"),
    )


def _read_content(document: JsonObject) -> Content:
    envelope = read_object(document, "dsseEnvelope")
    message = read_object(document, "messageSignature")
    if envelope is not None and message is None:
        return _read_envelope(envelope)
    if message is not None and envelope is None:
        return _read_message(message)
    raise malformed("the bundle has not exactly one of `dsseEnvelope` and `messageSignature`")


def _read_envelope(envelope: JsonObject) -> Envelope:
    signatures = read_objects(envelope, "signatures", most=MAX_LOG_ENTRIES)
    if len(signatures) != 1:
        raise malformed(f"the envelope has `{len(signatures)}` signatures, expected exactly one")
    return Envelope(
        payload_type=need_text(envelope, "payloadType"),
        payload=read_bytes(envelope, "payload"),
        signature=need_bytes(signatures[0], "sig"),
        unverified_key_id=read_text(signatures[0], "keyid"),
    )


def _read_message(message: JsonObject) -> MessageSignature:
    digest = read_object(message, "messageDigest") or {}
    return MessageSignature(
        digest_algorithm=read_text(digest, "algorithm"),
        digest=read_bytes(digest, "digest"),
        signature=need_bytes(message, "signature"),
    )
