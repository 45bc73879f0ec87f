"""A version lands: published or approved, it becomes part of its package, made where it must be."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.npm.names import PackageName, canonical
from imprint.npm.purls import package_url
from imprint.publishers.publications import publication_from_json, publication_to_json
from imprint.publishers.sentences import describe_publisher
from imprint.refusals import Refusal, Unavailable, quoted
from imprint.registry.attesting.judging import judge_demand
from imprint.registry.attesting.keeping import keep_attestations
from imprint.registry.attesting.publish_attestation import Published
from imprint.registry.names import name_refusal
from imprint.registry.publishing.marks import npm_user_of
from imprint.registry.signing.keys import keys_of
from imprint.storage import events, packages, publishers, staging, users
from imprint.storage.events import Event, Mail
from imprint.storage.packages import NewVersion
from imprint.storage.staging import Stager

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from imprint.publishers.publications import Publication
    from imprint.registry.context import Registry
    from imprint.registry.signing.signatures import Signed
    from imprint.storage.packages import Package
    from imprint.storage.staging import StagedVersion
    from imprint.storage.users import User

HOUR_SECONDS = 3600.0


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is complete and checked, and how it is to be kept."""

    name: PackageName
    package: Package | None
    """As it is in this transaction; None: it does not exist, and is created."""
    version: NewVersion
    dist_tags: tuple[str, ...]
    readme: str
    publication: Publication
    owner_ids: tuple[int, ...]
    """Who owns the package, should it be created now."""


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is kept."""

    attests: int | None
    """Its row, where the registry has yet to sign what it states of it."""


def land(registry: Registry, connection: Connection, landing: Landing) -> Landed | Refusal:
    """Keep the version and point the dist-tags at it; a refusal leaves nothing if rolled back.

    Raises Unavailable where the key that signed it has ended since.
    """
    now, name, package = registry.clock(), landing.name, landing.package
    _require_signer(connection, landing.version)
    if package is None or package.unpublished_at is not None:
        created = _create(registry, connection, landing, now=now)
        if isinstance(created, Refusal):
            return created
        package = created
    else:
        # What was staged before the package demanded it is asked for it, too.
        refusal = judge_demand(package, landing.publication) or _judge_access(package, landing)
        refusal = refusal or _judge_rate(registry, connection, package, now)
        if refusal is not None:
            return refusal
    if not packages.add_version(connection, package.id, landing.version):
        return Refusal(
            code="published-at-once",
            message=f"`{name}@{landing.version.version}` was published at the same moment",
        )
    # Sorted, so that two publications at once cannot wait for each other.
    for tag in sorted(landing.dist_tags):
        packages.set_tag(connection, package.id, tag, landing.version.version)
    if "latest" in landing.dist_tags or not package.readme:
        packages.update_package(connection, package.id, readme=landing.readme)
    packages.changed(connection, package.id, now=now)
    return Landed(attests=_attest(registry, connection, landing, package))


def land_staged(
    registry: Registry,
    connection: Connection,
    staged: StagedVersion,
    *,
    approver: User,
    signed: Signed | None,
) -> Landed | Refusal:
    """Publish a staged version, approved by `approver`; `signed` is what was signed of it."""
    publication = replace(publication_from_json(staged.evidence), approver=approver.name)
    name = PackageName.parse(staged.package_name)
    package = packages.find(connection, str(name))
    if package is not None and packages.version_of(connection, package.id, staged.version):
        return over_published(name, staged.version)
    owner_ids: tuple[int, ...] = (approver.id,)
    if staged.publisher_id is not None:
        owner_id = publishers.pending_owner(connection, staged.publisher_id)
        owner_ids = (approver.id,) if owner_id is None else (owner_id,)
    landing = Landing(
        name=name,
        package=package,
        version=NewVersion(
            version=staged.version,
            full=staged.full,
            corgi=staged.corgi,
            dist=staged.dist,
            npm_user=npm_user_of(publication, approver=approver),
            sha256=staged.sha256,
            sha512=staged.sha512,
            size_bytes=staged.size_bytes,
            access=staged.access,
            body_digest=staged.body_digest,
            evidence=publication_to_json(publication),
            bundle=staged.bundle,
            published_at=registry.clock(),
            signatures=None if signed is None else signed.document,
            signed_with=None if signed is None else signed.signed_with,
        ),
        dist_tags=staged.dist_tags,
        readme=staged.readme,
        publication=publication,
        owner_ids=owner_ids,
    )
    return land(registry, connection, landing)


def stager_of(publication: Publication) -> Stager:
    """Return by whom a staged version is known to be this publication's."""
    return Stager(publisher_id=publication.publisher_id, user=publication.user)


def over_published(name: PackageName, version: str) -> Refusal:
    """Return that this version exists, in the words that npm's users know."""
    return Refusal(
        code="version-exists",
        message=f"You cannot publish over the previously published versions: {version}.",
        hint=f"`{name}@{version}` is taken for ever: raise the version",
    )


def _require_signer(connection: Connection, version: NewVersion) -> None:
    """Let pass what a key that is still good has signed: it was, before this transaction."""
    key_id = version.signed_with
    if key_id is None or keys_of(connection).covers(key_id, version.published_at):
        return
    raise Unavailable(
        "signer-unavailable",
        f"the key `{key_id}` that signed `{version.version}` has ended at the same moment",
        hint="nothing is published unsigned: publish again",
    )


def _attest(
    registry: Registry, connection: Connection, landing: Landing, package: Package
) -> int | None:
    version = landing.version
    version_id = packages.version_id_of(connection, package.id, version.version)
    published = Published(
        name=str(landing.name),
        version=version.version,
        subject=package_url(landing.name, version.version),
        sha512=version.sha512,
        registry=registry.public_url,
        publication=landing.publication,
        published_at=version.published_at,
    )
    is_to_sign = keep_attestations(
        registry, connection, published, version_id=version_id, bundle=version.bundle
    )
    return version_id if is_to_sign else None


def _create(
    registry: Registry, connection: Connection, landing: Landing, *, now: float
) -> Package | Refusal:
    name = landing.name
    if (refusal := name_refusal(connection, name)) is not None:
        return refusal
    created = packages.create(
        connection,
        package_id=str(uuid.UUID(bytes=registry.random(16), version=4)),
        name=str(name),
        canonical=canonical(name),
        access=landing.version.access or "public",
        owner_ids=landing.owner_ids,
        now=now,
    )
    package = packages.find(connection, str(name))
    if not created or package is None:
        return Refusal(
            code="created-at-once",
            message=f"somebody else created `{name}` at the same moment",
            hint="publish again",
        )
    _reify(connection, landing, now=now)
    return package


def _reify(connection: Connection, landing: Landing, *, now: float) -> None:
    """Attach the pending publisher that creates the package, and drop all others for its name.

    So goes what others staged for it: its owners would find it among their own.
    """
    staging.reject_others(connection, str(landing.name), by=stager_of(landing.publication), now=now)
    name, creator = landing.name, landing.publication.publisher_id
    owner_names = [
        user.name
        for user_id in landing.owner_ids
        if (user := users.user_of_id(connection, user_id)) is not None
    ]
    data: Mapping[str, object] = {"package": str(name), "owners": owner_names}
    events.record(
        connection,
        _event("package-created", name, landing, data, now),
        _mails(connection, landing.owner_ids, "package-created", data),
    )
    for publisher in publishers.of_target(connection, str(name)):
        if not publisher.pending:
            continue
        if publisher.id == creator:
            publishers.reified(connection, publisher.id)
            continue
        owner_id = publishers.pending_owner(connection, publisher.id)
        publishers.remove(connection, publisher.id)
        about: Mapping[str, object] = {
            "package": str(name),
            "publisher": describe_publisher(publisher),
        }
        losers = () if owner_id is None else (owner_id,)
        events.record(
            connection,
            _event("pending-publisher-invalidated", name, landing, about, now),
            _mails(connection, losers, "pending-publisher-invalidated", about),
        )


def _judge_access(package: Package, landing: Landing) -> Refusal | None:
    asked = landing.version.access
    if asked is None or asked == package.access:
        return None
    # npm's own word for restricted is another one here.
    status = "public" if asked == "public" else "private"
    return Refusal(
        code="access-differs",
        message=f"`{package.name}` is {package.access}, the publication asks for {quoted(asked)}",
        hint=f"a publication does not change who may read: `npm access set status={status}"
        f" {package.name}`",
    )


def _judge_rate(
    registry: Registry, connection: Connection, package: Package, now: float
) -> Refusal | None:
    most = registry.publications_per_hour
    count = packages.count_versions_since(connection, package.id, since=now - HOUR_SECONDS)
    if count < most:
        return None
    return Refusal(
        code="too-many-publications",
        message=f"`{package.name}` had {most} publications within an hour: that is the most",
        hint="wait, and look whether a workflow publishes in a loop",
    )


def _mails(
    connection: Connection, user_ids: tuple[int, ...], template: str, data: Mapping[str, object]
) -> list[Mail]:
    found = [users.user_of_id(connection, user_id) for user_id in user_ids]
    return [
        Mail(recipient=user.email, template=template, data=data)
        for user in found
        if user is not None and user.email
    ]


def _event(
    kind: str, name: PackageName, landing: Landing, data: Mapping[str, object], now: float
) -> Event:
    publication = landing.publication
    return Event(
        kind=kind,
        package=str(name),
        actor=publication.publisher or publication.user or "",
        address=publication.publish_address,
        at=now,
        data=data,
    )
