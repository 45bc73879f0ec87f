"""What a verified bundle proves. Only `attestations.verify` makes these; a test holds that."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.attestations.bundles import Content
    from imprint.identity.workload import Workload


class Level(StrEnum):
    """How much a certificate says of who signed."""

    FULL = "full"
    """A CI run with the immutable ids of its repository and owner."""
    LEGACY = "legacy"
    """A CI run by names alone (certificates before 2023): comparisons with it are weak."""
    NOT_CI = "not-ci"
    """A person, or an issuer that the trust domain does not allow."""


class TimeSource(StrEnum):
    """Who says when."""

    LOG = "log"
    TIMESTAMP_AUTHORITY = "timestamp-authority"


class VerifiedTime(NamedTuple):
    """A moment (Unix seconds) that somebody trusted has signed."""

    moment: float
    source: TimeSource


class VerifiedEntry(NamedTuple):
    """Where in a transparency log the signature stands."""

    log_id: str
    """Hex."""
    log_index: int


class Certificate(NamedTuple):
    """What the signing certificate itself says (Fulcio, `docs/oid-info.md`)."""

    issuer: str
    """Of the ID token: extension 8, else 1; empty where there is none."""
    subject: str
    """The one SAN: a URI or a mail address."""
    extensions: Mapping[int, str]
    """N of 1.3.6.1.4.1.57264.1.N to its text."""
    not_before: float
    not_after: float
    sha256: str
    """Of its DER, hex."""


class CertificateProof(NamedTuple):
    """A signature made with a certificate of a trust domain's authority, while it was valid."""

    domain: str
    certificate: Certificate
    level: Level
    workload: Workload | None
    """None at level `not-ci`."""
    times: tuple[VerifiedTime, ...]
    entries: tuple[VerifiedEntry, ...]
    content: Content


class KeyProof(NamedTuple):
    """A signature made with a key that the verifier knew, while it was valid."""

    domain: str
    """The trust domain that vouches for the time."""
    key_id: str
    times: tuple[VerifiedTime, ...]
    entries: tuple[VerifiedEntry, ...]
    content: Content


Proof: TypeAlias = CertificateProof | KeyProof
