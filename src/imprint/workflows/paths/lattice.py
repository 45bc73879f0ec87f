"""Who is weaker than whom, and the smallest sets of people that something takes.

The order is that of facts/workflows.md §7.2, but for reviewers of an environment: they approve
what somebody else does, and stand for nobody weaker. Everybody of a `Who` has to take part; one
person may take several parts, so a WRITER alone does what ANON and WRITER_INTERACTION do together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from imprint.workflows.paths.model import Principal, Rank

if TYPE_CHECKING:
    from collections.abc import Iterable

Who: TypeAlias = "frozenset[Principal]"

_NEXT = {
    Rank.ANON: (Rank.PRIOR_CONTRIBUTOR,),
    Rank.PRIOR_CONTRIBUTOR: (Rank.LABELER,),
    Rank.LABELER: (Rank.WRITER,),
    Rank.WRITER_INTERACTION: (Rank.WRITER,),
    Rank.WRITER: (Rank.TAG_CREATOR, Rank.DISPATCHER, Rank.REVIEWED),
    Rank.DISPATCHER: (Rank.ADMIN,),
    Rank.TAG_CREATOR: (Rank.ADMIN,),
    Rank.REVIEWED: (Rank.ADMIN,),
    Rank.ENV_REVIEWER: (Rank.ADMIN,),
    Rank.ADMIN: (),
    Rank.SUPPLY: (),
    Rank.TOKEN_HOLDER: (),
}
_THROUGH_SOMETHING = (Rank.SUPPLY, Rank.TOKEN_HOLDER)
_SPELLING_ORDER = {
    rank: place
    for place, rank in enumerate(sorted(Rank, key=lambda rank: rank not in _THROUGH_SOMETHING))
}
"""Whose doing it is comes before who lets it pass."""

ANON = Principal(rank=Rank.ANON)
PRIOR = Principal(rank=Rank.PRIOR_CONTRIBUTOR)
INTERACTION = Principal(rank=Rank.WRITER_INTERACTION)
WRITER = Principal(rank=Rank.WRITER)
TAG_CREATOR = Principal(rank=Rank.TAG_CREATOR)
REVIEWED = Principal(rank=Rank.REVIEWED)
ENV_REVIEWER = Principal(rank=Rank.ENV_REVIEWER)

OUTSIDERS = frozenset({Rank.ANON, Rank.PRIOR_CONTRIBUTOR, Rank.LABELER, Rank.WRITER_INTERACTION})
"""People without rights of their own to the repository's content."""


def who(*principals: Principal) -> Who:
    """Return those that have to take part, without those that another one makes up for."""
    return frozenset(
        one
        for one in principals
        if one.rank is Rank.ENV_REVIEWER
        or not any(other != one and _covers(other, one) for other in principals)
    )


@lru_cache(maxsize=1024)  # the same few people meet in every job of every run
def joined(first: Who, second: Who) -> Who:
    """Return who it takes where both have to take part.

    A reviewer of an environment is somebody else than who starts the run, so is never left out;
    ANON next to a mere interaction stays, too: the two are two people.
    """
    return who(*first, *second)


def is_weaker_or_equal(first: Who, second: Who) -> bool:
    """Whether whoever makes up `second` can do what takes `first`: `second` adds nothing."""
    return all(any(_covers(strong, weak) for strong in second) for weak in first)


def is_outsider(people: Who) -> bool:
    """Whether nobody of them has rights to the repository, but for a reviewer who approves."""
    ranks = {one.rank for one in people} - {Rank.ENV_REVIEWER}
    return bool(ranks) and ranks <= OUTSIDERS


def is_supply(people: Who) -> bool:
    """Whether it is done through something that runs, rather than by somebody who acts."""
    return any(one.rank is Rank.SUPPLY for one in people)


def weakest(many: Iterable[Who]) -> tuple[Who, ...]:
    """Return the antichain of the weakest, in the order given."""
    kept: list[Who] = []
    for one in many:
        if any(is_weaker_or_equal(other, one) for other in kept):
            continue
        kept = [other for other in kept if not is_weaker_or_equal(one, other)]
        kept.append(one)
    return tuple(kept)


def spelled(people: Who) -> tuple[Principal, ...]:
    """Return them in the specification's order: `ANON+WRITER_INTERACTION`."""
    return tuple(sorted(people, key=lambda one: (_SPELLING_ORDER[one.rank], one.of)))


def _covers(strong: Principal, weak: Principal) -> bool:
    if strong.rank in {Rank.SUPPLY, Rank.TOKEN_HOLDER} or weak.of:
        return strong == weak
    return strong.rank in _ABOVE[weak.rank]


def _above(rank: Rank) -> frozenset[Rank]:
    found, open_ranks = {rank}, [rank]
    while open_ranks:
        for following in _NEXT[open_ranks.pop()]:
            if following not in found:
                found.add(following)
                open_ranks.append(following)
    return frozenset(found)


_ABOVE = {rank: _above(rank) for rank in Rank}
"""To each rank all those that can do what it can, itself included."""
