"""Logging a DSSE envelope in a transparency log (Rekor v1, kind `dsse` 0.0.1).

What comes back is an entry as bundles carry it. It is read, not verified: whoever makes a bundle
of it verifies the bundle by `attestations`, as everybody else does.
"""

from __future__ import annotations

import base64
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.npm.strict_json import Json, JsonObject
from imprint.refusals import Malformed
from imprint.upstream.sigstore import asking

if TYPE_CHECKING:
    from imprint.upstream.fetch import Fetcher

LoggedEntry: TypeAlias = dict[str, Json]
"""An item of a bundle's `tlogEntries` (sigstore `protobuf-specs`, `sigstore_rekor.proto`)."""

PATH: Final = "/api/v1/log/entries"
MAX_HASHES: Final = 64

_WHAT: Final = "transparency log"
_UUID: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{80}")
_HEX: Final = re.compile(r"([0-9a-f]{2})*")


async def log_envelope(
    fetcher: Fetcher,
    log_url: str,
    envelope: bytes,
    verifier_pem: bytes,
    *,
    timeout_seconds: float = asking.TIMEOUT_SECONDS,
) -> LoggedEntry:
    """Log an envelope and return its entry; one that is there already is fetched instead.

    `log_url` is the log's address without the API's path. `envelope` is the DSSE envelope as
    JSON, `verifier_pem` the certificate or the public key by which its signature verifies.
    Raises Unavailable `sigstore-unavailable`, `sigstore-refused`; Malformed
    `malformed-sigstore-answer`.
    """
    url = log_url.rstrip("/") + PATH
    answer = await asking.post(
        fetcher,
        url,
        _proposal(envelope, verifier_pem),
        what=_WHAT,
        accepted=(HTTPStatus.CREATED, HTTPStatus.CONFLICT),
        timeout_seconds=timeout_seconds,
    )
    if answer.status != HTTPStatus.CONFLICT:
        return read_entry(answer.body)
    # Of the address only the entry's name is taken: where the log is, is known.
    name = answer.location.rpartition("/")[2]
    if _UUID.fullmatch(name) is None:
        raise asking.malformed(_WHAT, "Location", "that of an entry")
    return read_entry(
        await asking.get(fetcher, f"{url}/{name}", what=_WHAT, timeout_seconds=timeout_seconds)
    )


def read_entry(raw: bytes) -> LoggedEntry:
    """Return the one entry of an answer of Rekor v1, in the form that bundles have.

    Raises Malformed `malformed-sigstore-answer`.
    """
    document = asking.read_object(raw, what=_WHAT)
    entries = list(document.values())
    if len(entries) != 1 or not isinstance(entries[0], dict):
        raise Malformed(
            "malformed-sigstore-answer",
            f"the {_WHAT} answered with `{len(entries)}` entries, expected one",
        )
    entry = entries[0]
    body = _text(entry, "body")
    logged: LoggedEntry = {
        "logIndex": _number(entry, "logIndex"),
        "logId": {"keyId": _from_hex(_text(entry, "logID"), "logID")},
        "kindVersion": _kind_of(body),
        "integratedTime": _number(entry, "integratedTime"),
    }
    verification = _object(entry, "verification")
    logged["inclusionPromise"] = {
        "signedEntryTimestamp": _text(verification, "signedEntryTimestamp")
    }
    logged["inclusionProof"] = _proof(_object(verification, "inclusionProof"))
    logged["canonicalizedBody"] = body
    return logged


def _proposal(envelope: bytes, verifier_pem: bytes) -> bytes:
    content = {
        "envelope": envelope.decode(),
        "verifiers": [base64.b64encode(verifier_pem).decode()],
    }
    proposal = {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}}
    return json.dumps(proposal).encode()


def _proof(proof: JsonObject) -> JsonObject:
    hashes = proof.get("hashes")
    if not isinstance(hashes, list) or len(hashes) > MAX_HASHES:
        raise asking.malformed(_WHAT, "hashes", f"a list of at most {MAX_HASHES}")
    return {
        "logIndex": _number(proof, "logIndex"),
        "rootHash": _from_hex(_text(proof, "rootHash"), "rootHash"),
        "treeSize": _number(proof, "treeSize"),
        "hashes": [_from_hex(item, "hashes") for item in hashes],
        "checkpoint": {"envelope": _text(proof, "checkpoint")},
    }


def _kind_of(body: str) -> JsonObject:
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError as err:
        raise asking.malformed(_WHAT, "body", "base64") from err
    stated = asking.read_object(raw, what=_WHAT)
    return {"kind": _text(stated, "kind"), "version": _text(stated, "apiVersion")}


def _object(container: JsonObject, name: str) -> JsonObject:
    value = container.get(name)
    if not isinstance(value, dict):
        raise asking.malformed(_WHAT, name, "an object")
    return value


def _text(container: JsonObject, name: str) -> str:
    value = container.get(name)
    if not isinstance(value, str) or not value:
        raise asking.malformed(_WHAT, name, "a text")
    return value


def _number(container: JsonObject, name: str) -> str:
    """Return a number as the text that JSON of protobuf has for 64 bits."""
    value = container.get(name)
    if type(value) is not int or value < 0:
        raise asking.malformed(_WHAT, name, "a number")
    return str(value)


def _from_hex(value: Json, name: str) -> str:
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise asking.malformed(_WHAT, name, "lower-case hex")
    return base64.b64encode(bytes.fromhex(value)).decode()
