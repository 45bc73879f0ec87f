"""A provenance bundle that came with a publication: by whom, of what, and if it is taken.

What the public registry asks of one (facts/attestations.md §3.6), with visibility and runners as
policy. Pure but for processor time: nothing here asks what is stored. Whose run it is and what the
package's publishers are called is judged where that is known (`judging.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from imprint.attestations.bundles import Envelope
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.consistency import predicate_finding
from imprint.attestations.predicates import PROVENANCE_TYPES, read_claims
from imprint.attestations.proof import CertificateProof, Level
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.statements import read_statement
from imprint.attestations.selection import verify_in_domains
from imprint.attestations.statement_rules import judge_subject
from imprint.publishers.publications import VerifiedProvenance
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.attesting.refusing import refusing
from imprint.registry.attesting.sources import judge_source

if TYPE_CHECKING:
    from imprint.attestations.proof import Proof
    from imprint.attestations.reading.statements import Statement
    from imprint.attestations.statement_rules import ExpectedSubject
    from imprint.identity.workload import Workload
    from imprint.registry.policies import AttestationPolicy

SOURCE_REPOSITORY: Final = 12
"""The extension that has the address of the source repository."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle as it was attached, and what it has to be about."""

    raw: bytes
    subject: ExpectedSubject
    """This version, and the digest of the tarball as the registry computed it."""


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle proves. Whether it proves it of this publication is not said yet."""

    record: VerifiedProvenance
    repository_address: str
    """Of the source repository, by the certificate."""

    @property
    def workload(self) -> Workload:
        """The run that signed."""
        return self.record.workload


def verify_provenance(
    offered: Offered, *, policy: AttestationPolicy, now: float
) -> Proved | Refusal:
    """Return what the bundle proves, or why it is not taken. `now` is Unix seconds.

    (1) there is a trust domain to judge by: could-not-decide refuses
    (2) it is a bundle, and its signature verifies in one of the domains, at a proved time
    (3) a run of an allowed CI issuer signed it, by a certificate with immutable ids
    (4) it is SLSA provenance of exactly one subject: this version, these bytes
    (5) the predicate says what the certificate says
    (6) source and runner are of a kind that is taken here
    """
    if not policy.domains:  # (1)
        return _refused_undecided()
    try:
        verdict = verify_in_domains(  # (2)
            parse_bundle(offered.raw), domains=policy.domains, keys=None, now=now
        )
        if isinstance(verdict, Rejection):
            return _refused_verification(verdict)
        signer = _judge_signer(verdict)  # (3)
        if isinstance(signer, Refusal):
            return signer
        proof, workload, envelope = signer
        statement = read_statement(envelope)
    except Malformed as err:
        return _refused_form(err)
    refusal = (
        _judge_statement(statement, offered)  # (4)
        or _judge_predicate(statement, proof, workload)  # (5)
        or judge_source(workload, policy)  # (6)
    )
    return refusal or _proved(proof, workload, statement)


def _judge_signer(proof: Proof) -> tuple[CertificateProof, Workload, Envelope] | Refusal:
    if not isinstance(proof, CertificateProof):
        return _refused_signer("a key signed it, expected a run of a CI provider")
    if proof.workload is None:
        return _refused_signer(
            f"the issuer {quoted(proof.certificate.issuer)} is no CI provider that the trust domain"
            f" {quoted(proof.domain)} allows"
        )
    if proof.level is not Level.FULL:
        return refusing(
            Refusal(
                code="provenance-legacy",
                message="its certificate has no immutable ids of repository and owner, as those"
                " from before 2023-04",
                hint="sign with a current client, and a current certificate authority",
            )
        )
    if not isinstance(proof.content, Envelope):
        return _refused_type("a signature over bytes")
    return proof, proof.workload, proof.content


def _proved(proof: CertificateProof, workload: Workload, statement: Statement) -> Proved:
    entry = proof.entries[0] if proof.entries else None
    record = VerifiedProvenance(
        domain=proof.domain,
        level=proof.level.value,
        predicate_type=statement.predicate_type,
        signed_at=min(time.moment for time in proof.times),
        log_id=None if entry is None else entry.log_id,
        log_index=None if entry is None else entry.log_index,
        certificate=proof.certificate.sha256,
        workload=workload,
    )
    address = proof.certificate.extensions.get(SOURCE_REPOSITORY, "")
    return Proved(record=record, repository_address=address)


def _judge_statement(statement: Statement, offered: Offered) -> Refusal | None:
    if statement.predicate_type not in PROVENANCE_TYPES:
        return _refused_type(quoted(statement.predicate_type))
    rejection = judge_subject(statement, offered.subject)
    if rejection is None:
        return None
    return refusing(
        Refusal(
            code="provenance-subject",
            message=f"{rejection.code}: {rejection.message}",
            hint="provenance is made for one version and the bytes that are published with it",
        )
    )


def _judge_predicate(
    statement: Statement, proof: CertificateProof, workload: Workload
) -> Refusal | None:
    if read_claims(statement) is None:
        build = statement.predicate.get("buildType") or statement.predicate.get("buildDefinition")
        if isinstance(build, dict):
            build = build.get("buildType")
        return refusing(
            Refusal(
                code="provenance-predicate",
                message=f"its build type {quoted(build if isinstance(build, str) else '')} is not"
                " known here: nothing that the predicate says can be compared with the certificate",
                hint="attach what `npm publish --provenance` makes",
            )
        )
    finding = predicate_finding(statement, certificate=proof.certificate, workload=workload)
    if finding is None:
        return None
    return refusing(
        Refusal(
            code="provenance-predicate",
            message=f"{finding.code}: {finding.message}",
            hint="the predicate is made of the job's environment: look what changes it there",
            mismatches=finding.mismatches,
        )
    )


def _refused_undecided() -> Refusal:
    return refusing(
        Refusal(
            code="provenance-undecided",
            message="this registry has no trust domain to verify it by",
            hint="an administrator adds one: `imprint trust-roots show` says what there is",
        )
    )


def _refused_form(err: Malformed) -> Refusal:
    return refusing(
        Refusal(code="provenance-malformed", message=f"{Code.FORMAT}: {err.message}", hint=err.hint)
    )


def _refused_verification(rejection: Rejection) -> Refusal:
    return refusing(
        Refusal(
            code="provenance-unverified",
            message=f"{rejection.code}: {rejection.message}",
            hint=rejection.hint
            or "`imprint explain provenance-unverified` says what the code means",
        )
    )


def _refused_signer(why: str) -> Refusal:
    return refusing(
        Refusal(
            code="provenance-issuer",
            message=f"{Code.ISSUER}: {why}",
            hint="`npm publish --provenance` in a CI job with an ID token signs as the job",
        )
    )


def _refused_type(what: str) -> Refusal:
    known = " or ".join(f"`{name}`" for name in sorted(PROVENANCE_TYPES))
    return refusing(
        Refusal(
            code="provenance-type",
            message=f"{Code.UNKNOWN_TYPE}: it is {what}, expected provenance: {known}",
        )
    )
