"""The registry's own statement about a version: what it saw of the publication, and signs.

In npm's shape, so that npm's clients take it (facts/wire.md §2.10), with a member `imprint` in its
predicate for what npm leaves unsigned: with what it was published, who approved it, from which run,
environment and ref. Not here: logging it, and when anybody is told of it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.attestations.bundles import Envelope
from imprint.attestations.predicates import PUBLISH_TYPE
from imprint.attestations.reading.statements import PAYLOAD_TYPE
from imprint.identity.workload import Visibility
from imprint.npm.packument import iso
from imprint.publishers.comparisons import known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.identity.workload import Workload
    from imprint.publishers.publications import Publication

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v0.1"
MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle+json;version=0.2"
SCHEMA: Final = 1


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and how it came to be."""

    name: str
    version: str
    subject: str
    """Its purl."""
    sha512: str
    """Of the tarball, hex."""
    registry: str
    """The registry's address, without a slash at its end."""
    publication: Publication
    published_at: float
    """Unix seconds; of a staged version when it was approved."""


def statement(published: Published, *, names_private_sources: bool) -> bytes:
    """Return the in-toto statement (v0.1) as JSON.

    The run is named where its repository is public, where the publisher has signed provenance that
    names it anyhow, or where `names_private_sources` says so: everybody who may read the package
    reads this, and a log may keep it.
    """
    publication = published.publication
    predicate = {
        "name": published.name,
        "version": published.version,
        "registry": published.registry,
        "imprint": {
            "schema": SCHEMA,
            "credential": publication.credential.value,
            "publisher": publication.publisher_id,
            "published": iso(published.published_at),
            "approval": _approval(published),
            "refProtected": _plain(publication.workload, "ref_protected"),
            "source": (
                _source(publication.workload)
                if names_private_sources or names_source(publication)
                else None
            ),
        },
    }
    return msgspec.json.encode(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": published.subject, "digest": {"sha512": published.sha512}}],
            "predicateType": PUBLISH_TYPE,
            "predicate": predicate,
        }
    )


def names_source(publication: Publication) -> bool:
    """Return whether everybody may know from which repository this was published."""
    workload = publication.workload
    if publication.provenance is not None:
        return True
    return workload is not None and workload.visibility is Visibility.PUBLIC


def sign_statement(payload: bytes, *, key_id: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the statement in a bundle v0.2 with no log entry yet; `sign` is the key's."""
    envelope = Envelope(
        payload_type=PAYLOAD_TYPE, payload=payload, signature=b"", unverified_key_id=key_id
    )
    signature = sign(envelope.signed_bytes)
    return msgspec.json.encode(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {
                "publicKey": {"hint": key_id},
                "tlogEntries": [],
                "timestampVerificationData": {"rfc3161Timestamps": []},
            },
            "dsseEnvelope": {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": key_id}],
            },
        }
    )


class _Material(msgspec.Struct):
    public_key: msgspec.Raw = msgspec.field(name="publicKey")
    entries: list[msgspec.Raw] = msgspec.field(name="tlogEntries")
    timestamps: msgspec.Raw = msgspec.field(name="timestampVerificationData")


class _Bundle(msgspec.Struct):
    media_type: str = msgspec.field(name="mediaType")
    material: _Material = msgspec.field(name="verificationMaterial")
    envelope: msgspec.Raw = msgspec.field(name="dsseEnvelope")


class _Envelope(msgspec.Struct):
    payload: str


def envelope_of(bundle: bytes) -> bytes:
    """Return the DSSE envelope of a bundle that was made here, as JSON: what is logged."""
    return bytes(msgspec.json.decode(bundle, type=_Bundle).envelope)


def payload_of(bundle: bytes) -> bytes:
    """Return the statement in a bundle that was made here."""
    envelope = msgspec.json.decode(envelope_of(bundle), type=_Envelope)
    return base64.b64decode(envelope.payload)


def with_entry(bundle: bytes, entry: Mapping[str, object]) -> bytes:
    """Return a bundle that was made here with its log entry, which takes the place of any other."""
    opened = msgspec.json.decode(bundle, type=_Bundle)
    opened.material.entries = [msgspec.Raw(msgspec.json.encode(entry))]
    return msgspec.json.encode(opened)


def _approval(published: Published) -> Mapping[str, object] | None:
    if published.publication.approver is None:
        return None
    return {"by": published.publication.approver, "at": iso(published.published_at)}


def _source(workload: Workload | None) -> Mapping[str, object] | None:
    if workload is None:
        return None
    return {
        "provider": workload.provider.value,
        "issuer": workload.issuer,
        "repository": _plain(workload, "repository"),
        "repositoryId": _plain(workload, "repository_id"),
        "ownerId": _plain(workload, "owner_id"),
        "callerWorkflow": _plain(workload, "caller_workflow_ref"),
        "calledWorkflow": _plain(workload, "called_workflow_ref"),
        "ref": _plain(workload, "ref"),
        "commit": _plain(workload, "commit"),
        "environment": _plain(workload, "environment"),
        "event": _plain(workload, "event"),
        "run": {
            "id": _plain(workload, "run_id"),
            "attempt": _plain(workload, "run_attempt"),
            "job": _plain(workload, "job_id"),
        },
    }


def _plain(workload: Workload | None, field: str) -> object:
    return None if workload is None else known(getattr(workload, field))
