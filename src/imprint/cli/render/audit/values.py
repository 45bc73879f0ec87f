"""An audit as the JSON that scripts rely on (docs/reference/audit.schema.json).

Nothing is left out of an object: what nobody knows is null. Members are only ever added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import asdict

from imprint.evidence.decision_values import decision_values
from imprint.policy.decisions import Admitted, verdict_of

if TYPE_CHECKING:
    from imprint.audit.model import Audit, AuditedPackage
    from imprint.history.axes import Axes
    from imprint.history.events import DriftEvent
    from imprint.history.identities import PublisherIdentity

Values: TypeAlias = "dict[str, object]"


def summary_of(audit: Audit) -> Values:
    """Return the counts, with how much was checked and in what mode."""
    decisions = [package.decision for package in audit.packages]
    verdicts = [verdict_of(decision) for decision in decisions]
    counts = {
        "packages": audit.coverage.packages,
        "checked": audit.coverage.checked,
        "admitted": verdicts.count("admitted"),
        "refused": verdicts.count("refused"),
        "undecided": verdicts.count("undecided"),
        "warned": sum(isinstance(one, Admitted) and bool(one.warnings) for one in decisions),
        "accepted": sum(bool(one.accepted) for one in decisions),
        "known": sum(bool(one.known) for one in decisions),
    }
    return {
        **counts,
        **audit.counts,
        "mode": audit.mode.value,
        "signatures_valid": audit.coverage.signatures_valid,
        "provenance_verified": audit.coverage.provenance_verified,
        "invalid": audit.coverage.invalid,
        "requests": audit.coverage.requests,
        "seconds": round(audit.coverage.seconds, 3),
    }


def run_of(audit: Audit) -> Values:
    """Return what is said of the whole, beside the summary and the packages."""
    return {
        "lockfile": audit.lockfile,
        "lockfile_format": audit.lockfile_format,
        "policy": audit.policy,
        "judged_at": audit.now,
        "next_change": audit.next_change,
        "removed": list(audit.removed),
        "rules_from": audit.rules_from,
        "rule_changes": [
            {
                "path": one.path,
                "change": one.change.value,
                "looser": list(one.looser),
                "otherwise": list(one.otherwise),
            }
            for one in audit.rule_changes
        ],
        "notes": [*audit.coverage.notes, *audit.notes],
    }


def values_of(package: AuditedPackage) -> Values:
    """Return one package."""
    told = decision_values(package.decision)
    return {
        "name": package.name,
        "version": package.version,
        "path": list(package.path),
        "verdict": told["verdict"],
        "grade": package.grade.value,
        "axes": _axes(package.axes),
        "axes_from": _sources(package.axes),
        "identity": None if package.identity is None else _identity(package.identity),
        "publisher": package.publisher,
        "published": package.published,
        "events": [_event(event) for event in package.events],
        **told,
        "exposure": None if package.reach is None else package.reach.exposure.word,
        "reach": None if package.reach is None else list(package.reach.proof),
        "may_load_anything": package.reach is not None and package.reach.may_load_anything,
        "advisories": [
            {
                "id": one.id,
                "aliases": list(one.aliases),
                "severity": one.severity.value,
                "title": one.title,
                "url": one.url,
                "affected": one.affected,
                "fixed": list(one.fixed),
                "is_malware": one.is_malware,
                "source": one.source,
            }
            for one in package.advisories
        ],
        "license": package.license,
        "lacking": [
            {"axis": one.axis, "why": one.why, "is_of_registry": one.is_of_registry}
            for one in package.lacking
        ],
        "hold_at": package.hold_at,
        **_place(package),
        **_change(package),
        "timeline": [
            {
                "version": row.version,
                "published": row.published,
                "grade": row.grade.value,
                "publisher": row.publisher,
                "is_candidate": row.is_candidate,
            }
            for row in package.timeline
        ],
    }


def _place(package: AuditedPackage) -> Values:
    return {
        "keys": list(package.keys),
        "line": package.line,
        "manifest": package.manifest,
        "manifest_line": package.manifest_line,
        "source": package.source,
        "bundled_in": package.bundled_in,
        "aliases": list(package.aliases),
        "is_dev": package.is_dev,
        "is_optional": package.is_optional,
        "is_patched": package.is_patched,
        "registry": package.registry,
        "integrity": package.integrity,
    }


def _change(package: AuditedPackage) -> Values:
    return {
        "change": None if package.change is None else package.change.value,
        "replaces": package.replaces,
        "grade_before": None if package.grade_before is None else package.grade_before.value,
    }


def _axes(axes: Axes) -> Values:
    return {
        "auth": axes.auth.value,
        "approval": axes.approval.value,
        "origin": axes.origin.value,
        "signature": axes.signature.value,
    }


def _sources(axes: Axes) -> Values:
    return {
        "auth": axes.auth_source.value,
        "approval": axes.approval_source.value,
        "origin": axes.origin_source.value,
        "signature": axes.signature_source.value,
    }


def _identity(identity: PublisherIdentity) -> Values:
    return asdict(identity)


def _event(event: DriftEvent) -> Values:
    return {
        "id": event.id.value,
        "severity": event.severity.word,
        "message": event.message,
        "before": event.before,
        "after": event.after,
        "since": event.since,
        "release": event.release,
        "fingerprint": event.fingerprint,
    }
