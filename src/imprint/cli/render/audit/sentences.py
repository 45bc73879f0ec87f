"""What every report says of an audit in the same words: headline, coverage, ages, what is folded.

Texts that others wrote come out as they are: each format escapes whole lines in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.audit.model import POLICY_CHANGED, Change
from imprint.cli.times import day
from imprint.history.events import EventId
from imprint.policy.model import Mode
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.model import Audit, AuditedPackage
    from imprint.history.events import DriftEvent

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_DAYS_SHOWN = 99
"""An age of more days is said by its date."""
NOT_ENFORCED = {
    Mode.OBSERVE: "observed only: nothing is refused in this mode",
    Mode.WARN: "warnings only: nothing is refused in this mode",
}
_UNPROVED = {
    Exposure.RUNTIME_CLOSURE: "what is imported needs it",
    Exposure.DEV_ONLY_INERT: "nothing that was looked at runs it",
    Exposure.NOT_INSTALLED: "of another platform, or optional",
}
"""What an exposure means that has no path to show for it."""

_DONE = {Change.ADDED: "new", Change.REMOVED: "gone", Change.CHANGED: "changed"}


def counted(count: int, noun: str) -> str:
    """Return `1 package`, `2 packages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def headline(audit: Audit) -> str:
    """Return what was looked at: `14 changed, 2 added, 1 removed (package-lock.json)`."""
    if not audit.is_difference:
        return f"{counted(audit.coverage.packages, 'package')} ({audit.lockfile})"
    changes = [package.change for package in audit.packages]
    parts = (
        (changes.count(Change.CHANGED), "changed"),
        (changes.count(Change.ADDED), "added"),
        (len(audit.removed), "removed"),
    )
    told = ", ".join(f"{count} {word}" for count, word in parts if count)
    return f"{told or 'nothing changed'} ({audit.lockfile})"


def coverage_line(audit: Audit) -> str:
    """Return how much was checked, of how much: never is a pass silent."""
    coverage = audit.coverage
    if not coverage.packages:
        return "there was nothing to check"
    if not coverage.checked:
        return f"nothing was checked, of {counted(coverage.packages, 'package')}"
    parts = (
        f"checked {coverage.checked:,} of {counted(coverage.packages, 'package')}",
        f"signatures {coverage.signatures_valid:,} valid",
        f"provenance {coverage.provenance_verified:,} verified, {coverage.invalid:,} invalid",
        f"{took_words(coverage.seconds)}, {counted(coverage.requests, 'request')}",
    )
    return " · ".join(parts)


def took_words(seconds: float) -> str:
    """Return `640 ms`, `2.1 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def acceptance_line(audit: Audit) -> str | None:
    """Return what was accepted, and when the first of it ends; None: nothing was."""
    accepted = [one for package in audit.packages for one in package.decision.accepted]
    if not accepted:
        return None
    first = min(accepted, key=lambda one: one.until)
    return (
        f"{len(accepted)} accepted, next expiry in {span(first.until - audit.now)}:"
        f" {first.reason.code}, {first.why}"
    )


def known_line(audit: Audit) -> str | None:
    """Return how much the baseline knows; None: nothing of it is here."""
    known = sum(len(package.decision.known) for package in audit.packages)
    return f"{known} known from the baseline" if known else None


def notes_of(audit: Audit) -> Iterator[str]:
    """Yield what is said once of the whole: modes, acceptances, baseline, notes."""
    yield from rule_change_lines(audit)
    if audit.mode in NOT_ENFORCED:
        yield NOT_ENFORCED[audit.mode]
    for line in (acceptance_line(audit), known_line(audit)):
        if line is not None:
            yield line
    for note in (*audit.coverage.notes, *audit.notes):
        yield f"note: {note}"


def rule_change_lines(audit: Audit) -> Iterator[str]:
    """Yield a line for each file that judges and that the change itself changes."""
    for one in audit.rule_changes:
        parts = [f"{POLICY_CHANGED}: the policy itself changes: {one.path} is {_DONE[one.change]}"]
        if one.looser:
            parts.append(f"looser: {'; '.join(one.looser)}")
        if one.otherwise:
            parts.append(f"{'otherwise: ' if one.looser else ''}{'; '.join(one.otherwise)}")
        yield f"{'. '.join(parts)}. It counts once it is merged"


def span(seconds: float) -> str:
    """Return a length of time for people, whole units that are over: `3 h`, `12 d`."""
    seconds = max(seconds, 0)
    if seconds < _MINUTE:
        return "under a minute"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    return f"{seconds // _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds // _DAY:.0f} d"


def age(package: AuditedPackage, now: float) -> str | None:
    """Return `3 h old`, for what is older than a few weeks its date; None: nobody says."""
    if package.published is None:
        return None
    seconds = now - package.published
    if seconds > _DAYS_SHOWN * _DAY:
        return f"published {day(package.published)}"
    return f"{span(seconds)} old"


def version_words(package: AuditedPackage) -> str:
    """Return `1.14.0 → 1.14.1` in a difference, else the version."""
    if package.replaces is None:
        return package.version
    return f"{package.replaces} → {package.version}"


def grade_words(package: AuditedPackage) -> str:
    """Return `L5 → L1` in a difference, else the grade."""
    if package.grade_before is None or package.grade_before is package.grade:
        return package.grade.value
    return f"{package.grade_before.value} → {package.grade.value}"


def reach_words(package: AuditedPackage) -> str | None:
    """Return how it is exposed and the proof: `runtime-imported: src/api.ts → axios`."""
    reach = package.reach
    if reach is None:
        return None
    proof = " → ".join(reach.proof) or _UNPROVED.get(reach.exposure, "")
    unsure = ", and something on the way loads what it computes" if reach.may_load_anything else ""
    return f"{reach.exposure.word}{': ' if proof else ''}{proof}{unsure}"


def way_words(package: AuditedPackage) -> str:
    """Return its way into the graph: `app@1.0.0 → express@4.21.0 → qs@6.13.0`."""
    return " → ".join(package.path)


def event_words(event: DriftEvent) -> str:
    """Return an event in one line."""
    return f"{event.id.value}: {event.message}"


def gain_words(package: AuditedPackage) -> str | None:
    """Return what it proves now and did not before: `a trusted publisher, provenance`."""
    gained = (event.after for event in package.events if event.id is EventId.UPGRADED)
    return next(gained, None)


def title(package: AuditedPackage) -> str:
    """Return `axios 1.14.0 → 1.14.1`."""
    return f"{package.name} {version_words(package)}"
