"""A whole attestations document of npm: is it right, and who published.

The rules (a) to (h) of the attestation facts, §4. Not here: registry signatures, and what a policy
makes of a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.predicates import knows_build_type
from imprint.attestations.proof import CertificateProof, KeyProof
from imprint.attestations.single import Circumstances, judge_attestation
from imprint.attestations.statement_rules import ExpectedSubject, sha512_of
from imprint.attestations.verdicts import AttestationVerdict, Kind, State
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.attestations.domains import RegistryKeySet, TrustDomain
    from imprint.attestations.findings import Finding
    from imprint.attestations.proof import Proof
    from imprint.attestations.reading.documents import Document


class DocumentVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole document comes to."""

    attestations: tuple[AttestationVerdict, ...]
    """In the document's order."""
    rejections: tuple[Rejection, ...]
    """Of the document as a whole; one attestation's own are with it."""
    findings: tuple[Finding, ...]
    provenance: CertificateProof | None
    """Who published: that of the one provenance that is verified, also where the document lacks
    something else. Ask `state` first."""
    publish: KeyProof | None
    """The registry's own word: that of the one publish attestation that is verified."""
    sha512: str | None
    """Hex: the tarball that the verified attestations are about."""
    not_checked: tuple[str, ...]
    """Sentences."""

    @property
    def state(self) -> State:
        """Rejected by any rule; undecided where something that counts is; else verified."""
        counted = [verdict for verdict in self.attestations if verdict.kind is not None]
        if self.rejections or any(v.state is State.REJECTED for v in counted):
            return State.REJECTED
        if not counted or any(v.state is State.UNDECIDED for v in counted):
            return State.UNDECIDED
        return State.VERIFIED

    @property
    def code(self) -> Code | None:
        """The first reason against it: that of an attestation, then the document's own."""
        counted = [verdict for verdict in self.attestations if verdict.kind is not None]
        rejected = [verdict.code for verdict in counted if verdict.state is State.REJECTED]
        undecided = [verdict.code for verdict in counted if verdict.state is State.UNDECIDED]
        reasons = [*rejected, *(rejection.code for rejection in self.rejections), *undecided]
        return next(iter(reasons), None)


def verify_document(
    document: Document,
    *,
    subject: ExpectedSubject,
    domains: tuple[TrustDomain, ...],
    keys: RegistryKeySet | None,
    registry: str | None,
    now: float,
    provenance_expected: bool,
    publish_expected: bool,
) -> DocumentVerdict:
    """Judge npm's document about `subject` at `now` (Unix seconds).

    `keys` are those of `registry` (host, with its path where it has one), None where none are
    known: then publish attestations stay undecided. What is expected is what the packument claims,
    or what was seen of this version before: it must be there.
    """
    circumstances = Circumstances(
        subject=subject, domains=domains, keys=keys, registry=registry, now=now
    )
    verdicts = tuple(
        judge_attestation(attestation, circumstances) for attestation in document.attestations
    )
    rejections = []
    if not verdicts:
        text = "the document has no attestation, expected at least one"
        rejections.append(Rejection(code=Code.EMPTY, message=text))
    # (f) none of a kind twice
    rejections += _duplicates(verdicts)
    # (c), (d) all are about one tarball, also where nobody said which
    digests = sorted({digest for verdict in verdicts if (digest := _sha512(verdict)) is not None})
    if len(digests) > 1:
        text = f"the attestations are about {len(digests)} tarballs, expected one"
        rejections.append(Rejection(code=Code.SUBJECT, message=text))
    # (g) what is expected is there
    if provenance_expected:
        rejections += _missing(verdicts, Kind.PROVENANCE, Code.MISSING_PROVENANCE)
    if publish_expected:
        rejections += _missing(verdicts, Kind.PUBLISH, Code.MISSING_PUBLISH)
    provenance, publish = _proof(verdicts, Kind.PROVENANCE), _proof(verdicts, Kind.PUBLISH)
    return DocumentVerdict(
        attestations=verdicts,
        rejections=tuple(rejections),
        findings=tuple(finding for verdict in verdicts for finding in verdict.findings),
        provenance=provenance if isinstance(provenance, CertificateProof) else None,
        publish=publish if isinstance(publish, KeyProof) else None,
        sha512=digests[0] if len(digests) == 1 else None,
        not_checked=_not_checked(verdicts, circumstances),
    )


def _duplicates(verdicts: tuple[AttestationVerdict, ...]) -> list[Rejection]:
    found = []
    for kind in Kind:
        count = sum(verdict.kind is kind for verdict in verdicts)
        if count > 1:
            text = f"the document has {count} attestations that are {kind.value}, expected one"
            found.append(Rejection(code=Code.DUPLICATE, message=text))
    return found


def _missing(verdicts: tuple[AttestationVerdict, ...], kind: Kind, code: Code) -> list[Rejection]:
    if not verdicts or any(verdict.kind is kind for verdict in verdicts):
        return []
    text = f"the document has no {kind.value}, expected one"
    return [Rejection(code=code, message=text)]


def _proof(verdicts: tuple[AttestationVerdict, ...], kind: Kind) -> Proof | None:
    """Return what the one attestation of a kind proves; of two nobody knows which is meant."""
    found = [verdict for verdict in verdicts if verdict.kind is kind]
    return found[0].proof if len(found) == 1 and found[0].state is State.VERIFIED else None


def _sha512(verdict: AttestationVerdict) -> str | None:
    if verdict.state is not State.VERIFIED or verdict.statement is None:
        return None
    return sha512_of(verdict.statement.subjects[0])


def _not_checked(
    verdicts: tuple[AttestationVerdict, ...], circumstances: Circumstances
) -> tuple[str, ...]:
    """Say what nobody should believe was looked at."""
    sentences = []
    if circumstances.subject.sha512 is None:
        sentences.append("the tarball: its digest was not given, so it may be another one")
    if circumstances.keys is None:
        sentences.append("publish attestations: no keys of the registry are known")
    if circumstances.registry is None:
        sentences.append("whose publish attestation it is: the registry was not named")
    for verdict in verdicts:
        if verdict.kind is None:
            sentences.append(
                f"what {quoted(verdict.predicate_type)} says: the type is not understood here"
            )
        elif _has_unknown_build_type(verdict):
            sentences.append("the provenance's predicate: its build type is not known here")
    return tuple(sentences)


def _has_unknown_build_type(verdict: AttestationVerdict) -> bool:
    statement = verdict.statement
    is_provenance = verdict.kind is Kind.PROVENANCE
    return is_provenance and statement is not None and not knows_build_type(statement)
