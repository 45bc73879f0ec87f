"""Policy and subject → Admitted, Refused or Undecided. Pure and total.

Everything is gathered first, then weighed, then accepted or known: so that what is accepted is
always told. Could-not-decide never passes silently: where policy needs what nobody could see, the
decision is Undecided.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.policy.accepting import acceptance_of, boundaries_of, expired_of
from imprint.policy.asked import asked_objections, requirements_of
from imprint.policy.codes import RuleCode, rank_of
from imprint.policy.decisions import Admitted, Level, Refused, Undecided
from imprint.policy.model import BundledScope, DevScope, Weight
from imprint.policy.rules import (
    advisory_objections,
    cooldown_end,
    cooldown_objections,
    event_objections,
    lacking_objections,
    license_objections,
    quarantine_objections,
    scope_objections,
)
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.policy.decisions import Acceptance, Decision, Reason
    from imprint.policy.model import Policy
    from imprint.policy.objections import Objection
    from imprint.policy.subjects import Subject

_INERT = (Exposure.NOT_INSTALLED, Exposure.DEV_ONLY_INERT)


def decide(policy: Policy, subject: Subject, *, baseline: frozenset[str], now: float) -> Decision:
    """Return whether `subject` may be installed at `now`, with every reason.

    `baseline` are the fingerprints that were known at adoption. The decision stays as it is until
    its `next_change`, as long as policy, subject and baseline do: a subject's events may change
    with time by themselves, which whoever made them knows (`history.next_change`).
    """
    objections = list(_objections(policy, subject, now))
    left: list[Objection] = []
    accepted: list[Acceptance] = []
    known: list[Reason] = []
    for objection in objections:
        acceptance = acceptance_of(policy, subject, objection, now)
        if acceptance is not None:
            accepted.append(acceptance)
        elif objection.may_be_known and objection.fingerprint in baseline:
            known.append(objection.reason())
        else:
            over = expired_of(policy, subject, objection, now)
            left.append(objection if over is None else replace(objection, hint=over))
    weighed = _Weighed(
        reasons=_told(one for one in left if one.weight is Weight.BLOCK),
        is_sure=any(one.weight is Weight.BLOCK and not one.is_undecided for one in left),
        warnings=_told(one for one in left if one.weight is Weight.WARN),
        accepted=tuple(accepted),
        known=_sorted(known),
        next_change=_next_change(policy, subject, objections, now),
    )
    return weighed.decision()


class _Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of the objections."""

    reasons: tuple[Reason, ...]
    is_sure: bool
    """Whether one of the reasons is about more than what nobody could see."""
    warnings: tuple[Reason, ...]
    accepted: tuple[Acceptance, ...]
    known: tuple[Reason, ...]
    next_change: float | None

    def decision(self) -> Decision:
        if not self.reasons:
            return Admitted(
                warnings=self.warnings,
                accepted=self.accepted,
                known=self.known,
                next_change=self.next_change,
            )
        return (Refused if self.is_sure else Undecided)(
            reasons=self.reasons,
            warnings=self.warnings,
            accepted=self.accepted,
            known=self.known,
            next_change=self.next_change,
        )


def _objections(policy: Policy, subject: Subject, now: float) -> Iterator[Objection]:
    """Yield what every rule says, each once, as heavy as it is for such a package."""
    is_light = _is_light(policy, subject)
    heaviest: dict[str, Objection] = {}
    for objection in chain(
        quarantine_objections(policy, subject),
        event_objections(policy, subject),
        scope_objections(policy, subject),
        cooldown_objections(policy, subject, now),
        asked_objections(policy, subject, now),
        advisory_objections(policy, subject),
        license_objections(policy, subject),
        lacking_objections(policy, subject),
    ):
        said = heaviest.get(objection.fingerprint)
        if objection.weight > (Weight.NONE if said is None else said.weight):
            heaviest[objection.fingerprint] = objection
    for objection in heaviest.values():
        is_lowered = is_light and not (
            objection.is_for_good or objection.code == RuleCode.SCOPE_REGISTRY
        )
        yield replace(objection, weight=Weight.WARN) if is_lowered else objection


def _is_light(policy: Policy, subject: Subject) -> bool:
    """Return whether the package only warns: by `scope`, what is broken or malware excepted."""
    if subject.is_bundled and policy.bundled is BundledScope.WARN:
        return True
    if not subject.is_dev:
        return False
    match policy.dev:
        case DevScope.ALL:
            return False
        case DevScope.NONE:
            return True
        case DevScope.BUILD_ONLY:
            # Where nobody looked, it may well be run.
            return subject.exposure in _INERT


def _told(objections: Iterable[Objection]) -> tuple[Reason, ...]:
    return _sorted(objection.reason() for objection in objections)


def _sorted(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return reasons, the worst first; of equals in an order that never changes."""
    return tuple(
        sorted(
            reasons,
            key=lambda one: (
                one.level is not Level.BLOCK,
                rank_of(one.code),
                one.message,
                one.fingerprint,
            ),
        )
    )


def _next_change(
    policy: Policy, subject: Subject, objections: list[Objection], now: float
) -> float | None:
    """Return the first moment after `now` at which a cooldown, an acceptance or a grace ends."""
    moments = [
        moment for objection in objections for moment in boundaries_of(policy, subject, objection)
    ]
    if (end := cooldown_end(policy, subject)) is not None:
        moments.append(end)
    moments += [
        asked.enforce_from
        for asked in requirements_of(policy, subject)
        if asked.enforce_from is not None
    ]
    return min((moment for moment in moments if moment > now), default=None)
