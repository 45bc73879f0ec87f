"""Verdict: what is proven of one version, what speaks against it, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What became of one piece of evidence."""

    VERIFIED = "verified"
    INVALID = "invalid"
    ABSENT = "absent"
    """There is none."""
    UNKNOWN = "unknown"
    """It was not looked at, or could not be judged."""


class Outcome(StrEnum):
    """What a version comes to."""

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDED = "undecided"


class Severity(StrEnum):
    """How much a finding speaks against a version."""

    CRITICAL = "critical"
    HIGH = "high"
    INFO = "info"
    """To be known, and no reason against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """The registry's signature of the version."""

    state: State
    keyid: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationVerdict:
    """One attestation, or one that should be there."""

    predicate_type: str | None
    state: State
    code: str | None = None
    """Of attestations/codes.py; None where it is verified."""
    domain: str | None = None
    """The trust domain that the verdict rests on."""
    message: str | None = None
    signed_at: float | None = None
    """Unix seconds, of a log or a timestamp authority."""
    log_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to be known of the version."""

    code: str
    severity: Severity
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """Something that was not looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything there is to say of one version. Plain data: it is kept, and sent, as it is."""

    name: str | None
    version: str | None
    sha512: str | None
    """Of the tarball that the verdict is about, hex."""
    outcome: Outcome
    signature: SignatureVerdict
    attestations: tuple[AttestationVerdict, ...] = ()
    identity: Mapping[str, object] | None = None
    """The Workload of the provenance's certificate, and what the certificate says beyond it."""
    sentences: tuple[str, ...] = ()
    """The identity for people."""
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    tarball: str | None = None
    """What became of the tarball, for people."""

    @property
    def code(self) -> str | None:
        """The first reason against it; None where nothing is."""
        reasons = [f.code for f in self.findings if f.severity is not Severity.INFO]
        codes = [one.code for one in self.attestations if one.state is State.INVALID and one.code]
        return next(iter([*codes, *reasons]), None)
