"""What clients propose for a log → the body that is logged, once its signature was verified."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from imprint.attestations.bundles import Envelope
from tests.authority.keys import text64
from tests.authority.log import canonical


class Refused(ValueError):
    """A proposal that is not logged."""


def body_of(proposal: dict[str, Any]) -> bytes:
    """Return the canonical body for a proposed `dsse`, `intoto` or `hashedrekord` of Rekor v1."""
    makers = {
        ("dsse", "0.0.1"): _dsse,
        ("intoto", "0.0.2"): _intoto,
        ("hashedrekord", "0.0.1"): _hashedrekord,
    }
    kind, version = proposal["kind"], proposal["apiVersion"]
    make = makers.get((kind, version))
    if make is None:
        raise Refused(f"the log takes no {kind} {version}")
    return canonical({"apiVersion": version, "kind": kind, "spec": make(proposal["spec"])})


def dsse_body(envelope: dict[str, Any], verifier: bytes) -> bytes:
    """Return the body that a log keeps for an envelope; `verifier` is PEM."""
    content = {"envelope": json.dumps(envelope), "verifiers": [text64(verifier)]}
    spec = {"proposedContent": content}
    return body_of({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})


def intoto_body(envelope: dict[str, Any], verifier: bytes) -> bytes:
    """Return the body for an envelope as npm 10 proposes it: everything encoded once more."""
    signature = envelope["signatures"][0]
    twice = {
        "sig": text64(signature["sig"].encode()),
        "publicKey": text64(verifier),
        **({"keyid": signature["keyid"]} if signature.get("keyid") else {}),
    }
    hashed = {
        "payloadType": envelope["payloadType"],
        "payload": envelope["payload"],
        "signatures": [
            {
                **({"keyid": signature["keyid"]} if signature.get("keyid") else {}),
                "publicKey": verifier.decode(),
                "sig": signature["sig"],
            }
        ],
    }
    content = {
        "envelope": {
            "payloadType": envelope["payloadType"],
            "payload": text64(envelope["payload"].encode()),
            "signatures": [twice],
        },
        "hash": _sha256(canonical(hashed)),
        "payloadHash": _sha256(base64.b64decode(envelope["payload"])),
    }
    return body_of({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}})


def hashedrekord_body(digest: bytes, signature: bytes, verifier: bytes) -> bytes:
    """Return the body for a signature over something with this sha256."""
    spec = {
        "data": {"hash": {"algorithm": "sha256", "value": digest.hex()}},
        "signature": {"content": text64(signature), "publicKey": {"content": text64(verifier)}},
    }
    return body_of({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})


def rekor_v2_body(signed: bytes, signature: bytes, verifier: dict[str, Any]) -> bytes:
    """Return a `hashedrekord` 0.0.2: a log of the second version keeps envelopes so, too.

    `signed` is what the signature is over, for an envelope its PAE; `verifier` is a `Verifier` of
    `rekor/v2/verifier.proto`.
    """
    data = {"algorithm": "SHA2_256", "digest": text64(hashlib.sha256(signed).digest())}
    record = {"data": data, "signature": {"content": text64(signature), "verifier": verifier}}
    spec = {"hashedRekordV002": record}
    return canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": spec})


def _dsse(spec: dict[str, Any]) -> dict[str, Any]:
    text = spec["proposedContent"]["envelope"]
    (verifier,) = spec["proposedContent"]["verifiers"]
    envelope = json.loads(text)
    payload = base64.b64decode(envelope["payload"])
    signature = _check(envelope["payloadType"], payload, envelope["signatures"], verifier)
    return {
        "envelopeHash": _sha256(text.encode()),
        "payloadHash": _sha256(payload),
        "signatures": [{"signature": signature, "verifier": verifier}],
    }


def _intoto(spec: dict[str, Any]) -> dict[str, Any]:
    content = spec["content"]
    envelope = content["envelope"]
    (signature,) = envelope["signatures"]
    payload = base64.b64decode(base64.b64decode(envelope["payload"]))
    once = {"sig": base64.b64decode(signature["sig"]).decode()}
    _check(envelope["payloadType"], payload, [once], signature["publicKey"])
    if content["payloadHash"] != _sha256(payload):
        raise Refused("the payload has another hash")
    kept = {"payloadType": envelope["payloadType"], "signatures": [signature]}
    return {
        "content": {
            "envelope": kept,
            "hash": content["hash"],
            "payloadHash": content["payloadHash"],
        }
    }


def _hashedrekord(spec: dict[str, Any]) -> dict[str, Any]:
    digest = bytes.fromhex(spec["data"]["hash"]["value"])
    key = _key_of(base64.b64decode(spec["signature"]["publicKey"]["content"]))
    signature = base64.b64decode(spec["signature"]["content"])
    try:
        key.verify(signature, digest, ECDSA(Prehashed(SHA256())))
    except InvalidSignature as err:
        raise Refused("the signature is not that key's") from err
    return spec


def _check(kind: str, payload: bytes, signatures: list[dict[str, str]], verifier: str) -> str:
    """Verify the one signature of an envelope, and return it."""
    (signature,) = signatures
    raw = base64.b64decode(signature["sig"])
    envelope = Envelope(payload_type=kind, payload=payload, signature=raw, unverified_key_id="")
    try:
        _key_of(base64.b64decode(verifier)).verify(raw, envelope.signed_bytes, ECDSA(SHA256()))
    except InvalidSignature as err:
        raise Refused("the signature is not that key's") from err
    return signature["sig"]


def _key_of(verifier: bytes) -> EllipticCurvePublicKey:
    is_certificate = verifier.startswith(b"-----BEGIN CERTIFICATE-----")
    key = (
        x509.load_pem_x509_certificate(verifier).public_key()
        if is_certificate
        else load_pem_public_key(verifier)
    )
    if not isinstance(key, EllipticCurvePublicKey):
        raise Refused("the log takes P-256 only")
    return key


def _sha256(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}
