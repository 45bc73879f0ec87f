"""The bodies that publish, stage, deprecate and change owners, of all clients, once decoded.

`PUT /<package>` takes three kinds of documents; which one a body is follows from what it holds. Not
here: whether anyone may do it, and what is in the tarball.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from imprint.npm import strict_json
from imprint.npm.integrity import Digests
from imprint.npm.ranges import is_dist_tag
from imprint.npm.versions import Version
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.names import PackageName
    from imprint.npm.strict_json import Json, JsonObject

T = TypeVar("T")

MAX_BODY_BYTES = 100 * 1024 * 1024
MAX_BODY_DEPTH = 40
MAX_BUNDLE_BYTES = 1024 * 1024
MAX_BUNDLE_DEPTH = 32
MAX_DEPRECATION_CHARACTERS = 1024


class Access(StrEnum):
    """Who may install a package, in npm's words."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A new version. Names, versions, lengths and digests in the body agree with each other."""

    package: PackageName
    version: Version
    manifest: Mapping[str, Json]
    """What the client says of the version: nothing of it is proved."""
    tarball: bytes
    digests: Digests
    """Computed from `tarball`."""
    dist_tags: tuple[str, ...]
    """The tags that shall point to the version."""
    access: Access | None
    """None: as the package is, or as the registry has it for new ones."""
    bundle: str | None
    """The sigstore bundle as it was sent: a JSON object, otherwise unread."""


class Deprecations(msgspec.Struct, frozen=True, kw_only=True):
    """A whole packument sent back (npm deprecate; unpublishing one version). To be diffed."""

    package: PackageName
    revision: str | None
    """`_rev`: the packument that was edited."""
    messages: Mapping[str, str | None]
    """Every version of the document, with its message; None where it is not deprecated."""
    dist_tags: Mapping[str, str]


class MaintainersEdit(msgspec.Struct, frozen=True, kw_only=True):
    """The owners as they shall be (npm owner)."""

    package: PackageName
    revision: str | None
    names: tuple[str, ...]


def decode(
    raw: bytes, *, package: PackageName, max_bytes: int = MAX_BODY_BYTES
) -> Publication | Deprecations | MaintainersEdit:
    """Return what `raw` asks for; `package` is the one that the URL names.

    Raises Malformed: `malformed-json`, `json-too-deep`, `malformed-body`, `name-mismatch`,
    `version-mismatch`, `invalid-version`, `invalid-dist-tag`, `missing-tarball`, `attachment-name`,
    `attachment-encoding`, `attachment-length`, `malformed-integrity`, `integrity-mismatch`,
    `malformed-bundle`, `deprecation-too-long`.
    """
    value = strict_json.parse_object(
        raw,
        max_bytes=max_bytes,
        max_depth=MAX_BODY_DEPTH,
        code="malformed-json",
        deep_code="json-too-deep",
        what="request body",
    )
    document = _typed(value, _Document)
    for name in (document.name, document.id):
        if name is not None and name != str(package):
            raise _other_name(name, package)
    if document.attachments:
        return _publication(document, document.attachments, package)
    if document.versions:
        # A document that was read here before it was edited carries its revision.
        if document.revision is None and not _deprecates(document.versions):
            raise Malformed(
                "missing-tarball", "the request body has a version and no tarball for it"
            )
        return _deprecations(document, package)
    if document.maintainers is not None:
        maintainers = _typed(document.maintainers, list[_Maintainer])
        names = tuple(maintainer.name for maintainer in maintainers)
        return MaintainersEdit(package=package, revision=document.revision, names=names)
    raise Malformed(
        "malformed-body",
        "the request body asks for nothing: it has no tarball, versions or maintainers",
    )


class _Attachment(msgspec.Struct):
    data: str
    length: int | None = None


class _Maintainer(msgspec.Struct):
    name: str


class _Document(msgspec.Struct):
    name: str | None = None
    id: str | None = msgspec.field(name="_id", default=None)
    revision: str | None = msgspec.field(name="_rev", default=None)
    dist_tags: dict[str, str] = msgspec.field(name="dist-tags", default_factory=dict)
    versions: dict[str, dict[str, Any]] = {}
    access: str | None = None
    attachments: dict[str, _Attachment] = msgspec.field(name="_attachments", default_factory=dict)
    maintainers: Any = None


class _Dist(msgspec.Struct):
    integrity: str | None = None
    shasum: str | None = None


class _Manifest(msgspec.Struct):
    name: str
    version: str
    dist: _Dist | None = None


class _Deprecated(msgspec.Struct):
    deprecated: str | bool | None = None


def _typed(value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as err:
        fault = str(err)
        raise Malformed(
            "malformed-body", f"the request body is malformed: {fault[:1].lower()}{fault[1:]}"
        ) from err


def _other_name(name: str, package: PackageName) -> Malformed:
    return Malformed(
        "name-mismatch", f"the request body names {quoted(name)}: the URL names `{package}`"
    )


def _publication(
    document: _Document, attachments: Mapping[str, _Attachment], package: PackageName
) -> Publication:
    text, manifest = _only_version(document)
    version = Version.parse(text)
    said = _typed(manifest, _Manifest)
    if said.name != str(package):
        raise _other_name(said.name, package)
    if said.version != text:
        raise Malformed(
            "version-mismatch",
            f"the manifest has version {quoted(said.version)}: `{version}` is being published",
        )
    tarball = _tarball(attachments, f"{package}-{version}")
    digests = Digests.of(tarball)
    if said.dist is not None:
        if said.dist.integrity is not None:
            digests.require_integrity(said.dist.integrity)
        if said.dist.shasum is not None:
            digests.require_shasum(said.dist.shasum)
    return Publication(
        package=package,
        version=version,
        manifest=manifest,
        tarball=tarball,
        digests=digests,
        dist_tags=_dist_tags(document.dist_tags, text),
        access=_access(document.access),
        bundle=_bundle(attachments.get(f"{package}-{version}.sigstore")),
    )


def _only_version(document: _Document) -> tuple[str, JsonObject]:
    if len(document.versions) != 1:
        raise Malformed(
            "malformed-body",
            f"the request body has {len(document.versions)} versions: a publication has one",
        )
    return next(iter(document.versions.items()))


def _tarball(attachments: Mapping[str, _Attachment], stem: str) -> bytes:
    expected = {f"{stem}.tgz", f"{stem}.sigstore"}
    if unexpected := attachments.keys() - expected:
        raise Malformed(
            "attachment-name",
            f"attachment {quoted(min(unexpected))} is not of this version: "
            f"its tarball is called `{stem}.tgz`",
        )
    attachment = attachments.get(f"{stem}.tgz")
    if attachment is None:
        raise Malformed("missing-tarball", f"the request body has no attachment `{stem}.tgz`")
    try:
        tarball = msgspec.convert(attachment.data, bytes)
    except msgspec.ValidationError as err:
        raise Malformed("attachment-encoding", f"attachment `{stem}.tgz` is no base64") from err
    if attachment.length is not None and attachment.length != len(tarball):
        raise Malformed(
            "attachment-length",
            f"attachment `{stem}.tgz` has {len(tarball)} bytes: "
            f"its `length` says {attachment.length}",
        )
    return tarball


def _bundle(attachment: _Attachment | None) -> str | None:
    """Return the attached bundle: JSON as it is, where npm's description of its API says base64."""
    if attachment is None:
        return None
    encoded = attachment.data.encode()
    # JavaScript counts UTF-16 units, other clients bytes.
    lengths = (None, len(encoded), len(attachment.data.encode("utf-16-le")) // 2)
    if attachment.length not in lengths:
        raise Malformed(
            "attachment-length",
            f"the `.sigstore` attachment has {len(encoded)} bytes: "
            f"its `length` says {attachment.length}",
        )
    strict_json.parse_object(
        encoded,
        max_bytes=MAX_BUNDLE_BYTES,
        max_depth=MAX_BUNDLE_DEPTH,
        code="malformed-bundle",
        what="`.sigstore` attachment",
    )
    return attachment.data


def _access(text: str | None) -> Access | None:
    if text is None:
        return None
    try:
        return Access(text)
    except ValueError as err:
        raise Malformed(
            "malformed-body", f"access {quoted(text)} is none: it is `public` or `restricted`"
        ) from err


def _dist_tags(tags: Mapping[str, str], version: str) -> tuple[str, ...]:
    for tag, target in tags.items():
        if not is_dist_tag(tag):
            raise Malformed(
                "invalid-dist-tag",
                f"dist-tag {quoted(tag)} is none: one is a word, like `latest`, and no range",
            )
        if target != version:
            raise Malformed(
                "version-mismatch",
                f"dist-tag {quoted(tag)} points to {quoted(target)}: "
                f"`{version}` is being published",
            )
    return tuple(tags)


def _deprecates(versions: Mapping[str, JsonObject]) -> bool:
    return any("deprecated" in version for version in versions.values())


def _deprecations(document: _Document, package: PackageName) -> Deprecations:
    messages: dict[str, str | None] = {}
    for version, manifest in document.versions.items():
        # true says that there is a message, and has none.
        message = _typed(manifest, _Deprecated).deprecated or None
        if message is True:
            raise Malformed(
                "malformed-body", f"`deprecated` of {quoted(version)} is true: it is a message"
            )
        if message is not None and "\0" in message:
            raise Malformed(
                "malformed-body",
                f"`deprecated` of {quoted(version)} has a NUL in it: it is a message",
            )
        if message is not None and len(message) > MAX_DEPRECATION_CHARACTERS:
            raise Malformed(
                "deprecation-too-long",
                f"the deprecation message of {quoted(version)} has {len(message)} characters: "
                f"at most {MAX_DEPRECATION_CHARACTERS} are kept",
            )
        messages[str(Version.parse(version))] = message
    return Deprecations(
        package=package,
        revision=document.revision,
        messages=messages,
        dist_tags=document.dist_tags,
    )
