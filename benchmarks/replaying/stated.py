"""What a record states, in the form that histories are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.versions import Number, number_of
from imprint.history.axes import Carries
from imprint.history.candidates import Found

if TYPE_CHECKING:
    from collections.abc import Collection

    from benchmarks.replaying.completions import Completion
    from benchmarks.replaying.records import Facts
    from benchmarks.replaying.versions import Line

DAY: Final = 86_400.0
_UNKNOWN_DATE: Final = datetime(2026, 2, 1, 12, tzinfo=UTC)
_MOST_SIBLINGS: Final = 20


def day_of(facts: Facts) -> float:
    """Return noon of its date, in Unix seconds; the middle of a month of which no day is known.

    A date that is not known at all is a fixed one, at which npm had everything.
    """
    first = facts.date.partition("..")[0]
    if not first[:1].isdigit():
        return _UNKNOWN_DATE.timestamp()
    year, month, day = [*(int(part) for part in first.split("-")), 15][:3]
    return datetime(year, month, day, 12, tzinfo=UTC).timestamp()


def last_good_of(facts: Facts, package: str, lines: Collection[Line]) -> set[Number]:
    """Return versions that stood before, of these lines."""
    found = set()
    for one in facts.packages:
        if one.name.partition(" (")[0] == package and one.last_good:
            texts = [one.last_good] if isinstance(one.last_good, str) else one.last_good
            found |= {number for text in texts if (number := number_of(text))}
    return {number for number in found if number.line in lines}


def publisher_of(
    facts: Facts, completion: Completion, *, is_after: bool
) -> tuple[str | None, str | None]:
    """Return the publishing user and the e-mail, where a record says whether they changed."""
    changed = facts.identity.get("publisher_user_changed")
    if changed == "inferred":
        changed = completion.user_changed
    user = None
    if isinstance(changed, bool):
        user = "somebody-else" if changed and is_after else "somebody"
    email = None
    if facts.identity.get("npm_email_changed") is True:
        email = "after@other.example.test" if is_after else "before@example.test"
    return user, email


def added_by(facts: Facts) -> tuple[str, ...]:
    """Return the names of dependencies that no version before had."""
    stated = str(facts.identity.get("new_dependency", ""))
    return (stated.replace(",", " ").split()[0],) if stated else ()


def age_of_added(facts: Facts) -> float | None:
    """Return how old a new dependency was in seconds, where it is said (`published 22 min`)."""
    words = str(facts.identity.get("new_dependency", "")).split()
    if "published" not in words:
        return None
    number, unit = words[words.index("published") + 1 :][:2]
    return float(number) * {"min": 60.0, "h": 3600.0, "d": DAY}[unit]


def tag_of(facts: Facts) -> Found:
    """Return whether the repository has a tag of the version."""
    if facts.identity.get("no_matching_git_tag") is True or facts.tag_found is False:
        return Found.NO
    return Found.YES if facts.tag_found else Found.UNKNOWN


def siblings_of(facts: Facts) -> tuple[str, ...]:
    """Return packages of the same publisher that were published within the same minutes."""
    if "burst" not in facts.identity:
        return ()
    count = min(_MOST_SIBLINGS, sum(one.n_packages for one in facts.packages) - 1)
    return tuple(f"sibling-{number}" for number in range(count))


def carried_by(facts: Facts) -> Carries:
    """Return what the registry tells at all: of that era, and users only where one is known."""
    is_kept = facts.era == "provenance"
    return Carries(
        times=True,
        users="publisher_user_changed" in facts.identity,
        trusted_publishers=is_kept,
        approvers=is_kept,
        signatures=False,
        attestations=is_kept,
    )
