"""npm's trust routes: add, list and revoke trusted publishers, of names to come as well."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from imprint.http.replies import empty_reply, json_reply
from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.configuration import build_publisher, identity_of
from imprint.publishers.npm_trust import parse_trust_body, render_trust
from imprint.publishers.sentences import describe_publisher
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.authority.permissions import Newcomer, Ownership, owner_or_newcomer
from imprint.registry.mails import mails_to_owners
from imprint.registry.names import name_refusal
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import events, issuers, packages, publishers
from imprint.storage.events import Event, Mail

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.publishers.configuration import PublisherRequest
    from imprint.publishers.publisher import TrustedPublisher
    from imprint.registry.context import Registry
    from imprint.storage.issuers import RegisteredIssuer

MAX_PENDING = 3
"""Pending publishers of one user (PyPI's cap)."""
MAX_PER_DAY = 100
"""Publishers one user may make in a day; administrators set up whole scopes and have no limit."""
DAY_SECONDS = 86_400.0


def list_publishers(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`GET …/trust`: what applies to the package, patterns of its scope too."""
    with registry.database.writing() as connection:
        asked = owner_or_newcomer(registry, connection, request, name, with_second_factor=True)
        if isinstance(asked, Refusal):
            return refused(asked)
        found = publishers.for_package(connection, name)
        if isinstance(asked, Newcomer):
            mine = asked.holder.user
            found = tuple(
                p
                for p in found
                if mine.is_admin or publishers.pending_owner(connection, p.id) == mine.id
            )
    return Outcome(json_reply([render_trust(publisher) for publisher in found]))


def add_publisher(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`POST …/trust`: npm's body, with our own rules under `imprint` beside npm's claims."""
    asked_for = parse_trust_body(request.body)
    with registry.database.writing() as connection:
        asked = owner_or_newcomer(registry, connection, request, name, with_second_factor=True)
        if isinstance(asked, Refusal):
            return refused(asked)
        added = add_to(
            registry,
            connection,
            target=name,
            asked_for=asked_for,
            by=asked.holder.user.name,
            user_id=asked.holder.user.id,
            is_admin=asked.holder.user.is_admin,
            address=request.address,
        )
    if isinstance(added, Refusal):
        return refused(added)
    return Outcome(json_reply([render_trust(added)], status=201))


def revoke_publisher(
    registry: Registry, request: Request, name: PackageName, publisher_id: str
) -> Outcome:
    """`DELETE …/trust/<id>`: its live credentials die with it."""
    with registry.database.writing() as connection:
        asked = owner_or_newcomer(registry, connection, request, name, with_second_factor=True)
        if isinstance(asked, Refusal):
            return refused(asked)
        publisher = publishers.find(connection, publisher_id)
        if publisher is None or not _is_of(connection, publisher, asked, name):
            return refused(no_such_publisher(publisher_id))
        remove_from(
            registry, connection, publisher, by=asked.holder.user.name, address=request.address
        )
    return Outcome(empty_reply())


def add_to(
    registry: Registry,
    connection: Connection,
    *,
    target: PackageName | ScopePattern,
    asked_for: PublisherRequest,
    by: str,
    user_id: int | None,
    is_admin: bool,
    address: str,
) -> TrustedPublisher | Refusal:
    """Add a publisher for whoever may; the one way, for the HTTP routes and the command line.

    Raises Malformed for a configuration that cannot be.
    """
    now = registry.clock()
    package = packages.find(connection, str(target)) if isinstance(target, PackageName) else None
    pending = isinstance(target, PackageName) and package is None
    refusal = _may_add(
        registry, connection, target, by=by, user_id=user_id, is_admin=is_admin, pending=pending
    )
    if refusal is not None:
        return refusal
    if asked_for.create and user_id is None:
        # A package that nobody owns could never be published again.
        return _pending_needs_owner(f"`{target}` creates packages: say who will own them")
    registered = _issuer_for(connection, asked_for)
    publisher = build_publisher(
        asked_for,
        publisher_id=str(uuid.UUID(bytes=registry.random(16), version=4)),
        target=target,
        issuer=registered.issuer,
        pending=pending,
        now=now,
        created_by=by,
    )
    added = publishers.add(
        connection,
        publisher,
        issuer_id=registered.id,
        identity=identity_of(publisher),
        owner_user_id=user_id if pending or asked_for.create else None,
    )
    if not added:
        return Refusal(
            code="publisher-exists",
            message=f"trusted publisher config already exists for `{target}`:"
            f" {describe_publisher(publisher)}",
            hint="`npm trust list` shows it; revoke it first to change it",
        )
    _tell(registry, connection, "publisher-added", publisher, by=by, address=address)
    return publisher


def remove_from(
    registry: Registry,
    connection: Connection,
    publisher: TrustedPublisher,
    *,
    by: str,
    address: str,
) -> None:
    """Remove a publisher and tell the owners."""
    publishers.remove(connection, publisher.id)
    _tell(registry, connection, "publisher-removed", publisher, by=by, address=address)


def no_such_publisher(publisher_id: str) -> Refusal:
    """Return that there is none of that id here."""
    return Refusal(
        code="no-such-publisher",
        message=f"there is no trusted publisher {quoted(publisher_id)} for this package",
        hint="`npm trust list` shows the ids",
    )


def _may_add(
    registry: Registry,
    connection: Connection,
    target: PackageName | ScopePattern,
    *,
    by: str,
    user_id: int | None,
    is_admin: bool,
    pending: bool,
) -> Refusal | None:
    now = registry.clock()
    if isinstance(target, ScopePattern):
        return None if is_admin else _PATTERN_NEEDS_ADMIN
    made = publishers.count_created_since(connection, by, since=now - DAY_SECONDS)
    if made >= MAX_PER_DAY and not is_admin:
        return Refusal(
            code="too-many-publishers",
            message=f"`{by}` made {MAX_PER_DAY} trusted publishers within a day: that is the most",
            hint="try again tomorrow",
        )
    if not pending:
        return None
    if (refusal := name_refusal(connection, target)) is not None:
        return refusal
    if user_id is None:
        return _pending_needs_owner(f"`{target}` does not exist yet: say who will own it")
    if publishers.count_pending(connection, user_id, now=now) >= MAX_PENDING:
        return Refusal(
            code="too-many-publishers",
            message=f"`{by}` has {MAX_PENDING} pending publishers: that is the most",
            hint="publish to one of them, or revoke one",
        )
    return None


def _pending_needs_owner(message: str) -> Refusal:
    return Refusal(code="pending-needs-owner", message=message, hint="`--owner USER`")


def _issuer_for(connection: Connection, asked_for: PublisherRequest) -> RegisteredIssuer:
    if asked_for.issuer_name is not None:
        found = issuers.find_by_name(connection, asked_for.issuer_name)
        if found is None:
            raise Malformed(
                "unknown-issuer-name",
                f"no issuer is called {quoted(asked_for.issuer_name)} here",
                hint="`imprint admin issuer list` shows those there are",
            )
        if found.issuer.provider is not asked_for.provider:
            raise Malformed(
                "unknown-issuer-name",
                f"the issuer `{found.issuer.name}` is of {found.issuer.provider.value},"
                f" not of {asked_for.provider.value}",
            )
        return found
    # npm cannot name an issuer: the one that was registered first is its provider's default.
    for registered in issuers.of_provider(connection, asked_for.provider):
        if registered.disabled_at is None:
            return registered
    raise Malformed(
        "unknown-issuer-name",
        f"no issuer of {asked_for.provider.value} is registered here",
        hint="`imprint admin issuer add` registers one",
    )


def _is_of(
    connection: Connection,
    publisher: TrustedPublisher,
    asked: Ownership | Newcomer,
    name: PackageName,
) -> bool:
    if publisher.target != name:
        return False
    user = asked.holder.user
    if isinstance(asked, Ownership) or user.is_admin:
        return True
    return publishers.pending_owner(connection, publisher.id) == user.id


def _tell(
    registry: Registry,
    connection: Connection,
    kind: str,
    publisher: TrustedPublisher,
    *,
    by: str,
    address: str,
) -> None:
    data = {"publisher.id": publisher.id, "publisher": describe_publisher(publisher)}
    event = Event(
        kind=kind,
        package=str(publisher.target),
        actor=by,
        address=address,
        at=registry.clock(),
        data=data,
    )
    mails: tuple[Mail, ...] = ()
    if isinstance(publisher.target, PackageName):
        mails = mails_to_owners(connection, publisher.target, template=kind, data=data)
    events.record(connection, event, mails)


_PATTERN_NEEDS_ADMIN = Refusal(
    code="pattern-needs-admin",
    message="a trusted publisher for a whole scope is set by an administrator",
    hint="ask one for `imprint trust add … '@scope/*'`",
)
