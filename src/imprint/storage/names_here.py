"""What this registry's database knows of a name: for the gate, which asks nobody else about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    String,
    and_,
    bindparam,
    collate,
    exists,
    literal,
    or_,
    select,
    union_all,
)

from imprint.storage.schema import events, packages, publishers, staged
from imprint.storage.statements import Statement, is_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Select

FEW = 8
AT_ONCE = 500
"""Names in one statement."""
SCOPES_AT_ONCE = 50
_ONCE_PENDING = ("pending-publisher-expired", "publisher-removed")
"""Events that are all that is left of a publisher whose package never came to be."""


class NameHere(msgspec.Struct, frozen=True, kw_only=True):
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


def was_pending() -> ColumnElement[bool]:
    """Return the condition of an event that is all that is left of a publisher."""
    # Not by IN, whose list is only written out when it is run.
    return or_(*(events.c.kind == kind for kind in _ONCE_PENDING))


def names_here(connection: Connection, names: Sequence[tuple[str, str | None]]) -> list[NameHere]:
    """Return what is known of each (name, scope), as `name_here` does, in few round trips."""
    if len(names) <= FEW or is_sqlite(connection):
        # Where there is no trip to make, making a large statement takes longer than many small.
        return [name_here(connection, name, scope) for name, scope in names]
    texts = sorted({name for name, _ in names})
    scopes = sorted({scope for _, scope in names if scope is not None})
    published = _named(connection, packages.c.name, texts)
    expected = (
        _named(connection, publishers.c.target, texts)
        | _named(connection, staged.c.package_name, texts, staged.c.status != "rejected")
        | _named(connection, events.c.package_name, texts, was_pending())
    )
    used = _used(connection, scopes)
    return [
        NameHere(
            is_package=name in published,
            is_expected=name in expected,
            scope_is_used=scope in used,
        )
        for name, scope in names
    ]


def _named(
    connection: Connection,
    column: Column[str],
    names: Sequence[str],
    *conditions: ColumnElement[bool],
) -> set[str]:
    found: set[str] = set()
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        query = select(column).where(column.in_(some), *conditions).distinct()
        found.update(connection.scalars(query))
    return found


def _used(connection: Connection, scopes: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for first in range(0, len(scopes), SCOPES_AT_ONCE):
        queries = [
            select(literal(scope)).where(
                _known_in_scope(
                    literal(f"@{scope}/"),
                    literal(f"@{scope}0"),
                    literal(f"@{scope}/*"),
                    collation=_BY_CHARACTERS,
                )
            )
            for scope in scopes[first : first + SCOPES_AT_ONCE]
        ]
        found.update(connection.scalars(union_all(*queries)))
    return found


def _known() -> list[ColumnElement[Any]]:
    key = bindparam("key", type_=String)
    return [
        exists(select(packages.c.id).where(packages.c.name == key)).label("is_package"),
        exists(select(publishers.c.id).where(publishers.c.target == key)).label("is_publisher"),
        exists(
            select(staged.c.id).where(staged.c.package_name == key, staged.c.status != "rejected")
        ).label("is_staged"),
        exists(select(events.c.id).where(events.c.package_name == key, was_pending())).label(
            "was_pending"
        ),
    ]


def _known_in_scope(
    first: ColumnElement[str],
    last: ColumnElement[str],
    everything: ColumnElement[str],
    *,
    collation: str | None,
) -> ColumnElement[bool]:
    def within(column: Column[str]) -> ColumnElement[bool]:
        name: ColumnElement[str] = column if collation is None else collate(column, collation)
        return and_(name >= first, name < last)

    expired = select(events.c.id).where(events.c.package_name == everything, was_pending())
    return or_(
        exists(select(packages.c.id).where(within(packages.c.name))),
        exists(select(publishers.c.id).where(within(publishers.c.target))),
        exists(
            select(staged.c.id).where(within(staged.c.package_name), staged.c.status != "rejected")
        ),
        exists(expired),
    )


def _scoped(*, collation: str | None) -> Select[Any]:
    first, last, everything = (
        bindparam(name, type_=String) for name in ("first", "last", "everything")
    )
    in_scope = _known_in_scope(first, last, everything, collation=collation)
    return select(*_known(), in_scope.label("is_scope"))


_BY_CHARACTERS = "C"
"""On PostgreSQL: a database may be of any language, and in the order of most punctuation hardly
counts."""
_PLAIN = Statement(select(*_known()))
_SCOPED = Statement(_scoped(collation=None), postgresql=_scoped(collation=_BY_CHARACTERS))
