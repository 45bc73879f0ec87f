"""Packuments, put together of fragments that were made when each version was published.

Nothing is parsed on the way but one manifest, the latest's, for the few fields that npm repeats at
the top. Not here: what a registry keeps, and who may read it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class PackumentVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version. The fragments are compact JSON objects, as `msgspec.json.encode` writes them."""

    version: str
    full: bytes
    """`manifests.ServedManifest.full`."""
    corgi: bytes
    """`manifests.ServedManifest.corgi`."""
    dist: bytes
    """`dist` without `tarball`, `signatures`, `attestations` and `imprint`."""
    signatures: bytes | None = None
    """`dist.signatures`, a JSON array; None: there are none."""
    attestations: bytes | None = None
    """`dist.attestations`, a JSON object; None: there are none that npm is told of."""
    imprint: bytes | None = None
    """`dist.imprint`, a JSON object: what this registry tells of a version beside npm's fields."""
    file_name: str | None = None
    """Of the tarball; None: `<name without scope>-<version>.tgz`."""
    npm_user: bytes | None = None
    """`_npmUser`."""
    deprecated: str | None = None
    published_at: float
    """Unix seconds."""


class PackumentParts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a packument is made of. Times are Unix seconds."""

    name: str
    revision: str
    """`_rev`."""
    dist_tags: Mapping[str, str]
    versions: Sequence[PackumentVersion]
    """In the order of publication."""
    created_at: float
    modified_at: float
    readme: str
    maintainers: bytes
    """A JSON array of `{name, email}`."""
    base_url: str
    """Of the registry, for tarball addresses; without a slash at its end."""


def render_full(parts: PackumentParts) -> bytes:
    """Return the document that installing npm, people and tools ask for."""
    name = msgspec.json.encode(parts.name)
    fields = [
        b'"_id":' + name,
        b'"_rev":' + msgspec.json.encode(parts.revision),
        b'"name":' + name,
        b'"dist-tags":' + msgspec.json.encode(dict(parts.dist_tags)),
        b'"versions":' + _versions(parts, _full_version),
        b'"time":' + _times(parts),
        b'"maintainers":' + parts.maintainers,
        *_display_fields(parts),
        b'"readme":' + msgspec.json.encode(parts.readme),
    ]
    return b"{" + b",".join(fields) + b"}"


def render_corgi(parts: PackumentParts) -> bytes:
    """Return the abbreviated document, `application/vnd.npm.install-v1+json`."""
    fields = [
        b'"name":' + msgspec.json.encode(parts.name),
        b'"dist-tags":' + msgspec.json.encode(dict(parts.dist_tags)),
        b'"modified":"' + iso(parts.modified_at).encode() + b'"',
        b'"versions":' + _versions(parts, _corgi_version),
    ]
    return b"{" + b",".join(fields) + b"}"


def render_manifest(parts: PackumentParts, version: PackumentVersion) -> bytes:
    """Return the manifest of one version, as it stands in the full document."""
    return _full_version(version, _dist(version, _tarball_prefix(parts)))


def iso(timestamp: float) -> str:
    """Return Unix seconds as npm writes times: UTC, milliseconds, `Z`."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class _Display(msgspec.Struct):
    """What a full packument repeats of its latest version, still encoded."""

    description: msgspec.Raw = msgspec.Raw()
    homepage: msgspec.Raw = msgspec.Raw()
    keywords: msgspec.Raw = msgspec.Raw()
    repository: msgspec.Raw = msgspec.Raw()
    author: msgspec.Raw = msgspec.Raw()
    contributors: msgspec.Raw = msgspec.Raw()
    bugs: msgspec.Raw = msgspec.Raw()
    license: msgspec.Raw = msgspec.Raw()


def _display_fields(parts: PackumentParts) -> list[bytes]:
    latest = parts.dist_tags.get("latest")
    for version in parts.versions:
        if version.version == latest:
            display = msgspec.json.decode(version.full, type=_Display)
            values = [(name, bytes(getattr(display, name))) for name in display.__struct_fields__]
            return [b'"%s":%s' % (name.encode(), value) for name, value in values if value]
    return []


def _versions(parts: PackumentParts, render: Callable[[PackumentVersion, bytes], bytes]) -> bytes:
    prefix = _tarball_prefix(parts)
    members = [
        b'"%s":%s' % (version.version.encode(), render(version, _dist(version, prefix)))
        for version in parts.versions
    ]
    return b"{" + b",".join(members) + b"}"


def _full_version(version: PackumentVersion, dist: bytes) -> bytes:
    members = [b'"dist":' + dist]
    if version.npm_user is not None:
        members.append(b'"_npmUser":' + version.npm_user)
    return _with(version.full, *members, *_deprecated(version))


def _corgi_version(version: PackumentVersion, dist: bytes) -> bytes:
    return _with(version.corgi, b'"dist":' + dist, *_deprecated(version))


def _deprecated(version: PackumentVersion) -> list[bytes]:
    if version.deprecated is None:
        return []
    return [b'"deprecated":' + msgspec.json.encode(version.deprecated)]


def _with(fragment: bytes, *members: bytes) -> bytes:
    """Return the object `fragment` with members added at its end."""
    head = fragment[:-1] if fragment == b"{}" else fragment[:-1] + b","
    return head + b",".join(members) + b"}"


def _tarball_prefix(parts: PackumentParts) -> str:
    return f"{parts.base_url}/{parts.name}/-/"


def _dist(version: PackumentVersion, prefix: str) -> bytes:
    stem = prefix.removesuffix("/-/").rpartition("/")[2]
    file_name = version.file_name or f"{stem}-{version.version}.tgz"
    members = [b'"tarball":' + msgspec.json.encode(prefix + file_name)]
    for name, value in (
        (b"signatures", version.signatures),
        (b"attestations", version.attestations),
        (b"imprint", version.imprint),
    ):
        if value is not None:
            members.append(b'"%s":%s' % (name, value))
    return _with(version.dist, *members)


def _times(parts: PackumentParts) -> bytes:
    times = {"created": iso(parts.created_at), "modified": iso(parts.modified_at)}
    times |= {version.version: iso(version.published_at) for version in parts.versions}
    return msgspec.json.encode(times)
