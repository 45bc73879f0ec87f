"""Trusted publishers, pending ones among them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from sqlalchemy import and_, bindparam, collate, delete, func, or_, select, union, update

from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.publisher import PublisherState, TrustedPublisher
from imprint.publishers.storage_form import (
    limits_from_json,
    limits_to_json,
    rules_from_json,
    rules_to_json,
)
from imprint.storage import issuers
from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import issuers as issuers_table
from imprint.storage.schema import publisher_labels, publishers
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from imprint.storage.statements import Row


_ALL = (
    select(
        *(c for c in publishers.c if c.name not in {"id", "created_at"}),
        publishers.c.id.label("publisher_id"),
        publishers.c.created_at.label("publisher_created_at"),
        issuers_table,
    )
    .join(issuers_table, issuers_table.c.id == publishers.c.issuer_id)
    .order_by(publishers.c.created_at, publishers.c.id)
)
_ADD = InsertIfNew(publishers)
_REMEMBER_LABEL = InsertIfNew(publisher_labels)
_BY_ID = Statement(_ALL.where(publishers.c.id == bindparam("key")))
_FOR_NAME = Statement(_ALL.where(publishers.c.target == bindparam("target")))


def _for_scoped_name(target: ColumnElement[str]) -> Select[Any]:
    in_scope = and_(target >= bindparam("first"), target < bindparam("last"))
    return _ALL.where(
        or_(
            publishers.c.target == bindparam("target"),
            and_(publishers.c.is_pattern, in_scope),
        )
    )


_FOR_SCOPED_NAME = Statement(
    _for_scoped_name(publishers.c.target),
    # A database may be of any language, and in the order of most punctuation hardly counts.
    postgresql=_for_scoped_name(collate(publishers.c.target, "C")),
)
_PENDING_OWNER = Statement(
    select(publishers.c.owner_user_id).where(publishers.c.id == bindparam("key"))
)
_LIVE_REVISION = Statement(
    select(publishers.c.revision)
    .join(issuers_table, issuers_table.c.id == publishers.c.issuer_id)
    .where(
        publishers.c.id == bindparam("key"),
        publishers.c.state != PublisherState.DISABLED.value,
        issuers_table.c.disabled_at.is_(None),
    )
)


def add(
    connection: Connection,
    publisher: TrustedPublisher,
    *,
    issuer_id: int,
    identity: str,
    owner_user_id: int | None,
) -> bool:
    """Keep a publisher; False when one of the same identity is there already."""
    rules = publisher.rules
    values = {
        "id": publisher.id,
        "target": str(publisher.target),
        "is_pattern": isinstance(publisher.target, ScopePattern),
        "issuer_id": issuer_id,
        "identity": identity,
        "rules": rules_to_json(rules),
        "limits": limits_to_json(publisher.limits),
        "repository_id": rules.repository_id,
        "owner_id": rules.owner_id,
        "repository": rules.repository,
        "state": publisher.state.value,
        "pending": publisher.pending,
        "creates": publisher.create,
        "pin_until": publisher.pin_until,
        "expires_at": publisher.expires_at,
        "created_at": publisher.created_at,
        "created_by": publisher.created_by,
        "owner_user_id": owner_user_id,
        "revision": publisher.revision,
    }
    return _ADD(connection, values)


def for_package(connection: Connection, name: PackageName) -> tuple[TrustedPublisher, ...]:
    """Return every publisher whose target is, or covers, `name`: pending ones too, oldest first."""
    if name.scope is None:
        found = _FOR_NAME.all(connection, target=str(name))
    else:
        # `@acme/` up to but without `@acme0`: the patterns of the scope, and no other is looked at.
        found = _FOR_SCOPED_NAME.all(
            connection, target=str(name), first=f"@{name.scope}/", last=f"@{name.scope}0"
        )
    return tuple(p for p in map(_publisher, found) if _covers(p, name))


def of_target(connection: Connection, target: str) -> tuple[TrustedPublisher, ...]:
    """Return the publishers of exactly this name or pattern, oldest first."""
    return tuple(_publisher(row) for row in _FOR_NAME.all(connection, target=target))


def find(connection: Connection, publisher_id: str) -> TrustedPublisher | None:
    """Return the publisher of that id."""
    row = _BY_ID.first(connection, key=publisher_id)
    return None if row is None else _publisher(row)


def live_revision(connection: Connection, publisher_id: str) -> int | None:
    """Return the publisher's revision; None when it, or its issuer, is gone or disabled."""
    row = _LIVE_REVISION.first(connection, key=publisher_id)
    return None if row is None else int(row.revision)


def pin(
    connection: Connection,
    publisher_id: str,
    *,
    repository_id: str,
    owner_id: str,
    identity: str,
) -> bool:
    """Pin the ids of a first use; False when another run was first, or the publisher is gone.

    `identity` is the publisher's with its ids, so that one without them can be added again (K04).
    """
    taken = select(publishers.c.id).where(publishers.c.identity == identity)
    if connection.execute(taken).first() is None:
        connection.execute(
            update(publishers).where(publishers.c.id == publisher_id).values(identity=identity)
        )
    result = connection.execute(
        update(publishers)
        .where(
            publishers.c.id == publisher_id,
            publishers.c.state == PublisherState.UNPINNED.value,
        )
        .values(
            repository_id=repository_id,
            owner_id=owner_id,
            state=PublisherState.PINNED.value,
            pin_until=None,
        )
    )
    return result.rowcount == 1


def confirm(connection: Connection, publisher_id: str) -> bool:
    """Confirm a first-use pin: an owner approved what its run published."""
    result = connection.execute(
        update(publishers)
        .where(publishers.c.id == publisher_id, publishers.c.state == PublisherState.PINNED.value)
        .values(state=PublisherState.ACTIVE.value)
    )
    return result.rowcount == 1


def relabel(connection: Connection, publisher_id: str, repository: str, *, now: float) -> None:
    """Refresh the cached repository name; ids did not change, so credentials stay alive.

    Both names are remembered: what is published from the repository may name it by either.
    """
    query = select(publishers.c.repository).where(publishers.c.id == publisher_id)
    before = connection.execute(query).scalar()
    for label in (before, repository):
        if label is not None:
            values = {"publisher_id": publisher_id, "repository": label, "seen_at": now}
            _REMEMBER_LABEL(connection, values)
    connection.execute(
        update(publishers).where(publishers.c.id == publisher_id).values(repository=repository)
    )


def labels_of(connection: Connection, publisher_id: str) -> frozenset[str]:
    """Return every name that the repository of this publisher's ids has carried here."""
    earlier = select(publisher_labels.c.repository).where(
        publisher_labels.c.publisher_id == publisher_id
    )
    today = select(publishers.c.repository).where(publishers.c.id == publisher_id)
    found = connection.execute(union(earlier, today)).scalars()
    return frozenset(str(label) for label in found if label is not None)


def change_state(connection: Connection, publisher_id: str, state: PublisherState) -> None:
    """Change the state and kill the publisher's credentials."""
    connection.execute(
        update(publishers)
        .where(publishers.c.id == publisher_id)
        .values(state=state.value, revision=publishers.c.revision + 1)
    )


def reified(connection: Connection, publisher_id: str) -> None:
    """Say that a pending publisher's package exists now."""
    connection.execute(
        update(publishers)
        .where(publishers.c.id == publisher_id)
        .values(pending=False, expires_at=None)
    )


def remove(connection: Connection, publisher_id: str) -> bool:
    """Remove a publisher; its credentials are dead with it. False when there was none."""
    result = connection.execute(delete(publishers).where(publishers.c.id == publisher_id))
    return result.rowcount == 1


def remove_expired_pending(connection: Connection, *, now: float) -> int:
    """Remove pending publishers past their life; returns how many."""
    condition = and_(publishers.c.pending, publishers.c.expires_at < now)
    return connection.execute(delete(publishers).where(condition)).rowcount


def pending_owner(connection: Connection, publisher_id: str) -> int | None:
    """Return the user who will own the package that a pending publisher creates."""
    row = _PENDING_OWNER.first(connection, key=publisher_id)
    return None if row is None or row.owner_user_id is None else int(row.owner_user_id)


def count_pending(connection: Connection, user_id: int, *, now: float) -> int:
    """Return how many pending publishers a user has that still live."""
    query = select(func.count()).where(
        publishers.c.pending,
        publishers.c.owner_user_id == user_id,
        publishers.c.expires_at >= now,
    )
    return int(connection.execute(query).scalar_one())


def count_created_since(connection: Connection, user: str, *, since: float) -> int:
    """Return how many publishers a user made since then."""
    query = select(func.count()).where(
        publishers.c.created_by == user, publishers.c.created_at >= since
    )
    return int(connection.execute(query).scalar_one())


@lru_cache(maxsize=4096)  # of the row's values: reading them costs more than finding them
def _publisher(row: Row) -> TrustedPublisher:
    rules = replace(
        rules_from_json(row.rules),
        repository_id=row.repository_id,
        owner_id=row.owner_id,
        repository=row.repository,
    )
    issuer = issuers.issuer_of(row)
    is_off = row.disabled_at is not None
    return TrustedPublisher(
        id=row.publisher_id,
        target=(
            ScopePattern.parse(row.target) if row.is_pattern else PackageName.parse(row.target)
        ),
        issuer=issuer,
        provider=issuer.provider,
        rules=rules,
        limits=limits_from_json(row.limits),
        state=PublisherState.DISABLED if is_off else PublisherState(row.state),
        pending=row.pending,
        create=row.creates,
        pin_until=row.pin_until,
        expires_at=row.expires_at,
        created_at=row.publisher_created_at,
        created_by=row.created_by,
        revision=row.revision,
    )


def _covers(publisher: TrustedPublisher, name: PackageName) -> bool:
    match publisher.target:
        case PackageName():
            return publisher.target == name
        case ScopePattern():
            return publisher.target.matches(name)
