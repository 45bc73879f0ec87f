"""What this registry's database knows of a name: for the gate, which asks nobody else about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, bindparam, collate, exists, or_, select

from imprint.storage.schema import events, packages, publishers, staged
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection

_ONCE_PENDING = ("pending-publisher-expired", "publisher-removed")
"""Events that are all that is left of a publisher whose package never came to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHere:
    """What there is, or was, under a name, and in its scope."""

    is_package: bool
    """It is published, or was once."""
    is_expected: bool
    """A trusted publisher is for it, or was, or a version of it is staged."""
    scope_is_used: bool
    """There is such a thing under another name of its scope. False for names without one."""


def name_here(connection: Connection, name: str, scope: str | None) -> NameHere:
    """Return what is known of `name`; `scope` is its scope without `@`. Both in lower case."""
    if scope is None:
        row = _PLAIN.first(connection, key=name)
    else:
        # "0" is what comes after "/": from one to the other are the names of the scope.
        row = _SCOPED.first(
            connection,
            key=name,
            everything=f"@{scope}/*",
            first=f"@{scope}/",
            last=f"@{scope}0",
        )
    if row is None:  # a SELECT of EXISTS has one row
        raise RuntimeError("the database did not say whether it has a name")
    return NameHere(
        is_package=row.is_package,
        is_expected=row.is_publisher or row.is_staged or row.was_pending,
        scope_is_used=scope is not None and row.is_scope,
    )


def _known() -> list[ColumnElement[Any]]:
    key = bindparam("key", type_=String)
    return [
        exists(select(packages.c.id).where(packages.c.name == key)).label("is_package"),
        exists(select(publishers.c.id).where(publishers.c.target == key)).label("is_publisher"),
        exists(
            select(staged.c.id).where(staged.c.package_name == key, staged.c.status != "rejected")
        ).label("is_staged"),
        exists(select(events.c.id).where(events.c.package_name == key, _was_pending())).label(
            "was_pending"
        ),
    ]


def _known_in_scope(*, collation: str | None) -> ColumnElement[Any]:
    def within(column: Column[str]) -> ColumnElement[bool]:
        name: ColumnElement[str] = column if collation is None else collate(column, collation)
        return and_(name >= bindparam("first"), name < bindparam("last"))

    expired = select(events.c.id).where(
        events.c.package_name == bindparam("everything"), _was_pending()
    )
    return or_(
        exists(select(packages.c.id).where(within(packages.c.name))),
        exists(select(publishers.c.id).where(within(publishers.c.target))),
        exists(
            select(staged.c.id).where(within(staged.c.package_name), staged.c.status != "rejected")
        ),
        exists(expired),
    ).label("is_scope")


def _was_pending() -> ColumnElement[bool]:
    # Not by IN, whose list is only written out when it is run.
    return or_(*(events.c.kind == kind for kind in _ONCE_PENDING))


_PLAIN = Statement(select(*_known()))
_SCOPED = Statement(
    select(*_known(), _known_in_scope(collation=None)),
    # A database may be of any language, and in the order of most punctuation hardly counts.
    postgresql=select(*_known(), _known_in_scope(collation="C")),
)
