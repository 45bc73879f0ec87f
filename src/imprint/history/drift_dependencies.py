"""Events of a dependency that was first published just before it was depended on.

axios 1.14.1 (2026-03-31) added `plain-crypto-js`, 22 minutes old (facts: incidents §2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.repositories import normalise_address
from imprint.history.axes import Auth
from imprint.history.events import EventId, EventSeverity
from imprint.history.fingerprints import About
from imprint.history.judging import duration_words
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.earlier import Earlier
    from imprint.history.events import DriftEvent
    from imprint.history.judging import Judging
    from imprint.history.publications import PackageHistory, Publication

_NOT_BY_TRUSTED_PUBLISHER = frozenset({Auth.TOKEN, Auth.HUMAN_2FA})


def newborn_events(
    judging: Judging, row: Publication, references: tuple[Earlier, ...]
) -> Iterator[DriftEvent]:
    """Yield one event for each dependency that is new to the line, and new at all."""
    published, neighbour = judging.published, judging.candidate.neighbour
    if published is None or neighbour is None:
        return
    lists = {one.row.dependencies for one in references}
    if lists == {row.dependencies}:
        return
    usual = set.intersection(*map(set, lists))
    for name in sorted(set(row.dependencies) - usual):
        dependency = neighbour(name)
        born = None if dependency is None else dependency.first_published
        if dependency is None or born is None:
            continue
        age = published - born
        if age < judging.settings.newborn_seconds:
            yield _event(judging, row, dependency, name=name, age=age, references=references)


def _event(
    judging: Judging,
    row: Publication,
    dependency: PackageHistory,
    *,
    name: str,
    age: float,
    references: tuple[Earlier, ...],
) -> DriftEvent:
    users = _users_of(dependency)
    severity = _severity(judging, row, dependency, users, references)
    how = "from the same publisher" if severity is EventSeverity.INFO else "of another publisher"
    if not users:
        how = "by nobody knows whom"
    since = next(one.version for one in references if name not in one.row.dependencies)
    return judging.event(
        EventId.RELEASE_NEWBORN_DEPENDENCY,
        judging.in_context(severity),
        f"depends on {quoted(name)}, first published {duration_words(age)} before, {how}: "
        f"{since} did not",
        about=About.PACKAGE,
        after=name,
        since=since,
        release=judging.ways_out("a release without it"),
        until=judging.fresh_until,
    )


def _severity(
    judging: Judging,
    row: Publication,
    dependency: PackageHistory,
    users: frozenset[str],
    references: tuple[Earlier, ...],
) -> EventSeverity:
    """Return how bad it is: splitting off a helper is usual, with one's own account or scope."""
    if _is_related(judging, row, dependency, users, references):
        return EventSeverity.INFO
    if users and judging.candidate.axes.auth in _NOT_BY_TRUSTED_PUBLISHER:
        return EventSeverity.ERROR
    return EventSeverity.WARN


def _is_related(
    judging: Judging,
    row: Publication,
    dependency: PackageHistory,
    users: frozenset[str],
    references: tuple[Earlier, ...],
) -> bool:
    """Return whether the registry itself says that both are of one publisher.

    By scope; by the account that published; by repository only where both have provenance: npm
    takes none whose repository is another than the manifest's, and anyone can write a field.
    """
    scope = _scope(judging.candidate.history.name)
    if scope is not None and scope == _scope(dependency.name):
        return True
    own = {row.user} | {earlier.row.user for earlier in references}
    if users and users <= own and not _is_by_machine(dependency):
        return True
    repository = _proved_repository(row)
    return repository is not None and all(
        _proved_repository(one) == repository for one in _rows(dependency)
    )


def _users_of(dependency: PackageHistory) -> frozenset[str]:
    return frozenset(one.user for one in _rows(dependency) if one.user is not None)


def _is_by_machine(dependency: PackageHistory) -> bool:
    """Whether a trusted publisher published it: its user's name is the same for everybody."""
    return any(one.trusted_publisher is not None for one in _rows(dependency))


def _rows(dependency: PackageHistory) -> tuple[Publication, ...]:
    return dependency.publications(tuple(dependency.moments))


def _proved_repository(row: Publication) -> object:
    if row.provenance_type is None or row.repository is None:
        return None
    return normalise_address(row.repository)


def _scope(name: str) -> str | None:
    return name.partition("/")[0] if name.startswith("@") and "/" in name else None
