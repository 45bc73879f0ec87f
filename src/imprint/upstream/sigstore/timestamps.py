"""Asking a timestamp authority (RFC 3161) to sign when it saw a signature."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1

from imprint.attestations.timestamp_tokens import read_timestamp
from imprint.refusals import Malformed
from imprint.upstream.sigstore import asking

if TYPE_CHECKING:
    from imprint.upstream.fetch import Fetcher

_WHAT: Final = "timestamp authority"
_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier, of one without parameters."""

    algorithm: x509.ObjectIdentifier


@asn1.sequence
class MessageImprint:
    """The digest of what is to be stamped (RFC 3161 §2.4.1)."""

    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Request:
    """TimeStampReq (§2.4.1). Without a nonce: a signature that is fresh has no older answers."""

    version: int
    imprint: MessageImprint
    wants_certificate: Annotated[bool, asn1.Default(value=False)]


async def ask_for_timestamp(
    fetcher: Fetcher,
    timestamp_url: str,
    signature: bytes,
    *,
    timeout_seconds: float = asking.TIMEOUT_SECONDS,
) -> bytes:
    """Return the TimeStampResp (DER) for a signature, as `rfc3161Timestamps` of a bundle has it.

    That it was granted, and over this signature, is checked here; who signed it, by whoever
    verifies the bundle. `timestamp_url` is the whole address. Raises Unavailable
    `sigstore-unavailable`, `sigstore-refused`; Malformed `malformed-sigstore-answer`.
    """
    digest = hashlib.sha256(signature).digest()
    imprint = MessageImprint(algorithm=Algorithm(algorithm=_SHA256), digest=digest)
    request = Request(version=1, imprint=imprint, wants_certificate=True)
    answer = await asking.post(
        fetcher,
        timestamp_url,
        asn1.encode_der(request),
        what=_WHAT,
        content_type="application/timestamp-query",
        accept="application/timestamp-reply",
        # The RFC says 200, sigstore's says 201.
        accepted=(HTTPStatus.OK, HTTPStatus.CREATED),
        timeout_seconds=timeout_seconds,
    )
    try:
        token = read_timestamp(answer.body)
    except Malformed as err:
        raise Malformed("malformed-sigstore-answer", f"the {_WHAT}: {err.message}") from err
    if (token.imprint_algorithm, token.imprint) != (_SHA256.dotted_string, digest):
        raise asking.malformed(_WHAT, "messageImprint", "that of the signature")
    return answer.body
