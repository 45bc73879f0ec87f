"""All names that this registry's database knows, in memory: what has changed is read again.

For who asks about every request's name: most are not ours, and the database says so only one by
one (`names_here`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select

from imprint.storage.names_here import NameHere, was_pending
from imprint.storage.schema import events, packages, publishers, staged
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select

MOST_NAMES = 100_000
"""More are looked up one by one: they would take tens of megabytes."""
BACK = 1000
"""Events from so far back are read again: where transactions overlap, a later id may be seen first
(PostgreSQL)."""


class _Marks(msgspec.Struct, frozen=True):
    """By what a change of names is noticed."""

    packages: int
    """No package is ever removed."""
    publishers: tuple[int, float | None]
    staged: tuple[int, float | None]
    event: int


class HeldNames(msgspec.Struct, frozen=True, kw_only=True):
    """Every name, as of one moment."""

    published: frozenset[str]
    publishers: frozenset[str]
    """Patterns too."""
    staged: frozenset[str]
    ended: frozenset[str]
    """Of publishers that are gone."""
    scopes: frozenset[str]
    marks: _Marks

    @property
    def names(self) -> tuple[frozenset[str], ...]:
        """All that is known, to be compared."""
        return (self.published, self.publishers, self.staged, self.ended)

    def of(self, name: str, scope: str | None) -> NameHere:
        """Return what is known of `name`, as `name_here` does."""
        return NameHere(
            is_package=name in self.published,
            is_expected=name in self.publishers or name in self.staged or name in self.ended,
            scope_is_used=scope is not None and scope in self.scopes,
        )


_MARKS = Statement(
    select(
        select(func.count()).select_from(packages).scalar_subquery().label("packages"),
        select(func.count()).select_from(publishers).scalar_subquery().label("publishers"),
        select(func.max(publishers.c.created_at)).scalar_subquery().label("publisher_at"),
        select(func.count())
        .select_from(staged)
        .where(staged.c.status != "rejected")
        .scalar_subquery()
        .label("staged"),
        select(func.max(staged.c.created_at)).scalar_subquery().label("staged_at"),
        select(func.max(events.c.id)).scalar_subquery().label("event"),
    )
)


def held_names(
    connection: Connection, before: HeldNames | None, *, most_names: int = MOST_NAMES
) -> HeldNames | None:
    """Return every name; `before` itself, if nothing changed; None: there are too many."""
    row = _MARKS.first(connection)
    if row is None or row.packages + row.publishers + row.staged > most_names:
        return None
    marks = _Marks(
        row.packages,
        (row.publishers, row.publisher_at),
        (row.staged, row.staged_at),
        row.event or 0,
    )
    if before is not None and before.marks == marks:
        return before
    return _read(connection, marks, before)


def _read(connection: Connection, marks: _Marks, before: HeldNames | None) -> HeldNames:
    """Read what the marks say has changed."""
    if before is not None and before.marks.packages == marks.packages:
        published = before.published
    else:
        published = _names(connection, select(packages.c.name))
    waiting = select(staged.c.package_name).where(staged.c.status != "rejected")
    targets = _names(connection, select(publishers.c.target))
    versions = _names(connection, waiting)
    since = 0 if before is None else before.marks.event - BACK
    ended = _names(
        connection, select(events.c.package_name).where(events.c.id > since, was_pending())
    )
    if before is not None:
        ended |= before.ended
    return HeldNames(
        published=published,
        publishers=targets,
        staged=versions,
        ended=ended,
        scopes=_scopes(published) | _scopes(targets) | _scopes(versions) | _scopes(ended),
        marks=marks,
    )


def _names(connection: Connection, query: Select[str | None]) -> frozenset[str]:
    return frozenset(name for name in connection.scalars(query) if name is not None)


def _scopes(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name[1:].partition("/")[0] for name in names if name.startswith("@"))
