"""A decision as the JSON that scripts rely on: the same members from audit and gate.

Nothing is left out: what nobody knows is null. Members are only ever added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from imprint.policy.decisions import Admitted, verdict_of

if TYPE_CHECKING:
    from imprint.policy.decisions import Acceptance, Decision, Reason

Values: TypeAlias = "dict[str, object]"


def decision_values(decision: Decision) -> Values:
    """Return the verdict, and everything that it rests on."""
    reasons = () if isinstance(decision, Admitted) else decision.reasons
    return {
        "verdict": verdict_of(decision),
        "reasons": [reason_values(reason) for reason in reasons],
        "warnings": [reason_values(reason) for reason in decision.warnings],
        "accepted": [acceptance_values(one) for one in decision.accepted],
        "known": [reason_values(reason) for reason in decision.known],
        "next_change": decision.next_change,
    }


def reason_values(reason: Reason) -> Values:
    """Return one reason."""
    return {
        "code": reason.code,
        "message": reason.message,
        "level": reason.level.value,
        "fingerprint": reason.fingerprint,
        "hint": reason.hint,
        "release": reason.release,
        "until": reason.until,
        "before": reason.before,
        "after": reason.after,
    }


def acceptance_values(acceptance: Acceptance) -> Values:
    """Return what somebody accepted."""
    return {
        "reason": reason_values(acceptance.reason),
        "why": acceptance.why,
        "by": acceptance.by,
        "until": acceptance.until,
    }
