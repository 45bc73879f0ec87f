"""A package's timeline: each publication with who, how and when, from the registry's own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import json_reply
from imprint.identity.records import workload_to_mapping
from imprint.npm.packument import iso
from imprint.publishers.publications import publication_from_json
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.authority.principals import TokenHolder, identify
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.reading.reads import readable
from imprint.storage import packages, publications

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package
    from imprint.storage.publications import RecordedPublication

MOST = 1000
USUAL = 100
_MOST_DIGITS = 18


def timeline(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`GET /-/imprint/v1/packages/NAME/timeline?limit=&before=`: newest first, unpublished too.

    `next` is what `before` takes for the page after this one. Addresses and user agents are for
    the package's owners: of a person who published they tell where she works from.
    """
    limit = _number(request, "limit", USUAL, most=MOST)
    before = _number(request, "before", 0, most=10**_MOST_DIGITS) or None
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, name)
        if isinstance(package, Refusal):
            return refused(package)
        is_owner = _is_owner(registry, connection, request, package)
        rows = publications.newest(connection, package.id, before=before, limit=limit + 1)
    shown = [_shown(row, is_owner=is_owner) for row in rows[:limit]]
    following = rows[limit - 1].id if len(rows) > limit else None
    return Outcome(json_reply({"package": str(name), "publications": shown, "next": following}))


def _is_owner(
    registry: Registry, connection: Connection, request: Request, package: Package
) -> bool:
    principal = identify(registry, connection, request)
    if not isinstance(principal, TokenHolder):
        return False
    owners = packages.owners_of(connection, package.id)
    user = principal.user
    return user.is_admin or any(owner.user_id == user.id for owner in owners)


def _shown(row: RecordedPublication, *, is_owner: bool) -> dict[str, object]:
    publication = publication_from_json(row.evidence)
    workload = publication.workload
    shown: dict[str, object] = {
        "version": row.version,
        "published": iso(row.published_at),
        "unpublished": None if row.unpublished_at is None else iso(row.unpublished_at),
        "sha512": row.sha512,
        "credential": publication.credential.value,
        "publisher_id": publication.publisher_id,
        "publisher": publication.publisher,
        "user": publication.user,
        "approver": publication.approver,
        "workload": None if workload is None else workload_to_mapping(workload),
        "unverified_bundle": row.has_bundle,
    }
    if is_owner:
        shown["exchange_address"] = publication.exchange_address
        shown["publish_address"] = publication.publish_address
        shown["user_agent"] = publication.user_agent
    return shown


def _number(request: Request, name: str, default: int, *, most: int) -> int:
    text = request.parameter(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS or int(text) < 1:
        raise Malformed("query", f"`{name}` is {quoted(text)}: it takes a whole number from 1")
    return min(int(text), most)
