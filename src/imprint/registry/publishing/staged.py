"""Staged versions over npm's routes: list, view, download, approve, reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import empty_reply, json_reply
from imprint.npm.integrity import integrity_of
from imprint.npm.names import PackageName
from imprint.npm.packument import iso
from imprint.publishers.publications import publication_from_json
from imprint.publishers.sentences import describe_workload
from imprint.refusals import Refusal, quoted
from imprint.registry.authority.permissions import Newcomer, Ownership, owner_or_newcomer
from imprint.registry.authority.principals import NOT_AUTHENTICATED, TokenHolder, identify
from imprint.registry.outcomes import Outcome, Undone, refused
from imprint.registry.publishing.authorisation import switched_off
from imprint.registry.publishing.landing import land_staged
from imprint.registry.reading.reads import blob_reply
from imprint.registry.signing.signatures import sign_version
from imprint.storage import events, packages, publishers, staging
from imprint.storage.events import Event

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.http.routes import StagedItem
    from imprint.registry.context import Registry
    from imprint.registry.signing.signatures import Signed
    from imprint.storage.staging import StagedVersion

PAGE_SIZE = 100


def list_staged(registry: Registry, request: Request) -> Outcome:
    """`GET /-/stage`: what waits in the packages of whoever asks."""
    page = _number(request.parameter("page"), default=0, most=10_000)
    size = _number(request.parameter("perPage"), default=PAGE_SIZE, most=PAGE_SIZE)
    only = request.parameter("package")
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
        if isinstance(principal, Refusal):
            return refused(principal)
        if not isinstance(principal, TokenHolder):
            return refused(NOT_AUTHENTICATED)
        names = packages.names_owned_by(connection, principal.user.id)
        names += staging.names_to_be_owned_by(connection, principal.user.id)
        names = tuple(name for name in names if principal.is_for(PackageName.parse(name)))
        if only is not None:
            names = tuple(name for name in names if name == only)
        found, total = staging.page(connection, names, offset=page * size, limit=size)
    items = [_item(version) for version in found]
    return Outcome(json_reply({"items": items, "total": total, "page": page, "perPage": size}))


def view(registry: Registry, request: Request, route: StagedItem) -> Outcome:
    """`GET /-/stage/<id>`: npm prints every key, so who published it is told there, too."""
    with registry.database.writing() as connection:
        found = _found(registry, connection, request, route, with_second_factor=False)
    return refused(found) if isinstance(found, Refusal) else Outcome(json_reply(_item(found[0])))


def download(registry: Registry, request: Request, route: StagedItem) -> Outcome:
    """`GET /-/stage/<id>/tarball`."""
    with registry.database.writing() as connection:
        found = _found(registry, connection, request, route, with_second_factor=False)
    if isinstance(found, Refusal):
        return refused(found)
    version = found[0]
    return Outcome(
        blob_reply(registry, request, version.sha256, version.size_bytes, is_public=False)
    )


def approve(registry: Registry, request: Request, route: StagedItem) -> Outcome:
    """`POST /-/stage/<id>/approve`, with a second factor: the version is published.

    Approving what a first use published confirms that publisher's pin.
    """
    signed = _sign(registry, route)
    try:
        with registry.database.writing() as connection:
            return _approve(registry, connection, request, route, signed)
    except Undone as undone:
        return refused(undone.refusal)


def _sign(registry: Registry, route: StagedItem) -> Signed | None:
    """Sign what lands, should this be an approval: before the transaction, as at publication."""
    with registry.database.reading() as connection:
        version = staging.find(connection, route.staged_id)
    if version is None or version.status != "waiting":
        return None
    return sign_version(
        registry.signing,
        name=version.package_name,
        version=version.version,
        integrity=integrity_of(version.sha512),
    )


def _approve(
    registry: Registry,
    connection: Connection,
    request: Request,
    route: StagedItem,
    signed: Signed | None,
) -> Outcome:
    found = _found(registry, connection, request, route, with_second_factor=True)
    if isinstance(found, Refusal):
        return refused(found)
    version, asked = found
    off = switched_off(connection, PackageName.parse(version.package_name))
    if off is not None:
        return refused(off)
    by = asked.holder.user
    now = registry.clock()
    if not staging.decide(connection, version.id, status="approved", by=by.name, now=now):
        return refused(_decided(version))
    landed = land_staged(registry, connection, version, approver=by, signed=signed)
    if isinstance(landed, Refusal):
        raise Undone(landed)
    confirmed = (
        version.reason == "first-use"
        and version.publisher_id is not None
        and publishers.confirm(connection, version.publisher_id)
    )
    _note(
        registry,
        connection,
        request,
        version,
        kind="stage-approved",
        by=by.name,
        confirmed=confirmed,
    )
    text = f"{version.package_name}@{version.version} is published"
    if confirmed:
        text += ", and its trusted publisher is confirmed"
    return Outcome(
        json_reply({"message": text}, status=201, notice=text),
        changed=(version.package_name,),
        attests=landed.attests,
    )


def reject(registry: Registry, request: Request, route: StagedItem) -> Outcome:
    """`DELETE /-/stage/<id>`, with a second factor."""
    with registry.database.writing() as connection:
        found = _found(registry, connection, request, route, with_second_factor=True)
        if isinstance(found, Refusal):
            return refused(found)
        version, asked = found
        by = asked.holder.user.name
        if not staging.decide(
            connection, version.id, status="rejected", by=by, now=registry.clock()
        ):
            return refused(_decided(version))
        _note(registry, connection, request, version, kind="stage-rejected", by=by, confirmed=False)
    return Outcome(empty_reply())


def _found(
    registry: Registry,
    connection: Connection,
    request: Request,
    route: StagedItem,
    *,
    with_second_factor: bool,
) -> tuple[StagedVersion, Ownership | Newcomer] | Refusal:
    version = staging.find(connection, route.staged_id)
    missing = Refusal(
        code="no-staged-version",
        message=f"nothing is staged under {quoted(route.staged_id)}",
        hint="`npm stage list` shows what waits",
    )
    if version is None:
        return missing
    asked = owner_or_newcomer(
        registry,
        connection,
        request,
        PackageName.parse(version.package_name),
        with_second_factor=with_second_factor,
    )
    if isinstance(asked, Refusal):
        return missing if asked.code == "not-an-owner" else asked
    if isinstance(asked, Newcomer) and not _will_own(connection, version, asked):
        return missing
    return version, asked


def _will_own(connection: Connection, version: StagedVersion, asked: Newcomer) -> bool:
    """Whether a package that does not exist yet will be the asking user's."""
    if asked.holder.user.is_admin:
        return True
    if version.publisher_id is None:
        return version.actor == asked.holder.user.name
    owner_id = publishers.pending_owner(connection, version.publisher_id)
    return owner_id == asked.holder.user.id


def _item(version: StagedVersion) -> dict[str, object]:
    publication = publication_from_json(version.evidence)
    item: dict[str, object] = {
        "id": version.id,
        "packageName": version.package_name,
        "version": version.version,
        "tag": version.dist_tags[0] if version.dist_tags else None,
        "createdAt": iso(version.created_at),
        "actor": version.actor,
        "actorType": version.actor_type,
        "access": version.access,
        "shasum": version.shasum,
        "status": version.status,
        "reason": version.reason,
        "publishedBy": publication.publisher or publication.user,
    }
    if publication.workload is not None:
        item["workload"] = describe_workload(publication.workload)
    if publication.provenance is not None:
        item["provenance"] = f"verified ({publication.provenance.domain})"
    return item


def _decided(version: StagedVersion) -> Refusal:
    return Refusal(
        code="already-decided",
        message=f"{version.package_name}@{version.version} was decided on already:"
        f" {version.status} by {version.decided_by or 'somebody, at the same moment'}",
    )


def _note(
    registry: Registry,
    connection: Connection,
    request: Request,
    version: StagedVersion,
    *,
    kind: str,
    by: str,
    confirmed: bool,
) -> None:
    event = Event(
        kind=kind,
        package=version.package_name,
        actor=by,
        address=request.address,
        at=registry.clock(),
        data={
            "version": version.version,
            "staged.id": version.id,
            "publisher_confirmed": confirmed,
        },
    )
    events.record(connection, event)


def _number(text: str | None, *, default: int, most: int) -> int:
    if text is None or not text.isascii() or not text.isdigit():
        return default
    return min(int(text[:9]), most)
