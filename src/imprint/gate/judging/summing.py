"""What the versions of a packument come to together: what is withheld, until when, what doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.gate.judging.effects import verdict_on
from imprint.gate.judging.finding import RETRY_SECONDS
from imprint.gate.judging.judged import withheld_of
from imprint.gate.judging.weighing import undecided
from imprint.gate.model import JudgedDocument

if TYPE_CHECKING:
    from imprint.gate.judging.finding import Found
    from imprint.gate.judging.policies import GatePolicy
    from imprint.gate.judging.weighing import Weighing
    from imprint.gate.model import UpstreamDocument, VersionVerdict

MOST_DOUBT_CHARACTERS = 300


def summed(weighing: Weighing, now: float) -> JudgedDocument:
    """Return what the versions of a document came to."""
    document, policy = weighing.document, weighing.policy
    moments = [moment for moment in weighing.moments if moment > now]
    moments += moments_of(policy, weighing.found, now)
    return JudgedDocument(
        name=document.name,
        document_digest=document.digest,
        policy_digest=policy.digest,
        verdicts=weighing.verdicts,
        withheld=withheld_of(weighing.verdicts),
        next_change=min(moments, default=None),
        doubt=_doubt([*weighing.stripped, *weighing.found.failures]),
    )


def failed(document: UpstreamDocument, policy: GatePolicy, now: float) -> JudgedDocument:
    """Return that nothing could be told of any version: judging failed as a whole."""
    verdicts = {
        version: failure(document.name, version, policy, now) for version in versions_of(document)
    }
    return JudgedDocument(
        name=document.name,
        document_digest=document.digest,
        policy_digest=policy.digest,
        verdicts=verdicts,
        withheld=withheld_of(verdicts),
        next_change=now + RETRY_SECONDS,
        doubt="judging it failed",
    )


def unjudged(document: UpstreamDocument) -> JudgedDocument:
    """Return that nothing is judged: there is no policy."""
    return JudgedDocument(
        name=document.name,
        document_digest=document.digest,
        policy_digest="",
        verdicts={},
        withheld=frozenset(),
        next_change=None,
    )


def failure(name: str, version: str, policy: GatePolicy, now: float) -> VersionVerdict:
    """Return that judging a version failed."""
    decision = undecided(name, "judging it failed: the server's log has the cause")
    return verdict_on(name, version, decision, mode=policy.mode(now), undecided=policy.undecided)


def moments_of(policy: GatePolicy, found: Found, now: float) -> list[float]:
    """Return when things are to be judged again that do not depend on any version."""
    start = policy.loaded.policy.enforce_from
    again = now + RETRY_SECONDS if found.failures else None
    moments = (start, again, found.good_until)
    return [moment for moment in moments if moment is not None and moment > now]


def versions_of(document: UpstreamDocument) -> tuple[str, ...]:
    """Return every version that is there, also those whose entry could not be read."""
    history = document.history
    return tuple(dict.fromkeys((*history.moments, *history.unreadable)))


def _doubt(texts: list[str]) -> str | None:
    whole = "; ".join(dict.fromkeys(texts))
    plain = "".join(c if " " <= c <= "~" else "?" for c in whole)
    return plain[:MOST_DOUBT_CHARACTERS] or None
