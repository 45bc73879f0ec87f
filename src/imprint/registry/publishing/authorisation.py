"""May this publication be made, by whoever sends it? The one decision for PUT and stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.publishers.credentials import Use, judge_artifact, judge_use
from imprint.publishers.limits import judge_publication
from imprint.publishers.publications import (
    CredentialKind,
    Publication,
    publication_from_json,
    publication_to_json,
)
from imprint.publishers.publisher import Permission
from imprint.publishers.sentences import describe_publisher
from imprint.refusals import Refusal
from imprint.registry.authority.owners import unable_owner
from imprint.registry.authority.principals import (
    NOT_AUTHENTICATED,
    Anonymous,
    CredentialHolder,
    TokenHolder,
    identify,
    note_use,
)
from imprint.registry.authority.second_factor import require
from imprint.registry.authority.token_rules import judge_token
from imprint.registry.authority.token_use import situation_of
from imprint.storage import credentials, packages, publishers, switches

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.publishers.credentials import PublishCredential
    from imprint.registry.context import Registry
    from imprint.registry.publishing.preparation import Prepared
    from imprint.registry.recent import RefusedExchange
    from imprint.storage.packages import Package, StoredVersion
    from imprint.storage.users import Token, User


class Authorised(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may make this publication, and in which way."""

    publication: Publication
    package: Package | None
    """As it is in this transaction; None: it does not exist yet."""
    stages: bool
    first_use: bool = False
    """It stages because no owner has confirmed the publisher's ids yet."""
    by: str
    """For people: who publishes."""
    owner_ids: tuple[int, ...]
    """Who will own the package, should this publication create it."""
    credential: PublishCredential | None = None
    user: User | None = None
    token: Token | None = None
    has_publisher: bool = False
    after_refused_exchange: RefusedExchange | None = None

    @property
    def evidence(self) -> str:
        """The publication in its recorded form."""
        return publication_to_json(self.publication)

    def repeats(
        self, connection: Connection, version: str, stored: StoredVersion | None = None
    ) -> bool:
        """Whether it was they who published this version: only they may repeat it."""
        if self.credential is not None:
            # Read again: their own publication may have ended since the credential was looked up.
            spent = credentials.find_by_id(connection, self.credential.id)
            return spent is not None and spent.spent_version == version
        if stored is None or self.publication.user is None:
            return False
        return publication_from_json(stored.evidence).user == self.publication.user


def authorise(
    registry: Registry,
    connection: Connection,
    request: Request,
    prepared: Prepared,
    *,
    staging: bool,
) -> Authorised | Refusal:
    """Return who may make this publication, or why nobody may with what was sent."""
    name = prepared.name
    if (off := switched_off(connection, name)) is not None:
        return off
    package = packages.hold(connection, str(name))
    principal = identify(registry, connection, request)
    match principal:
        case Refusal() | Anonymous():
            return unauthenticated(registry, request, name, principal)
        case CredentialHolder():
            return _by_credential(
                registry,
                connection,
                request,
                prepared,
                holder=principal,
                package=package,
                staging=staging,
            )
        case TokenHolder():
            return _by_token(
                registry,
                connection,
                request,
                prepared,
                holder=principal,
                package=package,
                staging=staging,
            )


def switched_off(connection: Connection, name: PackageName) -> Refusal | None:
    """Return that an administrator switched off whatever changes what people install, or None."""
    reason = switches.switched_off(connection, "publish", package=str(name))
    if reason is None:
        return None
    return Refusal(
        code="publishing-switched-off",
        message=f"publishing is switched off: {reason}",
        hint="an administrator of this registry switched it off, and can switch it on again",
    )


def unauthenticated(
    registry: Registry, request: Request, name: PackageName, principal: Refusal | Anonymous
) -> Refusal:
    """Return why such a sender cannot publish; the refused exchange before it, where there was one.

    pnpm sends the publication even without any credential when its exchange failed, and npm with
    whatever placeholder it finds (facts/wire.md §3).
    """
    refused = registry.recent_refusals.before(str(name), request.address, now=registry.clock())
    what = principal if isinstance(principal, Refusal) else NOT_AUTHENTICATED
    if refused is None:
        return what
    return Refusal(
        code=what.code,
        message=f"the exchange of the ID token failed ({refused.message}), and {what.message}",
        hint=f"repair the exchange; `imprint exchange {name} --dry-run` shows what does not fit",
    )


def _by_credential(
    registry: Registry,
    connection: Connection,
    request: Request,
    prepared: Prepared,
    *,
    holder: CredentialHolder,
    package: Package | None,
    staging: bool,
) -> Authorised | Refusal:
    credential = holder.credential
    refusal = (
        judge_use(
            credential,
            use=Use.STAGE if staging else Use.PUBLISH,
            package=prepared.name,
            now=registry.clock(),
            publisher_revision=holder.publisher_revision,
            version=prepared.version,
            package_id=None if package is None else package.id,
        )
        or judge_artifact(credential, version=prepared.version, sha512=prepared.digests.sha512)
        or judge_publication(
            credential.limits,
            ref=credential.workload.ref,
            version=prepared.version,
            dist_tags=prepared.dist_tags,
            permission=Permission.STAGE if staging else Permission.PUBLISH,
        )
    )
    if refusal is not None:
        return refusal
    publisher = publishers.find(connection, credential.publisher_id)
    if publisher is None:
        return _PUBLISHER_GONE
    # Asked at the exchange too; an account that was disabled since lends no trust for minutes more.
    if (unable := unable_owner(connection, package, publisher)) is not None:
        return unable
    owner_id = publishers.pending_owner(connection, publisher.id)
    described = describe_publisher(publisher)
    return Authorised(
        publication=Publication(
            credential=CredentialKind.TRUSTED_PUBLISHER,
            publisher_id=publisher.id,
            publisher=described,
            workload=credential.workload,
            exchange_address=credential.address,
            publish_address=request.address,
            user_agent=request.user_agent,
            claims_digest=credential.claims_digest,
        ),
        package=package,
        stages=staging or credential.stage_only,
        first_use=credential.stage_only,
        by=f"trusted publisher {described}",
        owner_ids=() if owner_id is None else (owner_id,),
        credential=credential,
        has_publisher=True,
    )


def _by_token(
    registry: Registry,
    connection: Connection,
    request: Request,
    prepared: Prepared,
    *,
    holder: TokenHolder,
    package: Package | None,
    staging: bool,
) -> Authorised | Refusal:
    name, user = prepared.name, holder.user
    if not holder.may_write(name, staging=staging):
        return Refusal(
            code="token-permission",
            message=f"the token `{holder.token.shown}` may not publish `{name}`:"
            f" it is {holder.token.permission}"
            + (f" for {', '.join(holder.token.targets)}" if holder.token.targets else ""),
        )
    if package is not None and package.unpublished_at is None:
        owners = packages.owners_of(connection, package.id)
        if not any(owner.user_id == user.id for owner in owners):
            return Refusal(
                code="not-an-owner",
                message=f"`{user.name}` does not own `{name}`",
                hint=f"an owner adds you: `npm owner add {user.name} {name}`",
            )
    situation = situation_of(registry, connection, request, name, package, user=user.name)
    if (refusal := judge_token(situation)) is not None:
        return refusal
    kind = _kind(registry, connection, request, holder)
    if isinstance(kind, Refusal):
        return kind
    note_use(registry, connection, holder.token)
    return Authorised(
        publication=Publication(
            credential=kind,
            user=user.name,
            publish_address=request.address,
            user_agent=request.user_agent,
        ),
        package=package,
        stages=staging,
        by=f"the token `{holder.token.shown}` of {user.name}",
        owner_ids=(user.id,),
        user=user,
        token=holder.token,
        has_publisher=situation.has_publisher,
        after_refused_exchange=situation.refused_exchange,
    )


def _kind(
    registry: Registry, connection: Connection, request: Request, holder: TokenHolder
) -> CredentialKind | Refusal:
    """Return whether a person was there: nobody has to give a code, and a wrong one is refused.

    A code that was given opens the next five minutes, so that many packages go with one: each of
    these publications has to send it, so that what a job does meanwhile is not a person's.
    """
    code = request.header("npm-otp")
    if not code or holder.user.totp_sealed is None:
        return CredentialKind.TOKEN
    refusal = require(registry, connection, holder.user, holder.token, code)
    return CredentialKind.HUMAN_2FA if refusal is None else refusal


_PUBLISHER_GONE = Refusal(
    code="publisher-changed",
    message="the trusted publisher was removed since this credential was issued",
    hint="publish again: every `npm publish` in CI asks for a new credential",
)
