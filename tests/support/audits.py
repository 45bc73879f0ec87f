"""Audits with whole, valid defaults: a test says only what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.audit.model import Audit, AuditedPackage, Change, Coverage, Release, RuleChange
from imprint.history.axes import Approval, Auth, Axes, Grade, Origin, Signature, Source
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.history.identities import PublisherIdentity
from imprint.npm.advisories.model import Advisory, AdvisorySeverity
from imprint.policy.decisions import Acceptance, Admitted, Level, Reason, Refused, Undecided
from imprint.policy.model import Mode
from imprint.reachability.exposure import Exposure, Reach

if TYPE_CHECKING:
    from typing import Any

NOW = 1_795_000_000.0
HOUR, DAY = 3600.0, 86_400.0
INTEGRITY = "sha512-" + "A" * 86 + "=="


def axes(**more: Any) -> Axes:
    """A trusted publication with provenance, all of it verified."""
    values: dict[str, Any] = {
        "auth": Auth.OIDC,
        "auth_source": Source.REGISTRY,
        "approval": Approval.NONE,
        "approval_source": Source.REGISTRY,
        "origin": Origin.BOUND,
        "origin_source": Source.VERIFIED,
        "signature": Signature.VALID,
        "signature_source": Source.VERIFIED,
    }
    return Axes(**{**values, **more})


def by_token() -> Axes:
    """What a token's publication proves."""
    return axes(auth=Auth.TOKEN, origin=Origin.ABSENT, origin_source=Source.REGISTRY)


def identity(**more: Any) -> PublisherIdentity:
    """A run of acme/widget's release.yml."""
    values: dict[str, Any] = {
        "provider": "github",
        "issuer": "https://ci.example.test",
        "repository": "acme/widget",
        "repository_id": "71995937",
        "owner": "acme",
        "owner_id": "4711",
        "workflow": ".github/workflows/release.yml",
        "ref": "refs/tags/v1.14.0",
        "event": "push",
        "runner": "hosted",
        "visibility": "public",
        "commit": "c0ffee" * 6 + "c0ff",
        "run": "https://ci.example.test/acme/widget/actions/runs/1",
    }
    return PublisherIdentity(**{**values, **more})


def reason(code: str = "auth-regressed", **more: Any) -> Reason:
    """Why a version falls short."""
    values: dict[str, Any] = {
        "message": "published by a token; the last 6 releases came from `acme/widget release.yml`",
        "level": Level.BLOCK,
        "fingerprint": "7f3c0a1b2c3d",
    }
    return Reason(code=code, **{**values, **more})


def warning(code: str = "publisher-ref-weakened", **more: Any) -> Reason:
    """What is to be looked at."""
    message = more.pop("message", "published from the branch `main`, before from tags")
    values = {"level": Level.WARN, "fingerprint": "0123456789ab"}
    return reason(code, message=message, **{**values, **more})


def event(of: EventId = EventId.AUTH_REGRESSED, **more: Any) -> DriftEvent:
    """What is not as it was."""
    values: dict[str, Any] = {
        "severity": EventSeverity.ERROR,
        "message": "published by a token; the last 6 releases came from `acme/widget release.yml`",
        "before": "oidc",
        "after": "token",
        "since": "1.14.0",
        "fingerprint": "7f3c0a1b2c3d",
    }
    return DriftEvent(id=of, **{**values, **more})


def acceptance(**more: Any) -> Acceptance:
    """What somebody accepted, for twelve days more."""
    values: dict[str, Any] = {
        "reason": warning("origin-dropped", message="without provenance, before with it"),
        "why": "6.x is published by hand",
        "by": "alice",
        "until": NOW + 12 * DAY,
    }
    return Acceptance(**{**values, **more})


def advisory(**more: Any) -> Advisory:
    """What is known against a version."""
    values: dict[str, Any] = {
        "id": "GHSA-aaaa-bbbb-cccc",
        "severity": AdvisorySeverity.HIGH,
        "title": "request smuggling",
        "url": "https://advisories.example.test/GHSA-aaaa-bbbb-cccc",
        "affected": "<1.2.3",
        "fixed": ("1.2.3",),
        "source": "osv",
    }
    return Advisory(**{**values, **more})


def release(version: str = "1.14.0", **more: Any) -> Release:
    """A row of a timeline."""
    values: dict[str, Any] = {
        "published": NOW - 40 * DAY,
        "grade": Grade.L5,
        "publisher": "acme/widget release.yml",
    }
    return Release(version=version, **{**values, **more})


def package(name: str = "widget", version: str = "1.0.0", **more: Any) -> AuditedPackage:
    """A package that is published as usual, and imported by the application."""
    values: dict[str, Any] = {
        "keys": (f"node_modules/{name}",),
        "line": 12,
        "path": ("app@1.0.0", f"{name}@{version}"),
        "manifest": "package.json",
        "manifest_line": 5,
        "source": "registry",
        "is_dev": False,
        "is_optional": False,
        "registry": "https://registry.example.test/",
        "integrity": INTEGRITY,
        "axes": axes(),
        "grade": Grade.L5,
        "identity": identity(),
        "publisher": "acme/widget release.yml",
        "published": NOW - 40 * DAY,
        "decision": Admitted(),
        "reach": Reach(exposure=Exposure.RUNTIME_IMPORTED, proof=("src/api.ts", name)),
        "license": "MIT",
    }
    return AuditedPackage(name=name, version=version, **{**values, **more})


def refused(name: str = "axios", version: str = "1.14.1", **more: Any) -> AuditedPackage:
    """One that a thief's token published three hours ago, in a difference."""
    values: dict[str, Any] = {
        "line": 40,
        "axes": by_token(),
        "grade": Grade.L1,
        "identity": None,
        "publisher": "by token (mallory)",
        "published": NOW - 3 * HOUR,
        "events": (event(),),
        "decision": Refused(
            reasons=(
                reason(release="a tag of this version, or age, on 2026-12-22, or an acceptance"),
                reason(
                    "release-newborn-dependency",
                    message="adds `plain-crypto-js`, published 18 h ago by another account",
                    fingerprint="bbbbbbbbbbbb",
                ),
            )
        ),
        "timeline": (
            release(
                version,
                published=NOW - 3 * HOUR,
                grade=Grade.L1,
                publisher="by token (mallory)",
                is_candidate=True,
            ),
            release("1.14.0"),
            release("1.13.0", published=NOW - 80 * DAY),
        ),
        "hold_at": "1.14.0",
    }
    return package(name, version, **{**values, **more})


def to_review(name: str = "nuxt", version: str = "4.1.2", **more: Any) -> AuditedPackage:
    """One that is admitted with a warning, and that a tool of the build runs."""
    values: dict[str, Any] = {
        "line": 77,
        "decision": Admitted(warnings=(warning(),)),
        "reach": Reach(exposure=Exposure.BUILD, proof=("nuxt.config.ts", name)),
    }
    return package(name, version, **{**values, **more})


def undecided(name: str = "@acme/x", version: str = "2.0.0", **more: Any) -> AuditedPackage:
    """One whose registry did not answer."""
    values: dict[str, Any] = {
        "line": 90,
        "axes": Axes(),
        "grade": Grade.UNKNOWN,
        "identity": None,
        "publisher": "unknown",
        "published": None,
        "reach": None,
        "license": None,
        "decision": Undecided(
            reasons=(reason("unknown-evidence", message="its registry did not answer within 10 s"),)
        ),
    }
    return package(name, version, **{**values, **more})


def improved(name: str = "semver", version: str = "7.9.0", **more: Any) -> AuditedPackage:
    """One that has more evidence than before."""
    better = event(
        EventId.UPGRADED,
        severity=EventSeverity.INFO,
        message="published by a trusted publisher for the first time",
        before="a token",
        after="a trusted publisher",
        fingerprint="cccccccccccc",
    )
    return package(name, version, **{"line": 101, "events": (better,), **more})


def everything() -> tuple[AuditedPackage, ...]:
    """One of each kind, the worst first."""
    known = Admitted(accepted=(acceptance(),), known=(warning("maintainer-added"),))
    return (
        refused(),
        undecided(),
        to_review(advisories=(advisory(),)),
        improved(),
        package("undici", "6.20.0", line=120, decision=known),
        package(),
    )


def audit(*packages: AuditedPackage, **more: Any) -> Audit:
    """An audit of these, or of one of each kind."""
    audited = packages or everything()
    checked = sum(not isinstance(one.decision, Undecided) for one in audited)
    values: dict[str, Any] = {
        "lockfile": "package-lock.json",
        "lockfile_format": "npm",
        "policy": "no-downgrade @ 3f2a9c",
        "mode": Mode.ENFORCE,
        "packages": audited,
        "coverage": Coverage(
            packages=len(audited),
            checked=checked,
            signatures_valid=checked,
            provenance_verified=max(checked - 1, 0),
            requests=3,
            seconds=0.64,
        ),
        "now": NOW,
    }
    return Audit(**{**values, **more})


def difference(*packages: AuditedPackage, **more: Any) -> Audit:
    """A difference: one package changed, one was added, one removed."""
    from imprint.audit.model import Change

    given = packages or (
        refused(change=Change.CHANGED, replaces="1.14.0", grade_before=Grade.L5),
        improved(change=Change.ADDED),
    )
    return audit(*given, **{"is_difference": True, "removed": ("left@1.0.0",), **more})


def many(count: int) -> Audit:
    """An audit of so many packages, one in ten refused and one in ten to review."""
    packages = [
        (refused if number % 10 == 0 else to_review if number % 10 == 1 else package)(
            f"p{number}", line=number + 2
        )
        for number in range(count)
    ]
    packages.sort(key=lambda one: (not isinstance(one.decision, Refused), one.grade))
    return audit(*packages)


def hostile(text: str) -> Audit:
    """An audit that has `text` wherever a text is that others wrote."""
    bad = reason(
        message=text, hint=text, release=text, before=text, after=text, fingerprint="aaaaaaaaaaaa"
    )
    common: dict[str, Any] = {
        "keys": (text,),
        "path": (text, text, f"{text}@{text}"),
        "manifest": text,
        "bundled_in": text,
        "aliases": (text,),
        "registry": text,
        "integrity": text,
        "identity": identity(
            repository=text, workflow=text, ref=text, environment=text, run=text, owner=text
        ),
        "publisher": text,
        "events": (event(message=text, before=text, after=text, since=text, release=text),),
        "reach": Reach(exposure=Exposure.INSTALL, proof=(text, text), may_load_anything=True),
        "advisories": (
            advisory(id=text, aliases=(text,), title=text, url=text, affected=text, fixed=(text,)),
        ),
        "license": text,
        "timeline": (release(text, publisher=text), release(text, publisher=text, published=None)),
        "hold_at": text,
        "replaces": text,
    }
    accepted = acceptance(reason=bad, why=text, by=text)
    more: dict[str, Any] = {"warnings": (bad,), "accepted": (accepted,), "known": (bad,)}
    given = audit(
        package(text, text, **{**common, "decision": Refused(reasons=(bad,), **more)}),
        package(text, f"{text}1", **{**common, "decision": Undecided(reasons=(bad,), **more)}),
        package(text, f"{text}2", **{**common, "decision": Admitted(**more)}),
        lockfile=f"{text}/package-lock.json",
        lockfile_format=text,
        policy=text,
        notes=(text,),
        removed=(text,),
    )
    return replace(given, coverage=replace(given.coverage, notes=(text,)))


def rule_change(**more: Any) -> RuleChange:
    """A policy that a change loosens."""
    values: dict[str, Any] = {
        "path": "imprint.toml",
        "change": Change.CHANGED,
        "looser": ("cooldown: 1d → 0",),
        "otherwise": ("mode: warn → enforce",),
    }
    return RuleChange(**{**values, **more})


def changed_rules(*changes: RuleChange) -> Audit:
    """An audit of a change that changes files which judge it."""
    other = rule_change(path="web/.npmrc", change=Change.ADDED, looser=(), otherwise=())
    found = changes or (rule_change(), other)
    return replace(audit(), rule_changes=found, rules_from="c0ffee")
