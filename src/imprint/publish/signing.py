"""Signing a statement with a key that is used once, by the run's certificate of a trust domain.

The bundle is judged by our own verifier, by that domain alone, before anybody gets it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from imprint.attestations.bundles import Envelope
from imprint.attestations.predicates import SLSA_V1
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.documents import Attestation
from imprint.attestations.single import Circumstances, judge_attestation
from imprint.attestations.verdicts import State
from imprint.publish.body import BUNDLE_TYPE
from imprint.refusals import Malformed, Refusal
from imprint.upstream.fetch import Fetcher
from imprint.upstream.sigstore.certificates import ask_for_certificate, audience_of
from imprint.upstream.sigstore.entries import log_envelope
from imprint.upstream.sigstore.timestamps import ask_for_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.attestations.domains import TrustDomain
    from imprint.attestations.statement_rules import ExpectedSubject
    from imprint.npm.strict_json import Json, JsonObject
    from imprint.publishers.credentials import Secret
    from imprint.upstream.trust.documents import SigningAddresses
    from imprint.upstream.trust.trust import Trust

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """An instance of sigstore that this run has its provenance signed by."""

    domain: TrustDomain
    addresses: SigningAddresses
    clock: Callable[[], float]

    @property
    def audience(self) -> str:
        """What its ID token has to be for: `imprint-authority:<host>`, never `sigstore`."""
        return audience_of(self.addresses.fulcio)


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that our own verifier takes."""

    bundle: str
    domain: str
    log_index: int | None
    """None: the domain has no log."""


def signer_of(trust: Trust, name: str, *, clock: Callable[[], float]) -> Signer:
    """Return the trust domain `name` as one to sign by; raises Malformed `no-signing-service`."""
    kept = trust.kept_domains.get(name)
    addresses = None if kept is None else kept.document.signing
    if kept is None or addresses is None or not (addresses.rekor or addresses.timestamp):
        fault = "is not known" if kept is None else "does not say where its services are"
        raise Malformed(
            "no-signing-service",
            f"trust domain `{name}` {fault}",
            hint="`imprint trust-roots update --file client_trust_config.json` tells imprint",
        )
    return Signer(domain=kept.domain, addresses=addresses, clock=clock)


def sign(
    statement: bytes, *, signer: Signer, id_token: Secret, subject: ExpectedSubject
) -> Signed | Refusal:
    """Sign and log a provenance statement, and verify what came of it.

    Refusal `provenance-unverified` where our own verifier does not take it. Raises Unavailable and
    Malformed as `upstream.sigstore` does.
    """
    bundle = asyncio.run(_bundle(statement, signer, id_token.reveal()))
    verdict = judge_attestation(
        Attestation(unverified_predicate_type=SLSA_V1, bundle=parse_bundle(bundle)),
        Circumstances(
            subject=subject,
            domains=(signer.domain,),
            keys=None,
            registry=None,
            now=signer.clock(),
        ),
    )
    if verdict.state is not State.VERIFIED or verdict.proof is None:
        return Refusal(
            code="provenance-unverified",
            message=f"what trust domain `{signer.domain.name}` signed does not verify:"
            f" {verdict.code}: {verdict.message}",
            hint="nothing was published; does the trust domain have this instance's root, and the"
            " CI among its issuers?",
            mismatches=tuple(m for finding in verdict.findings for m in finding.mismatches),
        )
    entries = verdict.proof.entries
    return Signed(
        bundle=bundle,
        domain=signer.domain.name,
        log_index=entries[0].log_index if entries else None,
    )


async def _bundle(statement: bytes, signer: Signer, id_token: str) -> str:
    key = generate_private_key(SECP256R1())
    addresses = signer.addresses
    async with Fetcher(by_proxy=True) as fetcher:
        found = await ask_for_certificate(fetcher, addresses.fulcio, id_token, key)
        content = Envelope(
            payload_type=PAYLOAD_TYPE, payload=statement, signature=b"", unverified_key_id=""
        )
        signature = key.sign(content.signed_bytes, ECDSA(SHA256()))
        envelope: JsonObject = {
            "payload": base64.b64encode(statement).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
        }
        material: JsonObject = {
            "certificate": {"rawBytes": base64.b64encode(found.certificate).decode()},
            "tlogEntries": [],
        }
        if addresses.rekor is not None:
            raw = json.dumps(envelope).encode()
            entry: Json = await log_envelope(fetcher, addresses.rekor, raw, found.pem)
            material["tlogEntries"] = [entry]
        elif addresses.timestamp is not None:
            stamp = await ask_for_timestamp(fetcher, addresses.timestamp, signature)
            stamped: Json = [{"signedTimestamp": base64.b64encode(stamp).decode()}]
            material["timestampVerificationData"] = {"rfc3161Timestamps": stamped}
    return json.dumps(
        {"mediaType": BUNDLE_TYPE, "verificationMaterial": material, "dsseEnvelope": envelope}
    )
