"""What is to be said of a policy's own state: acceptances that are over, or that nothing needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imprint.policy.accepting import cap_of
from imprint.policy.codes import IDENTITY_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.policy.decisions import Acceptance, Decision
    from imprint.policy.model import Accept, Policy

SOON_SECONDS = 14 * 86_400.0


def notes_of(policy: Policy, decisions: Iterable[Decision], *, now: float) -> tuple[str, ...]:
    """Return one line for each acceptance that is over or was not used.

    `decisions` are those of a whole lockfile: of a part of one, nothing tells what is not needed.
    What is accepted, and until when, the decisions themselves say.
    """
    used = [one for decision in decisions for one in decision.accepted]
    return tuple(_of_policy(policy, used, now))


def _of_policy(policy: Policy, used: list[Acceptance], now: float) -> Iterator[str]:
    places = {one.why for one in used}
    for one in policy.accept:
        what = f"acceptance of `{one.rule}` for {_packages(one)} at {one.where}"
        if now >= one.until:
            yield f"{what} ended on {_last_day(one.until)}: its findings are back"
        elif now < one.until - cap_of(policy):
            yield f"{what} ends too late to count: `accept-cap` is the most"
        elif f"{one.why} ({one.where})" not in places:
            yield f"{what} is not needed{_why_not(one)}"
    for allowed in policy.advisories.allow:
        what = f"allowed advisory {allowed.id} at {allowed.where}"
        if now >= allowed.until:
            yield f"{what} ended on {_last_day(allowed.until)}"
        elif f"{allowed.why} ({allowed.where})" not in places:
            yield f"{what} is not needed"
    for vouched in policy.quarantine:
        if vouched.until is not None and now >= vouched.until:
            yield f"vouching at {vouched.where} ended on {_last_day(vouched.until)}"


def _why_not(one: Accept) -> str:
    if one.rule in IDENTITY_RULES and one.after is None:
        return ": it names no `to`, the identity that it accepts"
    return ""


def _packages(one: Accept) -> str:
    return ", ".join(pattern.text for pattern in one.packages)


def _last_day(until: float) -> str:
    """Return the day that was the last: an end is the midnight after it."""
    return datetime.fromtimestamp(until - 1, UTC).strftime("%Y-%m-%d")
