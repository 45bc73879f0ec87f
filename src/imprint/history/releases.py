"""The last releases of a version's line, as rows of an evidence table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imprint.history.axes import Auth
from imprint.history.claims import claimed_axes
from imprint.history.grades import claimed_grade
from imprint.history.identities import words_of
from imprint.history.lines import in_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.history.axes import Axes, Carries, Grade
    from imprint.history.identities import PublisherIdentity
    from imprint.history.publications import PackageHistory, Publication

MOST_ROWS = 10
_LATER_ROWS = 2


class ReleaseRow(NamedTuple):
    """One publication, for people."""

    version: str
    published: float | None
    """Unix seconds."""
    grade: Grade
    """By the registry's word: what it would be if all that is there were verified."""
    publisher: str
    """In words: `acme/widget release.yml @ tags`, `a token (alice)`."""


def release_rows(
    history: PackageHistory,
    version: str,
    carries: Carries,
    identities: Mapping[str, PublisherIdentity],
) -> tuple[ReleaseRow, ...]:
    """Return ten releases of `version`'s line, newest first: it, two later, those before.

    `identities` are the verified ones, by version.
    """
    versions = in_line(history, version)
    start = versions.index(version) if version in versions else 0
    shown = versions[max(0, start - _LATER_ROWS) :][:MOST_ROWS]
    return tuple(
        _row(row, claimed_axes(row, carries), identities.get(row.version))
        for row in history.publications(shown)
    )


def publisher_words(row: Publication, axes: Axes, identity: PublisherIdentity | None = None) -> str:
    """Return who published, for people: by certificate, else by the registry's word."""
    if identity is not None:
        return words_of(identity)
    user = "" if row.user is None else f" ({row.user})"
    if row.approver is not None:
        return f"approved by {row.approver}"
    match axes.auth:
        case Auth.OIDC:
            provider = row.trusted_publisher
            return "a trusted publisher" + ("" if provider is None else f" ({provider})")
        case Auth.TOKEN:
            return f"a token{user}"
        case Auth.HUMAN_2FA:
            return f"a person{user}"
        case Auth.UNKNOWN:
            return row.user or "unknown"


def _row(row: Publication, axes: Axes, identity: PublisherIdentity | None) -> ReleaseRow:
    return ReleaseRow(
        version=row.version,
        published=row.published,
        grade=claimed_grade(axes),
        publisher=publisher_words(row, axes, identity),
    )
