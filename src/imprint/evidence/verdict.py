"""Verdict: what is proven of one version, what speaks against it, and what nobody looked at.

Plain data, for it is kept and sent as it is. Importing it imports nothing that verifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from imprint.attestations.findings import Finding, Severity

SIGNATURE = "registry signature"
"""How verdicts call it, for people."""
AGAINST = frozenset({Severity.HIGH, Severity.CRITICAL})
"""From here on a finding speaks against a version; below, it is to be known."""


class Standing(StrEnum):
    """How one piece of evidence stands."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    """Something that is needed to judge it was not there, or it is not understood here."""
    ABSENT = "absent"
    """There is none, and none had to be."""


class Outcome(StrEnum):
    """What a version comes to."""

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDED = "undecided"


class SignatureStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The registry's signature of the version."""

    state: Standing
    keyid: str | None = None
    """The key that signed, verified; of several the first."""
    code: str | None = None
    message: str | None = None
    time_unauthenticated: bool = False
    """Whether its key was still good was judged by the packument's own word of the time."""
    is_foreign: bool = False
    """There are signatures, and none of them is by a key that is known."""


class AttestationStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One attestation of the document."""

    predicate_type: str | None
    state: Standing
    code: str | None = None
    """Of attestations/codes.py; None where it is verified."""
    domain: str | None = None
    """The trust domain that vouches for it."""
    message: str | None = None
    hint: str | None = None
    sentences: tuple[str, ...] = ()
    """What it proves, for people."""


class NotChecked(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not looked at, and why."""

    what: str
    why: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to say of one version."""

    name: str | None
    version: str | None
    sha512: str | None
    """Of the tarball that it is about, hex."""
    outcome: Outcome
    code: str | None
    """The first reason against it, or why nothing could be decided; None where it is valid."""
    message: str | None
    hint: str | None = None
    signature: SignatureStanding
    attestations: tuple[AttestationStanding, ...] = ()
    identity: Mapping[str, object] | None = None
    """The Workload of the provenance's certificate, and what the certificate says beyond it."""
    registry_word: Mapping[str, object] | None = None
    """What an imprint registry signed of how it was published: `credential`, `is_approved`,
    `environment`, `ref_protected`. None: nothing of the kind is verified."""
    checked: tuple[str, ...] = ()
    """What else was compared, for people."""
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
