"""Every code, event kind and mail template of the source, and how each of them is answered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from imprint.attestations.codes import Code
from imprint.audit.model import POLICY_CHANGED
from imprint.explanations.pages import id_of
from imprint.gate import faults
from imprint.history.events import EventId
from imprint.policy.codes import RuleCode
from imprint.registry.statuses import status_of
from tests.docs.literals import Literals, Sink

UNAVAILABLE = 503

REFUSALS = (Sink("Refusal", "code"), Sink("BrokenRule", "code"))
BAD_INPUT = (Sink("Malformed", "code", 0),)
UNDECIDED = (Sink("Unavailable", "code", 0),)
FINDINGS = (Sink("Finding", "code"),)
EVENTS = (Sink("Event", "kind"),)
MAILS = (Sink("Mail", "template"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the source can emit, each with the files that it comes from."""

    refusals: dict[str, set[str]]
    bad_input: dict[str, set[str]]
    undecided: dict[str, set[str]]
    findings: dict[str, set[str]]
    events: dict[str, set[str]]
    mails: dict[str, set[str]]
    lost: tuple[str, ...]
    open_ended: tuple[str, ...]

    @property
    def codes(self) -> frozenset[str]:
        """Everything that a refusal, an error or an attestation's verdict can be called."""
        said = frozenset(self.refusals) | frozenset(self.bad_input) | frozenset(self.undecided)
        return said | frozenset(self.findings) | frozenset(Code)

    @property
    def ids(self) -> frozenset[str]:
        """Everything that has a page, by the page's id."""
        told = (
            frozenset(self.events)
            | frozenset(self.mails)
            | frozenset(EventId)
            | frozenset(RuleCode)
        )
        return frozenset(map(id_of, self.codes)) | told | {POLICY_CHANGED}

    def statuses(self, code: str) -> frozenset[int]:
        """Return the HTTP statuses that a code can be sent with."""
        found = set()
        # The gate has statuses of its own for what it alone says.
        if code in self.refusals:
            found |= {of(code, malformed=False) for of in (status_of, faults.status_of)}
        if code in self.bad_input:
            found |= {of(code) for of in (status_of, faults.status_of)}
        if code in self.undecided:
            found.add(UNAVAILABLE)
        return frozenset(found)


@cache
def found() -> Found:
    """Return what the source can emit."""
    source = Literals()
    return Found(
        refusals=source.reaching(*REFUSALS),
        bad_input=source.reaching(*BAD_INPUT),
        undecided=source.reaching(*UNDECIDED),
        findings=source.reaching(*FINDINGS),
        events=source.reaching(*EVENTS),
        mails=source.reaching(*MAILS),
        lost=tuple(dict.fromkeys(source.lost)),
        open_ended=tuple(dict.fromkeys(source.open_ended)),
    )
