"""Staging a checked version: complete, and waiting."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from imprint.refusals import Refusal
from imprint.registry.publishing.marks import dist_of, npm_user_of
from imprint.storage import staging
from imprint.storage.staging import StagedVersion

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.registry.publishing.authorisation import Authorised
    from imprint.registry.publishing.preparation import Prepared

MAX_ACTOR_CHARACTERS = 300


def stage_version(
    registry: Registry, connection: Connection, prepared: Prepared, authorised: Authorised
) -> str:
    """Keep the version as a staged one; returns its id."""
    digests, publication = prepared.digests, authorised.publication
    staged_id = str(uuid.UUID(bytes=registry.random(16), version=4))
    staging.add(
        connection,
        StagedVersion(
            id=staged_id,
            package_name=str(prepared.name),
            version=prepared.version,
            dist_tags=prepared.dist_tags,
            full=prepared.manifest.full,
            corgi=prepared.manifest.corgi,
            dist=dist_of(digests, prepared.tarball),
            npm_user=npm_user_of(publication, user=authorised.user),
            readme=prepared.manifest.readme,
            sha256=digests.sha256,
            sha512=digests.sha512,
            shasum=digests.shasum,
            size_bytes=len(prepared.data),
            access=prepared.access,
            body_digest=prepared.body_digest,
            evidence=authorised.evidence,
            bundle=prepared.bundle,
            reason="first-use" if authorised.first_use else "requested",
            actor=(publication.publisher or publication.user or "")[:MAX_ACTOR_CHARACTERS],
            actor_type="trusted automation" if authorised.credential is not None else "user",
            publisher_id=publication.publisher_id,
            created_at=registry.clock(),
        ),
    )
    return staged_id


def already_staged(name: PackageName, version: str, staged_id: str) -> Refusal:
    """Return that this version waits already: one version waits once."""
    return Refusal(
        code="version-staged",
        message=f"`{name}@{version}` is staged already and waits for an approval",
        hint=f"`npm stage reject {staged_id}` first, or raise the version",
    )
