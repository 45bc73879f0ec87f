"""Findings: what of an audit has a place in a file, for the formats that name lines.

One finding for each reason. Its places are the lockfile's line, and the line of package.json whose
dependency brings the package.
"""

from __future__ import annotations

import hashlib
import posixpath
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.render.audit.sentences import reach_words, title
from imprint.policy.decisions import Admitted, Level
from imprint.policy.model import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.model import Audit, AuditedPackage, RuleChange
    from imprint.policy.decisions import Reason


class FindingLevel(StrEnum):
    """How bad it is, in words that every format has some for."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file, as addressed from where the command ran."""

    path: str
    line: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of one package."""

    package: AuditedPackage
    reason: Reason
    level: FindingLevel
    text: str
    """One line: package, what, why it matters here."""
    place: Place
    manifest: Place | None
    fingerprint: str
    """Unique within an audit, the same in the next."""
    suppressed_by: str | None = None
    """Why it counts no more: an acceptance's reason, or the baseline."""


def findings_of(audit: Audit, *, with_suppressed: bool = False) -> Iterator[Finding]:
    """Yield every finding, the worst package first."""
    for package in audit.packages:
        decision = package.decision
        if not isinstance(decision, Admitted):
            for reason in decision.reasons:
                yield _finding(audit, package, reason, _level(audit, reason))
        for reason in decision.warnings:
            yield _finding(audit, package, reason, _level(audit, reason))
        if with_suppressed:
            for one in decision.accepted:
                yield _finding(audit, package, one.reason, FindingLevel.NOTE, why=one.why)
            for reason in decision.known:
                yield _finding(audit, package, reason, FindingLevel.NOTE, why="in the baseline")


def place_of(audit: Audit, package: AuditedPackage) -> Place:
    """Return where the package stands in the lockfile."""
    return Place(path=posixpath.normpath(audit.lockfile), line=max(package.line, 1))


def manifest_place_of(audit: Audit, package: AuditedPackage) -> Place | None:
    """Return where package.json asks for what brings the package; None: nobody looked."""
    if package.manifest is None or package.manifest_line is None:
        return None
    folder = posixpath.dirname(audit.lockfile)
    path = posixpath.normpath(posixpath.join(folder, package.manifest))
    return Place(path=path, line=max(package.manifest_line, 1))


def rule_change_level(change: RuleChange) -> FindingLevel:
    """Return how bad it is that a change changes a file that judges it: it judges nothing yet."""
    return FindingLevel.WARNING if change.looser else FindingLevel.NOTE


def rule_change_fingerprint(change: RuleChange) -> str:
    """Return 32 hex digits: of the file and everything that is another in it."""
    parts = (change.path, change.change.value, *change.looser, "", *change.otherwise)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _level(audit: Audit, reason: Reason) -> FindingLevel:
    match audit.mode:
        case Mode.OBSERVE:
            return FindingLevel.NOTE
        case Mode.WARN:
            return FindingLevel.WARNING
        case Mode.ENFORCE:
            is_block = reason.level is Level.BLOCK
            return FindingLevel.ERROR if is_block else FindingLevel.WARNING


def _finding(
    audit: Audit,
    package: AuditedPackage,
    reason: Reason,
    level: FindingLevel,
    *,
    why: str | None = None,
) -> Finding:
    reach = reach_words(package)
    here = "" if reach is None else f" ({reach})"
    return Finding(
        package=package,
        reason=reason,
        level=level,
        text=f"{title(package)}: {reason.message}{here}",
        place=place_of(audit, package),
        manifest=manifest_place_of(audit, package),
        fingerprint=fingerprint_of(package, reason),
        suppressed_by=why,
    )


def fingerprint_of(package: AuditedPackage, reason: Reason) -> str:
    """Return 32 hex digits: of the reason's own fingerprint and the version that has it."""
    parts = (reason.fingerprint, reason.code, package.name, package.version)
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]
