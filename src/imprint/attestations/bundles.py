"""A sigstore bundle as data: what a signature is, and what shall prove it. Nothing is proved here.

Shapes: sigstore `protobuf-specs`, `sigstore_bundle.proto`. Reading one from JSON: `reading/`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

MAX_BUNDLE_BYTES = 256 * 1024
MAX_LOG_ENTRIES = 16
MAX_TIMESTAMPS = 32
MAX_PROOF_HASHES = 64
MAX_CERTIFICATES = 8
MAX_CERTIFICATE_BYTES = 16 * 1024


class CertificateMaterial(NamedTuple):
    """The signing certificate, and what came with it. Only the first is ever looked at."""

    certificates: tuple[bytes, ...]
    """DER, the leaf first; more than one only before v0.3."""


class KeyMaterial(NamedTuple):
    """The verifier is told which key by a hint; which keys there are it knows itself."""

    hint: str


Material: TypeAlias = CertificateMaterial | KeyMaterial


class Envelope(NamedTuple):
    """A DSSE envelope with its one signature."""

    payload_type: str
    payload: bytes
    signature: bytes
    unverified_key_id: str

    @property
    def signed_bytes(self) -> bytes:
        """The pre-authentication encoding (DSSE, protocol.md): what the signature is over."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


class MessageSignature(NamedTuple):
    """A signature over an artifact that is not in the bundle."""

    digest_algorithm: str
    """`SHA2_256`, `SHA2_384` or `SHA2_512`; empty: not stated."""
    digest: bytes
    signature: bytes


Content: TypeAlias = Envelope | MessageSignature


class InclusionProof(NamedTuple):
    """That an entry is in a tree (RFC 6962 §2.1.1), by the entry's own account."""

    log_index: int
    """Within this tree; the entry's own index counts over all shards of the log."""
    root_hash: bytes
    tree_size: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    """The signed note; empty where there is none."""


class LogEntry(NamedTuple):
    """One entry of a transparency log, as the bundle tells it."""

    log_id: bytes
    log_index: int
    kind: str
    kind_version: str
    integrated_time: int
    """Unix seconds; 0 where the log states none (Rekor v2)."""
    promise: bytes | None
    """The signed entry timestamp (SET)."""
    proof: InclusionProof | None
    body: bytes
    """The entry exactly as the log hashed it."""


class Bundle(NamedTuple):
    """One signature with everything that came to prove it."""

    version: tuple[int, int]
    """(0, 1), (0, 2) or (0, 3): the media type's."""
    material: Material
    entries: tuple[LogEntry, ...]
    timestamps: tuple[bytes, ...]
    """RFC 3161 responses, DER."""
    content: Content
