"""What a registry's packument says of its versions: claims, read leniently, proved by nothing.

Registries write odd shapes in fields that no client needs: such a field counts as not there. Not
here: writing packuments (`packument`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.strict_json import Json, JsonObject

MAX_PACKUMENT_BYTES = 256 * 1024 * 1024
MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_MANIFEST_DEPTH = 64
MAX_SIGNATURES = 16
CODE = "malformed-packument"
_SERVED = "verified"
"""The state in `dist.imprint` of an attestation that is served."""


class ClaimedSignature(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `dist.signatures`."""

    key_id: str
    signature: str
    """Base64."""


class ClaimedAttestations(msgspec.Struct, frozen=True, kw_only=True):
    """`dist.attestations`: that there are attestations, and where.

    An imprint registry tells of those that npm's clients could not verify in `dist.imprint`, each
    with its state: only what is verified is served, and so claimed.
    """

    url: str | None
    provenance_type: str | None
    """`provenance.predicateType`; None: no provenance is claimed."""
    has_publish: bool = True
    """Whether the registry's own attestation is claimed; in npm's shape it always is."""


class ClaimedPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """`_npmUser`: who published, by the registry's own account."""

    name: str | None
    trusted_publisher: str | None
    """`trustedPublisher.id`: the CI provider's name, where one published."""
    configuration_id: str | None
    """`trustedPublisher.oidcConfigId`."""
    approver: str | None


class PublishedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version as its registry describes it."""

    name: str
    version: str
    integrity: str | None
    """`dist.integrity`, an SRI text."""
    tarball: str | None
    """`dist.tarball`, an address."""
    signatures: tuple[ClaimedSignature, ...]
    attestations: ClaimedAttestations | None
    publisher: ClaimedPublisher | None
    repository: str | None
    """`repository`, or its `url`."""
    commit: str | None
    """`gitHead`."""
    published_at: float | None
    """Unix seconds, of the packument's unsigned `time`."""


class Packument(msgspec.Struct, frozen=True, kw_only=True):
    """A package's document, its versions still undecoded."""

    name: str
    dist_tags: Mapping[str, str]
    times: Mapping[str, str]
    raw_versions: Mapping[str, msgspec.Raw]

    def version(self, version: str) -> PublishedVersion | None:
        """Return what it says of `version`; None where there is no such. Raises Malformed."""
        raw = self.raw_versions.get(version)
        if raw is None:
            return None
        manifest = strict_json.parse_object(
            bytes(raw),
            max_bytes=MAX_MANIFEST_BYTES,
            max_depth=MAX_MANIFEST_DEPTH,
            code=CODE,
            what=f"packument's version {quoted(version)}",
        )
        if (manifest.get("name"), manifest.get("version")) != (self.name, version):
            raise Malformed(
                CODE, f"the packument's version {quoted(version)} is of another name or version"
            )
        return _published(manifest, self.name, version, moment_of(self.times.get(version)))


class _Document(msgspec.Struct):
    name: str
    versions: dict[str, msgspec.Raw] = {}
    dist_tags: dict[str, str] = msgspec.field(name="dist-tags", default_factory=dict)
    time: dict[str, msgspec.Raw] = {}


_DECODER = msgspec.json.Decoder(_Document)


def read_packument(raw: bytes, *, name: str) -> Packument:
    """Return the packument of `name`; raises Malformed (`malformed-packument`) for anything else.

    Of two members of one name the last counts, as it does for npm's clients.
    """
    try:
        if len(raw) > MAX_PACKUMENT_BYTES:
            raise _malformed(f"has {len(raw)} bytes: at most {MAX_PACKUMENT_BYTES} are read")
        document = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise _malformed(f"is none: {quoted(str(err))}") from err
    if document.name != name:
        raise _malformed(f"is of {quoted(document.name)}, expected {quoted(name)}")
    return Packument(
        name=document.name,
        dist_tags=document.dist_tags,
        times={version: _text_of(moment) for version, moment in document.time.items()},
        raw_versions=document.versions,
    )


def _published(
    manifest: JsonObject, name: str, version: str, published_at: float | None
) -> PublishedVersion:
    dist = _object(manifest.get("dist"))
    return PublishedVersion(
        name=name,
        version=version,
        integrity=_text(dist.get("integrity")),
        tarball=_text(dist.get("tarball")),
        signatures=_signatures(dist.get("signatures")),
        attestations=_attestations(dist.get("attestations")) or _told(dist.get("imprint")),
        publisher=_publisher(manifest.get("_npmUser")),
        repository=repository_of(manifest),
        commit=_text(manifest.get("gitHead")),
        published_at=published_at,
    )


def repository_of(manifest: JsonObject) -> str | None:
    """Return what a package.json or manifest names as its repository, as it is written."""
    repository = manifest.get("repository")
    return _text(repository) or _text(_object(repository).get("url"))


def _signatures(value: Json) -> tuple[ClaimedSignature, ...]:
    entries = [_object(entry) for entry in value] if isinstance(value, list) else []
    if len(entries) > MAX_SIGNATURES:
        raise _malformed(f"has {len(entries)} signatures of one version, expected a few")
    # One that is cut short must not be passed over: all signatures have to be good.
    return tuple(
        ClaimedSignature(key_id=_text(e.get("keyid")) or "", signature=_text(e.get("sig")) or "")
        for e in entries
    )


def _attestations(value: Json) -> ClaimedAttestations | None:
    if not isinstance(value, dict):
        return None
    provenance = _object(value.get("provenance"))
    return ClaimedAttestations(
        url=_text(value.get("url")), provenance_type=_text(provenance.get("predicateType"))
    )


def _told(value: Json) -> ClaimedAttestations | None:
    told = _object(_object(value).get("attestations"))
    provenance = _object(told.get("provenance"))
    is_provenance = provenance.get("state") == _SERVED
    is_publish = _object(told.get("publish")).get("state") == _SERVED
    if not is_provenance and not is_publish:
        return None
    provenance_type = _text(provenance.get("predicateType")) if is_provenance else None
    return ClaimedAttestations(url=None, provenance_type=provenance_type, has_publish=is_publish)


def _publisher(value: Json) -> ClaimedPublisher | None:
    if not isinstance(value, dict):
        return None
    trusted = _object(value.get("trustedPublisher"))
    return ClaimedPublisher(
        name=_text(value.get("name")),
        trusted_publisher=_text(trusted.get("id")),
        configuration_id=_text(trusted.get("oidcConfigId")),
        approver=_text(_object(value.get("approver")).get("name")),
    )


def moment_of(text: str | None) -> float | None:
    """Return a time of a packument in Unix seconds; None for what is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _text_of(raw: msgspec.Raw) -> str:
    # `time` has an object in it where versions were unpublished.
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.DecodeError:
        return ""


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _malformed(fault: str) -> Malformed:
    return Malformed(CODE, f"the packument {fault}")
