"""Publish and stage: a body becomes a version, or one clear refusal and no trace of it.

In order: who sends it; what it holds, of which nothing is believed that the tarball does not say;
then one transaction that decides on what is there now and keeps everything or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.http.replies import json_reply
from imprint.npm.publish_body import Deprecations, MaintainersEdit, decode
from imprint.refusals import Malformed, Refusal
from imprint.registry.authority.principals import Anonymous, identify
from imprint.registry.names import name_refusal
from imprint.registry.outcomes import Outcome, Undone, refused
from imprint.registry.publishing import edits
from imprint.registry.publishing.authorisation import Authorised, authorise, unauthenticated
from imprint.registry.publishing.events import note_publication
from imprint.registry.publishing.landing import Landing, land, over_published, stager_of
from imprint.registry.publishing.marks import dist_of, npm_user_of
from imprint.registry.publishing.preparation import Prepared, prepare
from imprint.registry.publishing.proving import accept_provenance, prove
from imprint.registry.publishing.staging import already_staged, stage_version
from imprint.registry.signing.signatures import sign_version
from imprint.storage import credentials, packages, staging
from imprint.storage.packages import NewVersion

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.blobs import IncomingBlob


CREATED = 201
LOST_RACES = frozenset({"created-at-once", "published-at-once"})


def turned_away(registry: Registry, request: Request, name: PackageName) -> Outcome | None:
    """Return the answer to somebody who can publish nothing, None for whoever may try.

    (1) Asked before the body is read: nobody is kept in memory or unpacked who is not known.
    """
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    if isinstance(principal, Refusal | Anonymous):
        return refused(unauthenticated(registry, request, name, principal))
    return None


def put(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`PUT /<name>`: publish a version, or deprecate some."""
    return _publish(registry, request, name, stages=False)


def stage(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`POST /-/stage/package/<name>`: the same body, and it waits for an approval."""
    return _publish(registry, request, name, stages=True)


def _publish(registry: Registry, request: Request, name: PackageName, *, stages: bool) -> Outcome:
    # (2) What the body holds.
    body = decode(request.body, package=name)
    if isinstance(body, Deprecations | MaintainersEdit):
        if stages:
            raise Malformed("missing-tarball", "a staged publication needs its tarball")
        return edits.edit(registry, request, name, body)
    prepared = prove(registry, prepare(body))
    if not stages and not isinstance(prepared.proved, Refusal):
        signed = sign_version(
            registry.signing,
            name=str(prepared.name),
            version=prepared.version,
            integrity=prepared.digests.integrity,
        )
        prepared = replace(prepared, signed=signed)
    blob = registry.blobs.receive(prepared.data)
    if blob.sha256 != prepared.digests.sha256:
        raise AssertionError("the blob store received other bytes than were checked")
    try:
        return _keep(registry, request, prepared, blob, stages=stages)
    finally:
        registry.blobs.discard(blob)


def _keep(
    registry: Registry, request: Request, prepared: Prepared, blob: IncomingBlob, *, stages: bool
) -> Outcome:
    """(3) One transaction, with the blob put in its place as its last step."""
    try:
        return _transaction(registry, request, prepared, blob, stages=stages)
    except Undone as undo:
        if undo.refusal.code not in LOST_RACES:
            return refused(undo.refusal)
    # Somebody was quicker by a moment: the same question again, now that their answer stands.
    try:
        return _transaction(registry, request, prepared, blob, stages=stages)
    except Undone as undo:
        return refused(undo.refusal)


def _transaction(
    registry: Registry, request: Request, prepared: Prepared, blob: IncomingBlob, *, stages: bool
) -> Outcome:
    with registry.database.writing() as connection:
        authorised = authorise(registry, connection, request, prepared, staging=stages)
        if isinstance(authorised, Refusal):
            raise Undone(authorised)
        repeated = _repeated(connection, prepared, authorised)
        if repeated is not None:
            return repeated
        proved = accept_provenance(registry, connection, prepared, authorised)
        if isinstance(proved, Refusal):
            raise Undone(proved)
        authorised = proved
        outcome = _add(registry, connection, prepared, authorised)
        note_publication(registry, connection, request, prepared, authorised)
        registry.blobs.keep(blob)
        return outcome


def _repeated(connection: Connection, prepared: Prepared, authorised: Authorised) -> Outcome | None:
    """Return the answer to an identical repetition, None for a new version; raises Undone."""
    name, version, package = prepared.name, prepared.version, authorised.package
    stored = None if package is None else packages.version_of(connection, package.id, version)
    if stored is not None:
        same = stored.unpublished_at is None and stored.body_digest == prepared.body_digest
        if same and authorised.repeats(connection, version, stored):
            return _published(prepared, authorised)
        raise Undone(over_published(name, version))
    if not authorised.stages:
        return None
    # Until somebody has the name, what others stage for it is no concern of this one.
    by = None if package is not None else stager_of(authorised.publication)
    waiting = staging.waiting_of(connection, str(name), version, by=by)
    if waiting is None:
        return None
    if waiting.body_digest == prepared.body_digest and authorised.repeats(connection, version):
        return _staged(prepared, authorised, waiting.id)
    raise Undone(already_staged(name, version, waiting.id))


def _add(
    registry: Registry, connection: Connection, prepared: Prepared, authorised: Authorised
) -> Outcome:
    """Stage or publish, and spend the credential; raises Undone."""
    staged_id: str | None = None
    refusal: Refusal | None = None
    attests: int | None = None
    if authorised.stages:
        if authorised.package is None or authorised.package.unpublished_at is not None:
            refusal = name_refusal(connection, prepared.name)
        if refusal is None:
            staged_id = stage_version(registry, connection, prepared, authorised)
    else:
        landed = land(registry, connection, _landing(registry, prepared, authorised))
        if isinstance(landed, Refusal):
            refusal = landed
        else:
            attests = landed.attests
    if refusal is None and authorised.credential is not None:
        refusal = _spend(registry, connection, authorised.credential.id, prepared.version)
    if refusal is not None:
        raise Undone(refusal)
    if staged_id is not None:
        return _staged(prepared, authorised, staged_id)
    return _published(prepared, authorised, status=CREATED, attests=attests)


def _landing(registry: Registry, prepared: Prepared, authorised: Authorised) -> Landing:
    digests = prepared.digests
    version = NewVersion(
        version=prepared.version,
        full=prepared.manifest.full,
        corgi=prepared.manifest.corgi,
        dist=dist_of(digests, prepared.tarball),
        npm_user=npm_user_of(authorised.publication, user=authorised.user),
        sha256=digests.sha256,
        sha512=digests.sha512,
        size_bytes=len(prepared.data),
        access=prepared.access,
        body_digest=prepared.body_digest,
        evidence=authorised.evidence,
        bundle=prepared.bundle,
        published_at=registry.clock(),
        signatures=None if prepared.signed is None else prepared.signed.document,
        signed_with=None if prepared.signed is None else prepared.signed.signed_with,
    )
    return Landing(
        name=prepared.name,
        package=authorised.package,
        version=version,
        dist_tags=prepared.dist_tags,
        readme=prepared.manifest.readme,
        publication=authorised.publication,
        owner_ids=authorised.owner_ids,
    )


def _spend(
    registry: Registry, connection: Connection, credential_id: str, version: str
) -> Refusal | None:
    if credentials.spend(connection, credential_id, version=version, now=registry.clock()):
        return None
    return Refusal(
        code="credential-spent",
        message="the publish credential published something else at the same moment",
        hint="it is good for one publication: publish again, npm asks for a new one",
    )


def _published(
    prepared: Prepared, authorised: Authorised, *, status: int = 200, attests: int | None = None
) -> Outcome:
    text = f"{prepared.name}@{prepared.version} is published, by {authorised.by}"
    if status != CREATED:
        text = f"{prepared.name}@{prepared.version} was published already, exactly so"
    elif (provenance := authorised.publication.provenance) is not None:
        text += f"; its provenance is verified ({provenance.domain})"
    answer = {"ok": True, "success": True, "id": str(prepared.name)}
    return Outcome(
        json_reply(answer, status=status, notice=_with_fall_back(text, authorised)),
        changed=(str(prepared.name),),
        attests=attests,
    )


def _staged(prepared: Prepared, authorised: Authorised, staged_id: str) -> Outcome:
    text = f"{prepared.name}@{prepared.version} is staged and waits for an owner's approval"
    if authorised.first_use:
        text += ", since it is the first use of a trusted publisher without ids"
    text += f" (`npm stage approve {staged_id}`)"
    answer = {"ok": True, "success": True, "message": text, "stageId": staged_id}
    return Outcome(json_reply(answer, status=201, notice=_with_fall_back(text, authorised)))


def _with_fall_back(text: str, authorised: Authorised) -> str:
    if authorised.after_refused_exchange is None:
        return text
    return (
        f"{text}. Beware: the exchange of the ID token failed"
        f" ({authorised.after_refused_exchange.message}) and the client fell back to a token"
    )
