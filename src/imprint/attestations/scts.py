"""Whether a certificate is in certificate transparency logs (RFC 6962 §3.2). Not here: the chain.

A signed certificate timestamp (SCT) is a log's promise over the certificate as it was before the
promise was written into it, and over the key of the authority that issued it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.certificate_transparency import LogEntryType, Version

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.signatures import verifies_digest

if TYPE_CHECKING:
    from cryptography.x509.certificate_transparency import SignedCertificateTimestamp

    from imprint.attestations.roots import Log

MAX_SCTS = 16

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def verify_scts(
    leaf: x509.Certificate,
    issuer: x509.Certificate,
    certificate_logs: tuple[Log, ...],
    threshold: int,
) -> Rejection | None:
    """Return why the certificate is not proved to be logged (SCT), or None: it is.

    Every SCT that there is must be one of a known log while its window lasted, and there must be
    `threshold` of them, by as many logs. `issuer` is the certificate that issued `leaf`.
    """
    scts = _embedded(leaf)
    if isinstance(scts, Rejection):
        return scts
    if len({sct.log_id for sct in scts}) < threshold:
        return _rejection(f"is in `{len(scts)}` logs, expected `{threshold}`")
    if not scts:
        return None
    try:
        precertificate = leaf.tbs_precertificate_bytes
        entry = _key_hash(issuer) + len(precertificate).to_bytes(3, "big") + precertificate
    except (OverflowError, UnsupportedAlgorithm, ValueError):
        return _rejection("has no form in which a log could have signed it")
    for sct in scts:
        refused = _judge(sct, entry, certificate_logs)
        if refused is not None:
            return refused
    return None


@lru_cache(maxsize=64)  # authorities are few, and writing a key out takes half of a P-256 check
def _key_hash(issuer: x509.Certificate) -> bytes:
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(key).digest()


def _embedded(leaf: x509.Certificate) -> list[SignedCertificateTimestamp] | Rejection:
    try:
        extension = leaf.extensions.get_extension_for_class(
            x509.PrecertificateSignedCertificateTimestamps
        )
    except x509.ExtensionNotFound:
        return []
    scts = list(extension.value)
    if len(scts) > MAX_SCTS:
        return _rejection(f"has `{len(scts)}` SCTs: at most {MAX_SCTS} are read")
    return scts


def _judge(
    sct: SignedCertificateTimestamp, entry: bytes, certificate_logs: tuple[Log, ...]
) -> Rejection | None:
    try:
        stated = sct.timestamp.replace(tzinfo=UTC) - _EPOCH
        form = (sct.version, sct.entry_type, type(sct.signature_hash_algorithm))
    except (OverflowError, UnsupportedAlgorithm, ValueError):
        return _rejection("has an SCT that cannot be read")
    # RFC 6962 §2.1.4: SHA-256 is the only hash.
    if form != (Version.v1, LogEntryType.PRE_CERTIFICATE, SHA256):
        return _rejection("has an SCT of another kind than RFC 6962's")
    logs = [log for log in certificate_logs if log.log_id == sct.log_id]
    if not logs:
        return _rejection(f"is in the log `{sct.log_id.hex()}`, which the trusted root has not")
    logs = [log for log in logs if log.window.covers(stated.total_seconds())]
    if not logs:
        return _rejection(f"was logged by `{sct.log_id.hex()}` outside of that log's window")
    # Version 1, a certificate timestamp; when; a precertificate's entry; the SCT's extensions.
    moment = (stated // _MILLISECOND).to_bytes(8, "big")
    extensions = len(sct.extension_bytes).to_bytes(2, "big") + sct.extension_bytes
    digest = sha256(b"\x00\x00" + moment + b"\x00\x01" + entry + extensions).digest()
    if any(verifies_digest(log.public_key, sct.signature, digest, "sha256") for log in logs):
        return None
    return _rejection(f"has an SCT that the log `{sct.log_id.hex()}` did not sign")


def _rejection(what: str) -> Rejection:
    return Rejection(code=Code.SCT, message=f"signing certificate {what}")
