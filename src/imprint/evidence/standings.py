"""What the verifier says, as plain data: standings, the identity, the reason against a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.codes import Rejection
from imprint.attestations.sentences import describe_proof
from imprint.attestations.verdicts import Kind, State
from imprint.attestations.workflow_references import called_by, caller_of
from imprint.evidence.verdict import (
    AttestationStanding,
    NotChecked,
    SignatureStanding,
    Standing,
)
from imprint.identity.records import workload_to_mapping
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.attestations.documents import DocumentVerdict
    from imprint.attestations.proof import CertificateProof
    from imprint.attestations.registry_signatures import SignatureVerdict
    from imprint.attestations.verdicts import AttestationVerdict

_STANDINGS = {
    State.VERIFIED: Standing.VERIFIED,
    State.REJECTED: Standing.REJECTED,
    State.UNDECIDED: Standing.UNDECIDED,
}
_RUN, _VISIBILITY = 21, 22


def attestation_standings(
    verdicts: Iterable[AttestationVerdict],
) -> tuple[AttestationStanding, ...]:
    """Return how each attestation stands, in the document's order."""
    return tuple(attestation_standing(verdict) for verdict in verdicts)


def attestation_standing(verdict: AttestationVerdict) -> AttestationStanding:
    """Return how one attestation stands."""
    proof = verdict.proof
    return AttestationStanding(
        predicate_type=verdict.predicate_type or None,
        state=_STANDINGS[verdict.state],
        code=None if verdict.code is None else str(verdict.code),
        domain=verdict.domain,
        message=verdict.message,
        sentences=() if proof is None else describe_proof(proof),
    )


def signature_standing(verdict: SignatureVerdict) -> SignatureStanding:
    """Return how the registry's signature stands."""
    return SignatureStanding(
        state=_STANDINGS[verdict.state],
        keyid=next(iter(verdict.key_ids), None),
        code=None if verdict.code is None else str(verdict.code),
        message=verdict.message,
        time_unauthenticated=verdict.time_unauthenticated,
        is_foreign=verdict.is_foreign,
    )


def document_reason(document: DocumentVerdict | Rejection | None) -> Refusal | None:
    """Return what speaks against a document first; None where nothing does."""
    if document is None:
        return None
    if isinstance(document, Rejection):
        return Refusal(code=document.code, message=document.message, hint=document.hint)
    if document.state is not State.REJECTED:
        return None
    # An attestation that is none explains best why another one is missing.
    for verdict in document.attestations:
        if verdict.state is State.REJECTED and verdict.kind is not None and verdict.code:
            return Refusal(code=verdict.code, message=verdict.message or "")
    for rejection in document.rejections:
        return Refusal(code=rejection.code, message=rejection.message, hint=rejection.hint)
    return None


def not_checked_of(document: DocumentVerdict) -> tuple[NotChecked, ...]:
    """Return what nobody looked at in a document: its sentences say what, and why."""
    parted = (sentence.partition(": ") for sentence in document.not_checked)
    return tuple(NotChecked(what=what, why=why) for what, _, why in parted)


def registry_word_of(verdicts: Iterable[AttestationVerdict]) -> Mapping[str, object] | None:
    """Return what the registry's own statement tells beside npm's members, where it is verified.

    Its keys alone sign such a statement (facts: consumers §6.1); no publisher writes in it.
    """
    for verdict in verdicts:
        statement = verdict.statement
        is_own = verdict.kind is Kind.PUBLISH and verdict.state is State.VERIFIED
        if not is_own or statement is None:
            continue
        told = statement.predicate.get("imprint")
        if isinstance(told, dict):
            source = told.get("source")
            return {
                "credential": _text(told.get("credential")),
                "is_approved": isinstance(told.get("approval"), dict),
                "environment": _text(source.get("environment"))
                if isinstance(source, dict)
                else None,
                "ref_protected": protected
                if isinstance(protected := told.get("refProtected"), bool)
                else None,
            }
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def identity_of(proof: CertificateProof) -> Mapping[str, object] | None:
    """Return who signed, for programs: the Workload, and what stands beside it."""
    workload = proof.workload
    if workload is None:
        return None
    caller, called = caller_of(workload), called_by(workload)
    extensions = proof.certificate.extensions
    return {
        **workload_to_mapping(workload),
        "workflow": None if caller is None else caller.path,
        "called_workflow": None if called is None else f"{called.root}/{called.path}",
        "run": extensions.get(_RUN),
        "level": proof.level.value,
        "domain": proof.domain,
        "signed_at": min((time.moment for time in proof.times), default=None),
        "log_index": next((entry.log_index for entry in proof.entries), None),
    }
