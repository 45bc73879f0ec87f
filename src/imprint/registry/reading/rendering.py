"""From rows to the parts that a packument is rendered of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.packument import PackumentParts, PackumentVersion
from imprint.publishers.publications import credential_of
from imprint.registry.attesting.advertising import advertise
from imprint.registry.signing.keys import keys_of
from imprint.registry.signing.signatures import served
from imprint.registry.signing.windows import SigningKeys
from imprint.storage import attestations, packages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.registry.context import Registry
    from imprint.storage.attestations import KeptAttestation
    from imprint.storage.packages import Package, StoredVersion


def parts_of(registry: Registry, connection: Connection, package: Package) -> PackumentParts:
    """Return everything a packument of `package` is made of."""
    owners = packages.owners_of(connection, package.id)
    # Of this transaction, as the versions are: a signature of a key that clients are not told of
    # stops npm's whole audit. Without keys no signature is good.
    keys = SigningKeys(()) if registry.signing is None else keys_of(connection)
    kept = attestations.of_package(connection, package.id)
    return PackumentParts(
        name=package.name,
        revision=f"{package.generation}-{package.id.replace('-', '')}",
        dist_tags=packages.tags_of(connection, package.id),
        versions=tuple(
            _version(registry, package, row, keys=keys, kept=kept.get(row.id, ()))
            for row in packages.versions_of(connection, package.id)
        ),
        created_at=package.created_at,
        modified_at=package.changed_at,
        readme=package.readme,
        maintainers=msgspec.json.encode(
            [{"name": owner.name, "email": owner.email or ""} for owner in owners]
        ),
        base_url=registry.public_url,
    )


def _version(
    registry: Registry,
    package: Package,
    row: StoredVersion,
    *,
    keys: SigningKeys,
    kept: tuple[KeptAttestation, ...],
) -> PackumentVersion:
    told = advertise(
        kept,
        name=package.name,
        version=row.version,
        base_url=registry.public_url,
        policy=registry.attestation_policy,
        keys=keys,
        credential=credential_of(row.evidence),
    )
    return PackumentVersion(
        version=row.version,
        full=row.full,
        corgi=row.corgi,
        dist=row.dist,
        signatures=served(row.signatures, keys, published_at=row.published_at),
        attestations=told.attestations,
        imprint=told.imprint,
        npm_user=row.npm_user,
        deprecated=row.deprecated,
        published_at=row.published_at,
    )
