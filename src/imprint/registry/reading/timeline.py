"""A package's timeline: who published, how, when and what proves it, by the registry's record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import json_reply
from imprint.identity.records import workload_to_mapping
from imprint.identity.workload import Visibility
from imprint.npm.packument import iso
from imprint.publishers.publications import provenance_to_mapping, publication_from_json
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.attesting.records import signing_record
from imprint.registry.authority.principals import TokenHolder, identify
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.reading.reads import readable
from imprint.registry.signing.signatures import read
from imprint.storage import attestations, packages, publications
from imprint.storage.attestations import Kind, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.publishers.publications import Publication, VerifiedProvenance
    from imprint.registry.context import Registry
    from imprint.storage.attestations import KeptAttestation
    from imprint.storage.packages import Package
    from imprint.storage.publications import RecordedPublication

MOST = 1000
USUAL = 100
_MOST_DIGITS = 18


def timeline(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`GET /-/imprint/v1/packages/NAME/timeline?limit=&before=`: newest first, unpublished too.

    `next` is what `before` takes for the page after this one. Addresses and user agents are for
    the package's owners: of a person who published they tell where she works from. So is the run
    where its repository is not known to be public: a public package must not name a private source.
    """
    limit = _number(request, "limit", USUAL, most=MOST)
    before = _number(request, "before", 0, most=10**_MOST_DIGITS) or None
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, name)
        if isinstance(package, Refusal):
            return refused(package)
        is_owner = _is_owner(registry, connection, request, package)
        rows = publications.newest(connection, package.id, before=before, limit=limit + 1)
        kept = attestations.proofs_of(connection, (row.id for row in rows[:limit]))
    # Who reads a restricted package was let in by its owners.
    sees_sources = is_owner or package.access != "public"
    shown = [
        _shown(row, kept.get(row.id, ()), is_owner=is_owner, sees_sources=sees_sources)
        for row in rows[:limit]
    ]
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


def _shown(
    row: RecordedPublication,
    kept: tuple[KeptAttestation, ...],
    *,
    is_owner: bool,
    sees_sources: bool,
) -> dict[str, object]:
    publication = publication_from_json(row.evidence)
    is_hidden = not (sees_sources or _is_public(publication))
    workload = None if is_hidden else publication.workload
    shown: dict[str, object] = {
        "version": row.version,
        "published": iso(row.published_at),
        "unpublished": None if row.unpublished_at is None else iso(row.unpublished_at),
        "sha512": row.sha512,
        "credential": publication.credential.value,
        "publisher_id": publication.publisher_id,
        "publisher": None if is_hidden else publication.publisher,
        "user": publication.user,
        "approver": publication.approver,
        "workload": None if workload is None else workload_to_mapping(workload),
        "source_hidden": is_hidden,
        "provenance": _provenance(publication.provenance, is_hidden=is_hidden),
        "publish_attestation": _publish_attestation(kept),
        "signed_with": [signature.keyid for signature in read(row.signatures)],
    }
    if is_owner:
        shown["exchange_address"] = publication.exchange_address
        shown["publish_address"] = publication.publish_address
        shown["user_agent"] = publication.user_agent
    return shown


def _is_public(publication: Publication) -> bool:
    """Whether everybody may read the repository that published, or none is known."""
    workloads = [publication.workload]
    if publication.provenance is not None:
        workloads.append(publication.provenance.workload)
    return all(one is None or one.visibility is Visibility.PUBLIC for one in workloads)


def _provenance(
    provenance: VerifiedProvenance | None, *, is_hidden: bool
) -> Mapping[str, object] | None:
    if provenance is None:
        return None
    shown = dict(provenance_to_mapping(provenance))
    shown["signed_at"] = iso(provenance.signed_at)
    if is_hidden:
        shown["workload"] = None
    return shown


def _publish_attestation(kept: tuple[KeptAttestation, ...]) -> Mapping[str, object] | None:
    for one in kept:
        if one.kind is Kind.PUBLISH:
            shown: dict[str, object] = {"state": one.state.value, "domain": one.domain}
            if one.state is State.UNSIGNED:
                return shown
            record = signing_record(one.proof)
            return shown | {
                "key_id": record.key_id,
                "signed_at": iso(record.signed_at),
                "logged_at": None if record.logged_at is None else iso(record.logged_at),
                "log_id": record.log_id,
                "log_index": record.log_index,
            }
    return None


def _number(request: Request, name: str, default: int, *, most: int) -> int:
    text = request.parameter(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS or int(text) < 1:
        raise Malformed("query", f"`{name}` is {quoted(text)}: it takes a whole number from 1")
    return min(int(text), most)
