"""Objection: one thing that a rule has to say of a version, before anybody accepted it."""

from __future__ import annotations

import msgspec

from imprint.history.events import EventId, EventSeverity
from imprint.policy.codes import BROKEN, NEVER_ACCEPTED, fingerprint_of
from imprint.policy.decisions import Level, Reason
from imprint.policy.model import Policy, Weight
from imprint.policy.subjects import Subject


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A reason-to-be, and what it weighs."""

    code: str
    message: str
    weight: Weight
    fingerprint: str
    is_undecided: bool = False
    """It is about what could not be had: where it blocks, nothing is decided."""
    advisories: frozenset[str] = frozenset()
    """The ids of the flaw that it is about."""
    hint: str | None = None
    release: str | None = None
    until: float | None = None
    before: str | None = None
    after: str | None = None

    @property
    def is_broken(self) -> bool:
        """Whether cryptography says no: only a digest that is vouched for may pass."""
        return self.code in BROKEN

    @property
    def is_for_good(self) -> bool:
        """Whether no acceptance and no baseline is heard."""
        return self.code in NEVER_ACCEPTED

    @property
    def may_be_known(self) -> bool:
        """Whether a baseline is heard: not of what time mends, nor of what nobody could see."""
        return not (self.is_for_good or self.is_undecided or self.code == EventId.RELEASE_TOO_YOUNG)

    def reason(self) -> Reason:
        """Return it as the decision tells it."""
        return Reason(
            code=str(self.code),
            message=self.message,
            level=Level.BLOCK if self.weight is Weight.BLOCK else Level.WARN,
            fingerprint=self.fingerprint,
            hint=self.hint,
            release=self.release,
            until=self.until,
            before=self.before,
            after=self.after,
        )


def weigh(policy: Policy, code: str, wanted: Weight) -> Weight:
    """Return what a rule's own reason comes to, by its level in `[rules]`."""
    if code in NEVER_ACCEPTED:
        return Weight.BLOCK
    severity = EventSeverity.ERROR if wanted is Weight.BLOCK else EventSeverity.WARN
    return Weight.NONE if wanted is Weight.NONE else policy.rule(code).weigh(severity)


def known_by(subject: Subject, code: str, detail: str) -> str:
    """Return the fingerprint of a rule's own reason."""
    return fingerprint_of(subject.name, code, detail)
