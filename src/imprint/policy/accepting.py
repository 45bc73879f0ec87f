"""Which objections somebody accepted, vouched for, or knew before; and until when that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imprint.policy.codes import IDENTITY_RULES, RuleCode
from imprint.policy.decisions import Acceptance
from imprint.policy.model import DAY_SECONDS
from imprint.policy.patterns import matches_any
from imprint.policy.rules import vouches_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.policy.model import Accept, Policy
    from imprint.policy.objections import Objection
    from imprint.policy.subjects import Subject


def acceptance_of(
    policy: Policy, subject: Subject, objection: Objection, now: float
) -> Acceptance | None:
    """Return what lets an objection be: the first that matches, and that counts at `now`."""
    for until, why, by, where in _leaves(policy, subject, objection):
        if until - cap_of(policy) <= now < until:
            whole = f"{why} ({where})" if where else why
            return Acceptance(reason=objection.reason(), why=whole, by=by, until=until)
    return None


def expired_of(policy: Policy, subject: Subject, objection: Objection, now: float) -> str | None:
    """Return where an acceptance stands that is over, or does not count yet; None: there is none.

    The objection is back then, and says so.
    """
    for until, _, by, where in _leaves(policy, subject, objection):
        who = f" by {by}" if by else ""
        if now >= until:
            return f"its acceptance{who} at {where} is over"
        if now < until - cap_of(policy):
            return f"its acceptance{who} at {where} ends too late to count: see `accept-cap`"
    return None


def boundaries_of(policy: Policy, subject: Subject, objection: Objection) -> Iterator[float]:
    """Yield each moment at which an acceptance of an objection begins to count, or ceases to."""
    for until, *_ in _leaves(policy, subject, objection):
        yield until - cap_of(policy)
        yield until


def cap_of(policy: Policy) -> float:
    """Return how far ahead an acceptance may end: a day more, as its last day counts whole."""
    return policy.accept_cap_seconds + DAY_SECONDS


def accepts(one: Accept, subject: Subject, objection: Objection) -> bool:
    """Return whether an acceptance is of an objection, whenever it counts.

    A change of identity is accepted from one to one other, to the letter: what is not said is then
    not anything, so that the next change is another matter (facts: consumers §6.6).
    """
    if one.rule != objection.code or not matches_any(one.packages, subject.name, subject.version):
        return False
    if one.rule in IDENTITY_RULES:
        return one.after == objection.after and one.before in (None, objection.before)
    return one.before in (None, objection.before) and one.after in (None, objection.after)


class _Leave(NamedTuple):
    """Something in the policy that lets an objection be."""

    until: float
    why: str
    by: str | None
    where: str


def _leaves(policy: Policy, subject: Subject, objection: Objection) -> Iterator[_Leave]:
    """Yield what could let an objection be, in the order of the file, whenever it counts."""
    if objection.is_broken:
        for vouch in policy.quarantine:
            if not vouch.is_refused and vouch.until is not None and vouches_for(vouch, subject):
                yield _Leave(vouch.until, vouch.why, vouch.by, vouch.where)
    if objection.is_for_good:
        return
    for one in policy.accept:
        if accepts(one, subject, objection):
            yield _Leave(one.until, one.why, one.by, one.where)
    if objection.code == RuleCode.ADVISORY:
        for allowed in policy.advisories.allow:
            is_meant = not allowed.packages or matches_any(
                allowed.packages, subject.name, subject.version
            )
            if allowed.id in objection.advisories and is_meant:
                yield _Leave(allowed.until, allowed.why, allowed.by, allowed.where)
