"""What verifying comes to: three outcomes, and could not decide is never verified."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from imprint.attestations.codes import Code, Rejection
    from imprint.attestations.findings import Finding
    from imprint.attestations.proof import Proof
    from imprint.attestations.reading.statements import Statement


class State(StrEnum):
    """How one thing that was looked at stands."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    """Something that is needed was not there, or is not understood here."""


class Kind(Enum):
    """The two attestations that npm's document is made of."""

    PUBLISH = "publish attestation"
    PROVENANCE = "provenance"


class AttestationVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one attestation comes to."""

    predicate_type: str
    """The signed one where the signature is verified, else the list's, which nobody signed."""
    kind: Kind | None
    """None: of a type that nobody here understands. Reported, and never counted."""
    state: State
    code: Code | None
    message: str | None
    domain: str | None
    """The trust domain that verified the signature."""
    proof: Proof | None
    """What the signature proves, also where a rule rejects the attestation."""
    statement: Statement | None
    """What was signed; None where the signature was not verified."""
    findings: tuple[Finding, ...] = ()


def verified(
    predicate_type: str, kind: Kind | None, proof: Proof, *, statement: Statement | None
) -> AttestationVerdict:
    """Return the verdict on an attestation whose signature is verified."""
    return AttestationVerdict(
        predicate_type=predicate_type,
        kind=kind,
        state=State.VERIFIED,
        code=None,
        message=None,
        domain=proof.domain,
        proof=proof,
        statement=statement,
    )


def reject(verdict: AttestationVerdict, rejection: Rejection) -> AttestationVerdict:
    """Return the verdict with a rule's decision against it."""
    return replace(verdict, state=State.REJECTED, code=rejection.code, message=rejection.message)


def rejected(
    predicate_type: str, kind: Kind | None, rejection: Rejection, proof: Proof | None = None
) -> AttestationVerdict:
    """Return the verdict on an attestation of which no statement is proved."""
    return AttestationVerdict(
        predicate_type=predicate_type,
        kind=kind,
        state=State.REJECTED,
        code=rejection.code,
        message=rejection.message,
        domain=None if proof is None else proof.domain,
        proof=proof,
        statement=None,
    )


def undecided(
    predicate_type: str, kind: Kind | None, code: Code, message: str
) -> AttestationVerdict:
    """Return the verdict on an attestation that cannot be judged with what is at hand."""
    return AttestationVerdict(
        predicate_type=predicate_type,
        kind=kind,
        state=State.UNDECIDED,
        code=code,
        message=message,
        domain=None,
        proof=None,
        statement=None,
    )
