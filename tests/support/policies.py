"""Subjects, events and policies, whole and harmless by default."""

from imprint.history.axes import Approval, Auth, Axes, Origin, Signature, Source
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.history.grades import grade_of
from imprint.history.identities import PublisherIdentity
from imprint.npm.advisories.model import Advisory, AdvisorySeverity
from imprint.policy.decide import decide
from imprint.policy.read import read_policy
from imprint.policy.subjects import Subject

DAY = 86_400.0
NOW = 1_800_000_000.0
"""2027-01-15 08:00 UTC."""
REGISTRY = "https://registry.example.test/"
INTEGRITY = "sha512-" + "A" * 86 + "=="


def axes(**changes):
    values = {
        "auth": Auth.OIDC,
        "auth_source": Source.REGISTRY,
        "approval": Approval.NONE,
        "approval_source": Source.REGISTRY,
        "origin": Origin.BOUND,
        "origin_source": Source.VERIFIED,
        "signature": Signature.VALID,
        "signature_source": Source.VERIFIED,
    }
    return Axes(**{**values, **changes})


def identity(**changes):
    values = {
        "provider": "github",
        "issuer": "https://issuer.example.test",
        "repository": "acme/widget",
        "repository_id": "1234",
        "owner": "acme",
        "owner_id": "56",
        "workflow": ".github/workflows/release.yml",
        "ref": "refs/tags/v1.2.3",
        "event": "push",
        "runner": "hosted",
    }
    return PublisherIdentity(**{**values, **changes})


def subject(**changes):
    proven = changes.pop("axes", None) or axes()
    values = {
        "name": "widget",
        "version": "1.2.3",
        "integrity": INTEGRITY,
        "registry": REGISTRY,
        "axes": proven,
        "grade": grade_of(proven),
        "identity": identity(),
        "published": NOW - 100 * DAY,
        "license": "MIT",
    }
    return Subject(**{**values, **changes})


def event(id_=EventId.AUTH_REGRESSED, severity=EventSeverity.ERROR, **changes):
    values = {
        "message": "credential is a token; it was a trusted publisher since 1.0.0",
        "before": "oidc",
        "after": "token",
        "since": "1.2.2",
        "release": "a tag at the commit",
        "fingerprint": "0123456789ab",
    }
    return DriftEvent(id=id_, severity=severity, **{**values, **changes})


def advisory(**changes):
    values = {
        "id": "GHSA-aaaa-bbbb-cccc",
        "aliases": ("CVE-2026-1",),
        "severity": AdvisorySeverity.HIGH,
        "title": "it parses what it should not",
        "source": "osv",
    }
    return Advisory(**{**values, **changes})


def policy(text="", origin="imprint.toml"):
    return read_policy(text, origin=origin)


def decided(text="", *, now=NOW, baseline=frozenset(), **changes):
    """What a policy's text says of a subject."""
    return decide(policy(text), subject(**changes), baseline=baseline, now=now)


def codes(decision):
    """The codes of its reasons."""
    return [reason.code for reason in decision.reasons]
