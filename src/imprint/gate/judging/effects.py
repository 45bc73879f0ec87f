"""From what policy says of a version to what the gate does with it, and to the line that says so.

Pure. `observe` serves everything, `warn` serves it and tells, `enforce` withholds; a tarball that
is quarantined by its digest is withheld in every mode.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imprint.gate.judging.policies import WhenUndecided
from imprint.gate.model import Effect, VersionVerdict
from imprint.policy.codes import RuleCode
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.policy.model import Mode
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.policy.decisions import Acceptance, Decision, Reason

MOST_SENTENCE_CHARACTERS = 480
_PLAIN = Admitted()
_UNREADABLE = datetime.max.replace(tzinfo=UTC).timestamp()


def verdict_on(
    name: str, version: str, decision: Decision, *, mode: Mode, undecided: WhenUndecided
) -> VersionVerdict:
    """Return what becomes of `name@version`."""
    effect = effect_of(decision, mode=mode, undecided=undecided)
    return VersionVerdict(
        version=version,
        decision=decision,
        effect=effect,
        sentence=sentence_of(name, version, decision, effect=effect, mode=mode),
        until=until_of(decision) if effect is Effect.WITHHOLD else None,
    )


def plain_verdict(name: str, version: str) -> VersionVerdict:
    """Return that a version is served, and that nothing is to be said of it."""
    by_mode = WhenUndecided.BY_MODE
    return verdict_on(name, version, _PLAIN, mode=Mode.OBSERVE, undecided=by_mode)


def effect_of(decision: Decision, *, mode: Mode, undecided: WhenUndecided) -> Effect:
    """Return what the gate does with a version.

    Monotone in the mode: what `observe` withholds `warn` does, and what `warn` withholds `enforce`
    does.
    """
    match decision:
        case Admitted():
            return Effect.SERVE
        case Refused(reasons=reasons):
            is_quarantined = any(one.code == RuleCode.QUARANTINED for one in reasons)
            withholds = is_quarantined or mode is Mode.ENFORCE
        case Undecided():
            withholds = _holds(mode, undecided)
    return Effect.WITHHOLD if withholds else Effect.SERVE


def until_of(decision: Decision) -> float | None:
    """Return when a version is admitted by itself, as far as its reasons say; None: never."""
    if isinstance(decision, Admitted):
        return None
    ends = [one.until for one in decision.reasons]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def sentence_of(name: str, version: str, decision: Decision, *, effect: Effect, mode: Mode) -> str:
    """Return one line for people: what, why, until when; empty for what is plainly served."""
    if isinstance(decision, Admitted) and not decision.accepted:
        return ""  # nearly all of them
    what = quoted(f"{name}@{version}")
    withheld = effect is Effect.WITHHOLD
    match decision:
        case Admitted(accepted=accepted):
            return _cut(f"{what} is admitted by an acceptance: {_accepted(accepted)}")
        case Refused(reasons=reasons):
            verb = "is refused" if withheld else f"would be refused (the policy's mode is `{mode}`)"
        case Undecided(reasons=reasons):
            verb = "is held: what its policy asks cannot be told"
            if not withheld:
                verb = "is served, though what its policy asks cannot be told"
    return _cut(f"{what} {verb}: {_why(reasons)}")


def _holds(mode: Mode, undecided: WhenUndecided) -> bool:
    match undecided:
        case WhenUndecided.ALLOW:
            return False
        case WhenUndecided.HOLD:
            return mode is not Mode.OBSERVE
        case WhenUndecided.BY_MODE:
            return mode is Mode.ENFORCE


def _why(reasons: tuple[Reason, ...]) -> str:
    first, *others = reasons
    release = ""
    if first.release is not None:
        way = first.release if first.until is not None else f"it passes with {first.release}"
        release = f" ({way})"
    more = ""
    if others:
        codes = ", ".join(dict.fromkeys(one.code for one in others if one.code != first.code))
        more = f"; and {codes}" if codes else ""
    return f"{first.message}{release}{more}; read `imprint explain {first.code}`"


def _accepted(accepted: tuple[Acceptance, ...]) -> str:
    first = min(accepted, key=lambda one: one.until)
    return f"{first.reason.code}, until {_day(first.until)}: {quoted(first.why)}"


def _day(until: float) -> str:
    """Return the last day of what ends at the midnight after it."""
    if not 1 <= until < _UNREADABLE:
        return "never"
    return datetime.fromtimestamp(until - 1, UTC).strftime("%Y-%m-%d")


def _cut(text: str) -> str:
    plain = text
    if not (text.isascii() and text.isprintable()):
        plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    if len(plain) <= MOST_SENTENCE_CHARACTERS:
        return plain
    return plain[: MOST_SENTENCE_CHARACTERS - 3] + "..."
