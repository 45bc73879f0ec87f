"""What is sent to publish one version, in npm's shape, and what comes back of it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.npm.publish_body import Access
from imprint.npm.ranges import is_dist_tag
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.npm.strict_json import Json
    from imprint.publish.packed import Packed

BUNDLE_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a version shall be published."""

    tag: str
    access: Access | None
    """None: as the package is, or as the registry has it for new ones."""
    stages: bool
    """Whether it waits for an owner's approval."""


def terms_of(packed: Packed, *, tag: str | None, access: str | None, stages: bool) -> Terms:
    """Return what was asked for, else what `publishConfig` says.

    Raises Malformed `invalid-dist-tag`, `prerelease-tag` (npm 11 refuses it as well),
    `malformed-package-json`.
    """
    chosen = tag or packed.setting("tag")
    if chosen is None and packed.version.is_prerelease:
        raise Malformed(
            "prerelease-tag",
            f"`{packed.version}` is a prerelease: without a dist-tag it would become `latest`",
            hint="name a dist-tag, such as `--tag next`",
        )
    chosen = chosen or "latest"
    if not is_dist_tag(chosen):
        raise Malformed(
            "invalid-dist-tag",
            f"dist-tag {quoted(chosen)} is none: one is a word, like `latest`, and no range",
        )
    wanted = access or packed.setting("access")
    try:
        allowed = None if wanted is None else Access(wanted)
    except ValueError as err:
        raise Malformed(
            "malformed-package-json",
            f"`publishConfig.access` is {quoted(wanted or '')}, expected `public` or `restricted`",
        ) from err
    return Terms(tag=chosen, access=allowed, stages=stages)


def publish_body(packed: Packed, terms: Terms, *, registry_url: str, bundle: str | None) -> bytes:
    """Return the body of npm's PUT, as `npm.publish_body` reads it.

    The bundle is sent as the text that it is, where npm's description of its API says base64.
    """
    name, version = str(packed.name), str(packed.version)
    stem = f"{name}-{version}"
    attachments: dict[str, Json] = {
        f"{stem}.tgz": {
            "content_type": "application/octet-stream",
            "data": base64.b64encode(packed.data).decode(),
            "length": len(packed.data),
        }
    }
    if bundle is not None:
        attachments[f"{stem}.sigstore"] = {
            "content_type": BUNDLE_TYPE,
            "data": bundle,
            "length": len(bundle),
        }
    file = f"{packed.name.file_stem}-{version}.tgz"
    manifest: dict[str, Json] = {
        **packed.tarball.package_json,
        "name": name,
        "version": version,
        "_id": f"{name}@{version}",
        "readme": packed.tarball.readme,
        "dist": {
            "integrity": packed.digests.integrity,
            "shasum": packed.digests.shasum,
            "tarball": f"{registry_url}{name}/-/{file}",
        },
    }
    document: dict[str, Json] = {
        "_id": name,
        "name": name,
        "dist-tags": {terms.tag: version},
        "versions": {version: manifest},
        "access": None if terms.access is None else terms.access.value,
        "_attachments": attachments,
    }
    return json.dumps(document).encode()


def stage_id_of(answer: bytes) -> str | None:
    """Return the id by which a staged version waits; None where nothing waits. Total."""
    try:
        return msgspec.json.decode(answer, type=_Answer).stage_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class _Answer(msgspec.Struct, frozen=True):
    stage_id: str | None = msgspec.field(name="stageId", default=None)
