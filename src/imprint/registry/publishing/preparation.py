"""A publication, checked in all its parts against each other, before anybody decides on it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.manifests import served_manifest
from imprint.npm.tarball import inspect

if TYPE_CHECKING:
    from imprint.npm.integrity import Digests
    from imprint.npm.manifests import ServedManifest
    from imprint.npm.names import PackageName
    from imprint.npm.publish_body import Publication
    from imprint.npm.tarball import Tarball
    from imprint.refusals import Refusal
    from imprint.registry.attesting.provenance import Proved
    from imprint.registry.signing.signatures import Signed


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A publication whose every part fits every other. Who sends it is another question."""

    name: PackageName
    version: str
    dist_tags: tuple[str, ...]
    access: str | None
    data: bytes
    """The tarball."""
    digests: Digests
    tarball: Tarball
    manifest: ServedManifest
    bundle: bytes | None
    proved: Proved | Refusal | None = None
    """What the bundle proves, or why it is not taken; None without one."""
    signed: Signed | None = None
    """What the registry signs of it, should it land."""

    @property
    def body_digest(self) -> str:
        """What must be equal for a repetition to be the same publication (decision 9)."""
        digest = hashlib.sha256(self.manifest.full)
        for part in (self.digests.sha512, *sorted(self.dist_tags), self.access or ""):
            digest.update(b"\0" + part.encode())
        digest.update(b"\0" + (self.bundle or b""))
        return digest.hexdigest()


def prepare(body: Publication) -> Prepared:
    """Look through the tarball and make the manifest; raises Malformed for what does not fit."""
    tarball = inspect(body.tarball)
    manifest = served_manifest(
        tarball, package=body.package, version=body.version, client=body.manifest
    )
    return Prepared(
        name=body.package,
        version=str(body.version),
        dist_tags=tuple(body.dist_tags),
        access=None if body.access is None else body.access.value,
        data=body.tarball,
        digests=body.digests,
        tarball=tarball,
        manifest=manifest,
        bundle=None if body.bundle is None else body.bundle.encode(),
    )
