"""One attestation: its signature, then the rules for what was signed. Not here: whole documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.attestations.bundles import Envelope, KeyMaterial
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.consistency import predicate_finding
from imprint.attestations.proof import CertificateProof
from imprint.attestations.reading.statements import read_statement
from imprint.attestations.selection import verify_in_domains
from imprint.attestations.statement_rules import (
    ExpectedSubject,
    judge_publish_predicate,
    judge_signer,
    judge_subject,
    judge_type,
    kind_of,
)
from imprint.attestations.verdicts import (
    AttestationVerdict,
    Kind,
    State,
    reject,
    rejected,
    undecided,
    verified,
)
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.bundles import Bundle
    from imprint.attestations.contents import Digests
    from imprint.attestations.domains import RegistryKeySet, TrustDomain
    from imprint.attestations.proof import Proof
    from imprint.attestations.reading.documents import Attestation
    from imprint.attestations.reading.statements import Statement


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What every attestation of one document is judged by; as of `documents.verify_document`."""

    subject: ExpectedSubject
    domains: tuple[TrustDomain, ...]
    keys: RegistryKeySet | None
    registry: str | None
    now: float


def judge_attestation(attestation: Attestation, circumstances: Circumstances) -> AttestationVerdict:
    """Judge one attestation: its signature first, so that the rules speak of what is proved."""
    listed = attestation.unverified_predicate_type
    kind = kind_of(listed)
    bundle = attestation.bundle
    if isinstance(bundle, Malformed):
        return rejected(listed, kind, Rejection(code=Code.FORMAT, message=bundle.message))
    if not isinstance(bundle.content, Envelope):
        text = "the bundle signs a message, expected a statement in an envelope"
        return rejected(listed, kind, Rejection(code=Code.FORMAT, message=text))
    if not circumstances.domains:
        return undecided(listed, kind, Code.LOG, "there is no trust domain to judge it by")
    if _lacks_keys(bundle, circumstances.keys):
        return undecided(listed, kind, Code.KEY, "no keys of the registry are known")
    proof = verify_in_domains(
        bundle, domains=circumstances.domains, keys=circumstances.keys, now=circumstances.now
    )
    if isinstance(proof, Rejection):
        return rejected(listed, kind, proof)
    try:
        statement = read_statement(bundle.content)
    except Malformed as err:
        return rejected(listed, kind, Rejection(code=Code.FORMAT, message=err.message), proof)
    return _judge_statement(statement, proof, listed, circumstances)


def verify_single(
    bundle: Bundle,
    *,
    domains: tuple[TrustDomain, ...],
    keys: RegistryKeySet | None,
    now: float,
    artifact: Digests | None = None,
    public_key: PublicKeyTypes | None = None,
) -> AttestationVerdict:
    """Judge one bundle that is in no document: its signature, and the artifact where it is given.

    None of npm's rules is applied but (h): a predicate that contradicts its certificate is a lie
    anywhere. `artifact` has the digests of what was signed, algorithm (`sha512`) to bytes;
    `public_key` is the one that has to have signed, where somebody names it.
    """
    if not domains:
        return undecided("", None, Code.LOG, "there is no trust domain to judge it by")
    if public_key is None and _lacks_keys(bundle, keys):
        return undecided("", None, Code.KEY, "no keys of the registry are known")
    proof = verify_in_domains(
        bundle, domains=domains, keys=keys, now=now, artifact=artifact, public_key=public_key
    )
    if isinstance(proof, Rejection):
        return rejected("", None, proof)
    verdict = verified("", None, proof, statement=None)
    match bundle.content:
        case Envelope() as envelope:
            try:
                statement = read_statement(envelope)
            except Malformed:
                return verdict  # Signed, and no statement: other things are signed as well.
            kind = kind_of(statement.predicate_type)
            verdict = verified(statement.predicate_type, kind, proof, statement=statement)
            return _judge_predicate(verdict, statement, proof)
        case _:
            return verdict


def _judge_statement(
    statement: Statement, proof: Proof, listed: str, circumstances: Circumstances
) -> AttestationVerdict:
    signed = kind_of(statement.predicate_type)
    kind = signed or kind_of(listed)
    verdict = verified(statement.predicate_type, kind, proof, statement=statement)
    # (a) the listed type is the signed one
    rejection = judge_type(statement, listed)
    if rejection is None and signed is None:
        # (f) reported, never counted
        return replace(
            verdict,
            state=State.UNDECIDED,
            code=Code.UNKNOWN_TYPE,
            message=f"predicate type {quoted(statement.predicate_type)} is not understood here",
        )
    if rejection is None and signed is not None:
        # (b) who may sign it, (c), (d) what it is about
        rejection = judge_signer(signed, proof) or judge_subject(statement, circumstances.subject)
    if rejection is None and signed is Kind.PUBLISH:
        # (e) the registry's own predicate
        rejection = judge_publish_predicate(
            statement, circumstances.subject, circumstances.registry
        )
    if rejection is not None:
        return reject(verdict, rejection)
    # (h) the predicate against the certificate
    return _judge_predicate(verdict, statement, proof)


def _judge_predicate(
    verdict: AttestationVerdict, statement: Statement, proof: Proof
) -> AttestationVerdict:
    if not isinstance(proof, CertificateProof) or proof.workload is None:
        return verdict
    finding = predicate_finding(statement, certificate=proof.certificate, workload=proof.workload)
    if finding is None:
        return verdict
    rejection = Rejection(code=Code.PREDICATE_CERT_MISMATCH, message=finding.message)
    return replace(reject(verdict, rejection), findings=(finding,))


def _lacks_keys(bundle: Bundle, keys: RegistryKeySet | None) -> bool:
    return keys is None and isinstance(bundle.material, KeyMaterial)
