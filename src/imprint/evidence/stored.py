"""A stored document, judged offline: npm's list of attestations, or one sigstore bundle."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.attestations.bundles import Bundle, Envelope
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.documents import verify_document
from imprint.attestations.findings import Severity
from imprint.attestations.proof import CertificateProof
from imprint.attestations.reading.documents import parse_stored
from imprint.attestations.single import verify_single
from imprint.attestations.statement_rules import ExpectedSubject, judge_subject
from imprint.attestations.verdicts import Kind, State
from imprint.evidence.standings import (
    attestation_standing,
    attestation_standings,
    document_reason,
    identity_of,
    not_checked_of,
)
from imprint.evidence.verdict import (
    SIGNATURE,
    NotChecked,
    Outcome,
    SignatureStanding,
    Standing,
    Verdict,
)
from imprint.refusals import Malformed, Refusal
from imprint.upstream.trust.registry_labels import DEFAULT_LABEL, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.documents import DocumentVerdict
    from imprint.attestations.reading.documents import Document
    from imprint.attestations.verdicts import AttestationVerdict
    from imprint.evidence.basis import Basis
    from imprint.npm.names import PackageName

_UNSEEN = SignatureStanding(state=Standing.UNDECIDED, message="it is in the packument")
_NOT_SIGNATURE = NotChecked(what=SIGNATURE, why="it is in the packument")


class StoredSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What a stored document shall be about; None: nobody said."""

    name: PackageName | None = None
    version: str | None = None
    digests: Mapping[str, bytes] | None = None
    """Algorithm (`sha512`) to digest, of the artifact."""

    @property
    def sha512(self) -> str | None:
        """The artifact's sha512, hex."""
        digest = (self.digests or {}).get("sha512")
        return None if digest is None else digest.hex()


def digests_of(data: bytes) -> Mapping[str, bytes]:
    """Return the digests that a bundle may name an artifact by."""
    return {name: hashlib.new(name, data).digest() for name in ("sha256", "sha384", "sha512")}


def judge_stored(
    raw: bytes,
    *,
    subject: StoredSubject,
    basis: Basis,
    public_key: PublicKeyTypes | None = None,
    now: float,
) -> Verdict:
    """Return what a stored document comes to; what cannot be read at all is `FORMAT`.

    In npm's document provenance and publish attestation are expected. It proves nothing about a
    version that was not named (`SUBJECT`).
    """
    try:
        stored = parse_stored(raw)
    except Malformed as err:
        rejection = Rejection(
            code=Code.FORMAT,
            message=err.message,
            hint="it takes npm's attestations document, or a sigstore bundle, as JSON",
        )
        return _verdict(subject, Outcome.INVALID, rejection)
    if isinstance(stored, Bundle):
        return _judge_bundle(stored, subject, basis, public_key, now)
    return _judge_document(stored, subject, basis, now)


def _judge_document(
    document: Document, subject: StoredSubject, basis: Basis, now: float
) -> Verdict:
    if subject.name is None or subject.version is None:
        rejection = Rejection(
            code=Code.SUBJECT,
            message="the document is about a version, and nobody said which it should be",
            hint="`imprint verify --document FILE NAME@VERSION --sha512 HEX`",
        )
        return _verdict(subject, Outcome.INVALID, rejection)
    judged = _documented(document, subject.name, subject, basis, now)
    reason = document_reason(judged)
    undecided = [one for one in judged.attestations if one.state is State.UNDECIDED]
    outcome = Outcome.VALID
    if reason is not None:
        outcome = Outcome.INVALID
    elif judged.state is State.UNDECIDED:
        outcome = Outcome.UNDECIDED
        first = next((one for one in undecided if one.kind is not None), None)
        if first is not None and first.code is not None:
            reason = Refusal(code=first.code, message=first.message or "")
    return Verdict(
        name=str(subject.name),
        version=subject.version,
        sha512=subject.sha512 or judged.sha512,
        outcome=outcome,
        code=None if reason is None else reason.code,
        message=None if reason is None else reason.message,
        signature=_UNSEEN,
        attestations=attestation_standings(judged.attestations),
        identity=None if judged.provenance is None else identity_of(judged.provenance),
        findings=judged.findings,
        not_checked=(
            _NOT_SIGNATURE,
            *_provenance_unknown(judged),
            *not_checked_of(judged),
        ),
    )


def _documented(
    document: Document, name: PackageName, subject: StoredSubject, basis: Basis, now: float
) -> DocumentVerdict:
    """Judge by all rules; what has to be there the packument would say, which nobody has here.

    npm's default registry attests only versions that come with provenance. Others attest every
    version, also those by token, and then nothing here says whether there was any.
    """
    judge = partial(
        verify_document,
        document,
        subject=ExpectedSubject(name=name, version=subject.version or "", sha512=subject.sha512),
        domains=basis.domains,
        keys=basis.keys,
        registry=basis.registry,
        now=now,
        publish_expected=True,
    )
    judged = judge(provenance_expected=False)
    if any(_is_of_default_registry(one) for one in judged.attestations):
        return judge(provenance_expected=True)
    return judged


def _is_of_default_registry(verdict: AttestationVerdict) -> bool:
    if verdict.kind is not Kind.PUBLISH or verdict.statement is None:
        return False
    registry = verdict.statement.predicate.get("registry")
    try:
        return isinstance(registry, str) and label_of(registry) == DEFAULT_LABEL
    except Malformed:
        return False


def _provenance_unknown(judged: DocumentVerdict) -> tuple[NotChecked, ...]:
    if any(one.kind is Kind.PROVENANCE for one in judged.attestations):
        return ()
    why = "the packument would say so; who published it is not proven"
    return (NotChecked(what="whether there should be provenance", why=why),)


def _judge_bundle(
    bundle: Bundle,
    subject: StoredSubject,
    basis: Basis,
    public_key: PublicKeyTypes | None,
    now: float,
) -> Verdict:
    judged = verify_single(
        bundle,
        domains=basis.domains,
        keys=basis.keys,
        now=now,
        artifact=subject.digests,
        public_key=public_key,
    )
    if subject.name is None:
        judged = _outside_npm(judged)
    rejection = _bundle_rejection(judged, subject)
    outcome = Outcome.VALID if rejection is None else Outcome.INVALID
    # A key that nobody named is nobody's: who judges a single bundle knows whose it should be.
    if judged.state is State.UNDECIDED and judged.code is not Code.KEY:
        outcome = Outcome.UNDECIDED
    not_checked = [_NOT_SIGNATURE]
    if isinstance(bundle.content, Envelope) and subject.digests is None:
        why = "no artifact and no digest of one was given"
        not_checked.append(NotChecked(what="what it is about", why=why))
    return replace(
        _verdict(subject, outcome, rejection),
        attestations=(attestation_standing(judged),),
        identity=identity_of(judged.proof) if isinstance(judged.proof, CertificateProof) else None,
        findings=judged.findings,
        not_checked=tuple(not_checked),
    )


def _outside_npm(judged: AttestationVerdict) -> AttestationVerdict:
    """Return the verdict on a bundle that is no npm version's: rule (h) is of npm's documents.

    What others put into a predicate need not be about the run that signs it: it is told, no more.
    """
    if judged.code is not Code.PREDICATE_CERT_MISMATCH:
        return judged
    return replace(
        judged,
        state=State.VERIFIED,
        code=None,
        message=None,
        findings=tuple(replace(one, severity=Severity.MEDIUM) for one in judged.findings),
    )


def _bundle_rejection(judged: AttestationVerdict, subject: StoredSubject) -> Rejection | None:
    if judged.state is not State.VERIFIED and judged.code is not None:
        return Rejection(code=judged.code, message=judged.message or "")
    if judged.statement is None or subject.name is None or subject.version is None:
        return None
    expected = ExpectedSubject(name=subject.name, version=subject.version, sha512=subject.sha512)
    return judge_subject(judged.statement, expected)


def _verdict(subject: StoredSubject, outcome: Outcome, rejection: Rejection | None) -> Verdict:
    return Verdict(
        name=None if subject.name is None else str(subject.name),
        version=subject.version,
        sha512=subject.sha512,
        outcome=outcome,
        code=None if rejection is None else str(rejection.code),
        message=None if rejection is None else rejection.message,
        hint=None if rejection is None else rejection.hint,
        signature=_UNSEEN,
        not_checked=(_NOT_SIGNATURE,),
    )
