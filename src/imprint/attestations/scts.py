"""Whether a certificate is in certificate transparency logs (RFC 6962 §3.2). Not here: the chain.

A signed certificate timestamp (SCT) is a log's promise over the certificate as it was before the
promise was written into it, and over the key of the authority that issued it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.signatures import verifies_digest

if TYPE_CHECKING:
    from imprint.attestations.roots import Log
    from imprint.attestations.x509.certificates import EmbeddedPromise, X509Certificate

MAX_SCTS = 16


def verify_scts(
    leaf: X509Certificate,
    issuer: X509Certificate,
    certificate_logs: tuple[Log, ...],
    threshold: int,
) -> Rejection | None:
    """Return why the certificate is not proved to be logged (SCT), or None: it is.

    Every SCT that there is must be one of a known log while its window lasted, and there must be
    `threshold` of them, by as many logs. `issuer` is the certificate that issued `leaf`.
    """
    scts = leaf.promises
    if len(scts) > MAX_SCTS:
        return _rejection(f"has `{len(scts)}` SCTs: at most {MAX_SCTS} are read")
    if len({sct.log_id for sct in scts}) < threshold:
        return _rejection(f"is in `{len(scts)}` logs, expected `{threshold}`")
    if not scts:
        return None
    if leaf.precertificate is None:
        return _rejection("has no form in which a log could have signed it")
    length = len(leaf.precertificate).to_bytes(3, "big")
    entry = sha256(issuer.spki).digest() + length + leaf.precertificate
    for sct in scts:
        refused = _judge(sct, entry, certificate_logs)
        if refused is not None:
            return refused
    return None


def _judge(
    sct: EmbeddedPromise, entry: bytes, certificate_logs: tuple[Log, ...]
) -> Rejection | None:
    if sct.milliseconds is None:
        return _rejection("has an SCT that cannot be read")
    if not sct.is_usual:
        return _rejection("has an SCT of another kind than RFC 6962's")
    logs = [log for log in certificate_logs if log.log_id == sct.log_id]
    if not logs:
        return _rejection(f"is in the log `{sct.log_id.hex()}`, which the trusted root has not")
    logs = [log for log in logs if log.window.covers(sct.milliseconds / 1000)]
    if not logs:
        return _rejection(f"was logged by `{sct.log_id.hex()}` outside of that log's window")
    # Version 1, a certificate timestamp; when; a precertificate's entry; the SCT's extensions.
    moment = sct.milliseconds.to_bytes(8, "big")
    extensions = len(sct.extensions).to_bytes(2, "big") + sct.extensions
    digest = sha256(b"\x00\x00" + moment + b"\x00\x01" + entry + extensions).digest()
    if any(verifies_digest(log.public_key, sct.signature, digest, "sha256") for log in logs):
        return None
    return _rejection(f"has an SCT that the log `{sct.log_id.hex()}` did not sign")


def _rejection(what: str) -> Rejection:
    return Rejection(code=Code.SCT, message=f"signing certificate {what}")
