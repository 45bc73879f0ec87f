"""Policy and subject → Admitted, Refused or Undecided. Pure and total.

Everything is gathered first, then weighed, then accepted or known: so that what is accepted is
always told. Could-not-decide never passes silently: where policy needs what nobody could see, the
decision is Undecided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from imprint.policy.accepting import acceptance_of, boundaries_of, expired_of
from imprint.policy.asked import asked_findings, requirements_of
from imprint.policy.codes import RuleCode, rank_of
from imprint.policy.decisions import Admitted, Level, Refused, Undecided
from imprint.policy.model import BundledScope, DevScope, Weight
from imprint.policy.rules import (
    advisory_findings,
    cooldown_end,
    cooldown_findings,
    event_findings,
    lacking_findings,
    license_findings,
    quarantine_findings,
    scope_findings,
)
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.policy.decisions import Acceptance, Decision, Reason
    from imprint.policy.findings import Finding
    from imprint.policy.model import Policy
    from imprint.policy.subjects import Subject

_INERT = (Exposure.NOT_INSTALLED, Exposure.DEV_ONLY_INERT)


def decide(policy: Policy, subject: Subject, *, baseline: frozenset[str], now: float) -> Decision:
    """Return whether `subject` may be installed at `now`, with every reason.

    `baseline` are the fingerprints that were known at adoption. The decision stays as it is until
    its `next_change`, as long as policy, subject and baseline do: a subject's events may change
    with time by themselves, which whoever made them knows (`history.next_change`).
    """
    findings = list(_findings(policy, subject, now))
    left: list[Finding] = []
    accepted: list[Acceptance] = []
    known: list[Reason] = []
    for finding in findings:
        acceptance = acceptance_of(policy, subject, finding, now)
        if acceptance is not None:
            accepted.append(acceptance)
        elif finding.may_be_known and finding.fingerprint in baseline:
            known.append(finding.reason())
        else:
            over = expired_of(policy, subject, finding, now)
            left.append(finding if over is None else replace(finding, hint=over))
    weighed = _Weighed(
        reasons=_told(one for one in left if one.weight is Weight.BLOCK),
        is_sure=any(one.weight is Weight.BLOCK and not one.is_undecided for one in left),
        warnings=_told(one for one in left if one.weight is Weight.WARN),
        accepted=tuple(accepted),
        known=_sorted(known),
        next_change=_next_change(policy, subject, findings, now),
    )
    return weighed.decision()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """What is left of the findings."""

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


def _findings(policy: Policy, subject: Subject, now: float) -> Iterator[Finding]:
    """Yield what every rule says, each once, as heavy as it is for such a package."""
    is_light = _is_light(policy, subject)
    heaviest: dict[str, Finding] = {}
    for finding in chain(
        quarantine_findings(policy, subject),
        event_findings(policy, subject),
        scope_findings(policy, subject),
        cooldown_findings(policy, subject, now),
        asked_findings(policy, subject, now),
        advisory_findings(policy, subject),
        license_findings(policy, subject),
        lacking_findings(policy, subject),
    ):
        said = heaviest.get(finding.fingerprint)
        if finding.weight > (Weight.NONE if said is None else said.weight):
            heaviest[finding.fingerprint] = finding
    for finding in heaviest.values():
        is_lowered = is_light and not (
            finding.is_for_good or finding.code == RuleCode.SCOPE_REGISTRY
        )
        yield replace(finding, weight=Weight.WARN) if is_lowered else finding


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


def _told(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    return _sorted(finding.reason() for finding in findings)


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
    policy: Policy, subject: Subject, findings: list[Finding], now: float
) -> float | None:
    """Return the first moment after `now` at which a cooldown, an acceptance or a grace ends."""
    moments = [moment for finding in findings for moment in boundaries_of(policy, subject, finding)]
    if (end := cooldown_end(policy, subject)) is not None:
        moments.append(end)
    moments += [
        asked.enforce_from
        for asked in requirements_of(policy, subject)
        if asked.enforce_from is not None
    ]
    return min((moment for moment in moments if moment > now), default=None)
