"""The four axes of one version's evidence, each with where it is known from; and the grade.

Axes, not a ladder: a trusted publication without provenance and a token's with it cannot be ranked
(facts: consumers §6.1). A grade is for display, sorting and `minimum`; policy and drift use axes.
Unknown is none of the values and never compared.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Source(StrEnum):
    """Where an axis is known from."""

    VERIFIED = "verified"
    """By cryptography."""
    REGISTRY = "registry"
    """The registry's unsigned word."""
    CLAIMED = "claimed"
    """The publisher's own word."""
    UNKNOWN = "unknown"


class Auth(StrEnum):
    """Which credential published."""

    OIDC = "oidc"
    """A trusted publisher's."""
    HUMAN_2FA = "human-2fa"
    TOKEN = "token"  # noqa: S105  (a word, no secret)
    """Of npm's own registry: not by a trusted publisher, which is all that can be seen there."""
    UNKNOWN = "unknown"


class Approval(StrEnum):
    """Whether a person approved the publication before it was public."""

    STAGED = "staged-2fa"
    NONE = "none"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """What provenance there is."""

    BOUND = "verified+bound"
    """Verified, its subject is the lockfile's very bytes, and its repository's and owner's ids are
    those pinned for the package, else its repository is what the version's manifest names."""
    VERIFIED = "verified"
    PRESENT = "present-unverified"
    ABSENT = "absent"
    INVALID = "invalid"
    """An alarm, not a rung."""
    UNKNOWN = "unknown"


class Signature(StrEnum):
    """The registry's signature."""

    VALID = "valid"
    PRESENT = "present-unverified"
    ABSENT = "absent"
    """The registry has keys, and did not sign this version."""
    NOT_APPLICABLE = "n/a"
    """The registry has no keys, or the bytes come from none."""
    INVALID = "invalid"
    EXPIRED_KEY = "expired-key"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """For people: how much is proven. Facts: consumers §6.1, display grade."""

    L7 = "L7"
    L6 = "L6"
    L5 = "L5"
    L4 = "L4"
    L3 = "L3"
    L2 = "L2"
    L1 = "L1"
    L0 = "L0"
    BROKEN = "✗"
    """A signature or an attestation is invalid, or the bytes are others."""
    UNKNOWN = "?"


class Axes(msgspec.Struct, frozen=True, kw_only=True):
    """What one version proves."""

    auth: Auth = Auth.UNKNOWN
    auth_source: Source = Source.UNKNOWN
    approval: Approval = Approval.UNKNOWN
    approval_source: Source = Source.UNKNOWN
    origin: Origin = Origin.UNKNOWN
    origin_source: Source = Source.UNKNOWN
    signature: Signature = Signature.UNKNOWN
    signature_source: Source = Source.UNKNOWN


class Carries(msgspec.Struct, frozen=True, kw_only=True):
    """Which fields a registry's packuments have at all, seen over all that were read.

    A mirror that strips a field makes it unknown for every version, never absent.
    """

    times: bool
    users: bool
    """`_npmUser`."""
    trusted_publishers: bool
    """`_npmUser.trustedPublisher`, on any version: without, nobody knows of a token either."""
    approvers: bool
    """Whether staged approval would show: on any version, or the registry is one that has it."""
    signatures: bool
    attestations: bool
