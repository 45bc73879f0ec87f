"""What registries serve for one version: npm's list of attestations, each with its bundle.

Not here: what has to be in such a document (`documents` judges that).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.attestations.bundles import MAX_BUNDLE_BYTES, Bundle
from imprint.attestations.codes import Code
from imprint.attestations.reading.bundles import MAX_BUNDLE_DEPTH, read_bundle
from imprint.attestations.reading.protobuf_json import malformed, need_object, need_text
from imprint.identity.claim_values import shown
from imprint.npm import strict_json
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.npm.strict_json import Json, JsonObject

MAX_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
MAX_ATTESTATIONS: Final = 16


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a document."""

    unverified_predicate_type: str
    """As the document's list says, which nobody signed; empty where it says none."""
    bundle: Bundle | Malformed
    """Or why it is none: one that cannot be read does not hide the others."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a registry serves about one version, in its order. May be empty."""

    attestations: tuple[Attestation, ...]


Stored: TypeAlias = Document | Bundle


def parse_document(raw: bytes) -> Document:
    """Read npm's `{"attestations": [{"predicateType", "bundle"}]}`. Raises Malformed `FORMAT`."""
    return _read_document(_parse(raw))


def parse_stored(raw: bytes) -> Stored:
    """Read a file that is either npm's document or a single bundle. Raises Malformed `FORMAT`.

    Which of both it is says the name `attestations`, which no bundle has.
    """
    document = _parse(raw)
    if "attestations" in document:
        return _read_document(document)
    if len(raw) > MAX_BUNDLE_BYTES:
        raise malformed(f"the bundle has `{len(raw)}` bytes, expected at most `{MAX_BUNDLE_BYTES}`")
    return read_bundle(document)


def _parse(raw: bytes) -> JsonObject:
    return strict_json.parse_object(
        raw,
        max_bytes=MAX_DOCUMENT_BYTES,
        max_depth=MAX_BUNDLE_DEPTH,
        code=Code.FORMAT,
        what="attestations document",
    )


def _read_document(document: JsonObject) -> Document:
    attestations = document.get("attestations")
    if not isinstance(attestations, list):
        raise malformed(f"`attestations` is {shown(attestations)}, expected a list")
    if len(attestations) > MAX_ATTESTATIONS:
        raise malformed(
            f"`attestations` has `{len(attestations)}` items, expected at most `{MAX_ATTESTATIONS}`"
        )
    return Document(attestations=tuple(map(_read_attestation, attestations)))


def _read_attestation(attestation: Json) -> Attestation:
    if not isinstance(attestation, dict):
        reason = malformed(f"an attestation is {shown(attestation)}, expected an object")
        return Attestation(unverified_predicate_type="", bundle=reason)
    predicate_type = attestation.get("predicateType")
    claimed = predicate_type if isinstance(predicate_type, str) else ""
    try:
        need_text(attestation, "predicateType")
        bundle: Bundle | Malformed = read_bundle(need_object(attestation, "bundle"))
    except Malformed as err:
        bundle = err
    return Attestation(unverified_predicate_type=claimed, bundle=bundle)
