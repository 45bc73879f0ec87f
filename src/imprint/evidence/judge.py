"""Pieces and a basis → a verdict: one decision, pure. Nothing is fetched, and time is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.consistency import publication_findings
from imprint.attestations.documents import verify_document
from imprint.attestations.reading.documents import parse_document
from imprint.attestations.registry_signatures import best_time, verify_signatures
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.evidence.basis import KeySource
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.standings import (
    attestation_standings,
    document_reason,
    identity_of,
    not_checked_of,
    registry_word_of,
    signature_standing,
)
from imprint.evidence.tarballs import integrity_finding, package_json_findings, sha512_of
from imprint.evidence.verdict import (
    AGAINST,
    SIGNATURE,
    AttestationStanding,
    NotChecked,
    Outcome,
    SignatureStanding,
    Standing,
    Verdict,
)
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.attestations.documents import DocumentVerdict
    from imprint.attestations.findings import Finding
    from imprint.evidence.basis import Basis
    from imprint.evidence.pieces import Pieces
    from imprint.npm.published import PublishedVersion

ATTESTATIONS = "attestations"
TARBALL = "tarball"


def judge(pieces: Pieces, *, basis: Basis, now: float) -> Verdict:
    """Return what a version comes to at `now` (Unix seconds).

    (1) the attestations, by the rules of a whole document: what the packument claims must be there
    (2) the registry's signature; when it was made, the publish attestation says best
    (3) the bytes that are served are those of `dist.integrity`
    (4) packument and package.json agree with what was signed
    What speaks against it comes before what could not be decided.
    """
    published = pieces.published
    sha512 = sha512_of(pieces)
    # (1) the attestations
    document = _document(pieces, basis=basis, sha512=sha512, now=now)
    judged = None if document is None or isinstance(document, Rejection) else document
    attestations = () if judged is None else attestation_standings(judged.attestations)
    # (2) the registry's signature
    signature = _signature(published, judged, basis)
    # (3), (4) the bytes, packument and package.json
    findings = _findings(pieces, judged, sha512)
    reasons = tuple(_against(document, signature, findings))
    doubts = tuple(_doubts(pieces, attestations, signature, basis))
    outcome, reason = Outcome.VALID, None
    if reasons:
        outcome, reason = Outcome.INVALID, reasons[0]
    elif doubts:
        outcome, reason = Outcome.UNDECIDED, doubts[0]
    return Verdict(
        name=published.name,
        version=published.version,
        sha512=sha512,
        outcome=outcome,
        code=None if reason is None else reason.code,
        message=None if reason is None else reason.message,
        signature=signature,
        attestations=attestations,
        identity=None
        if judged is None or judged.provenance is None
        else identity_of(judged.provenance),
        registry_word=None if judged is None else registry_word_of(judged.attestations),
        checked=tuple(_checked(pieces)),
        findings=findings,
        not_checked=tuple(_not_checked(pieces, judged, basis)),
    )


def _document(
    pieces: Pieces, *, basis: Basis, sha512: str | None, now: float
) -> DocumentVerdict | Rejection | None:
    published = pieces.published
    claimed = published.attestations
    if isinstance(pieces.document, NotThere):
        if claimed is None:
            return None
        return Rejection(
            code=Code.MISSING_PROVENANCE if claimed.provenance_type else Code.MISSING_PUBLISH,
            message="the packument says that there are attestations, and the registry has none",
        )
    if not isinstance(pieces.document, Had):
        return None
    try:
        document = parse_document(pieces.document.value)
    except Malformed as err:
        return Rejection(code=Code.FORMAT, message=err.message)
    return verify_document(
        document,
        subject=ExpectedSubject(
            name=PackageName.parse_existing(published.name),
            version=published.version,
            sha512=sha512,
        ),
        domains=basis.domains,
        keys=basis.keys,
        registry=basis.registry,
        now=now,
        provenance_expected=claimed is not None and claimed.provenance_type is not None,
        publish_expected=claimed is not None and claimed.has_publish,
    )


def _signature(
    published: PublishedVersion, document: DocumentVerdict | None, basis: Basis
) -> SignatureStanding:
    if basis.key_source is KeySource.NONE and not published.signatures:
        return SignatureStanding(state=Standing.ABSENT, message="the registry has no keys")
    if published.integrity is None:
        return SignatureStanding(
            state=Standing.UNDECIDED,
            message="the packument has no `dist.integrity`, which would have been signed",
        )
    time = best_time(
        publish=None if document is None else document.publish,
        first_observed=None,
        packument=published.published_at,
    )
    return signature_standing(
        verify_signatures(
            published.name,
            published.version,
            published.integrity,
            published.signatures,
            basis.keys,
            best_time=time,
        )
    )


def _findings(
    pieces: Pieces, document: DocumentVerdict | None, sha512: str | None
) -> tuple[Finding, ...]:
    published = pieces.published
    found: list[Finding] = []
    proof = None if document is None else document.provenance
    if document is not None:
        found += document.findings
    if document is None or proof is None:
        found += integrity_finding(published, sha512)
    else:
        statement = next(v.statement for v in document.attestations if v.proof is proof)
        found += publication_findings(
            published,
            proof=proof,
            provenance_type="" if statement is None else statement.predicate_type,
            sha512=sha512,
        )
    found += package_json_findings(pieces, proof)
    return tuple(found)


def _against(
    document: DocumentVerdict | Rejection | None,
    signature: SignatureStanding,
    findings: tuple[Finding, ...],
) -> Iterator[Refusal]:
    reason = document_reason(document)
    if reason is not None:
        yield reason
    if signature.state is Standing.REJECTED and signature.code and signature.message:
        yield Refusal(code=signature.code, message=signature.message)
    for finding in findings:
        if finding.severity in AGAINST:
            yield Refusal(code=finding.code, message=finding.message)


def _doubts(
    pieces: Pieces,
    attestations: tuple[AttestationStanding, ...],
    signature: SignatureStanding,
    basis: Basis,
) -> Iterator[Refusal]:
    match pieces.document:
        case NotLooked(why=why) if pieces.published.attestations is not None:
            yield _not_fetched(f"the attestations that the packument claims: {why}")
        case _:
            pass
    match pieces.tarball:
        case NotThere():
            yield _not_fetched("the tarball is not where the packument says it is")
        case NotLooked(why=why, is_failure=True):
            yield _not_fetched(f"the tarball: {why}")
        case _:
            pass
    if basis.key_source is KeySource.UNKNOWN:
        yield _not_fetched("the registry's keys could not be had")
    counted = [one for one in attestations if one.code != Code.UNKNOWN_TYPE]
    for one in counted:
        if one.state is Standing.UNDECIDED:
            yield _undecided(one.code, one.message)
    if signature.state is Standing.UNDECIDED and basis.key_source is not KeySource.NONE:
        yield _undecided(signature.code, signature.message)
    if signature.state is not Standing.VERIFIED and not counted:
        yield _undecided(
            None,
            "the version has neither a registry signature nor attestations that could be verified",
        )


def _not_fetched(message: str) -> Refusal:
    return Refusal(code="not-fetched", message=message)


def _undecided(code: str | None, message: str | None) -> Refusal:
    return Refusal(code=code or "nothing-to-verify", message=message or "it could not be judged")


def _checked(pieces: Pieces) -> Iterator[str]:
    match pieces.tarball:
        case Had(value=facts):
            yield f"tarball: {facts.size_bytes} bytes, sha512 {facts.sha512[:16]}…"
        case _:
            pass


def _not_checked(
    pieces: Pieces, document: DocumentVerdict | None, basis: Basis
) -> Iterator[NotChecked]:
    match pieces.tarball:
        case NotLooked(why=why):
            yield NotChecked(what=TARBALL, why=f"{why}: its bytes may be others than were signed")
        case NotThere():
            yield NotChecked(what=TARBALL, why="it is not there")
        case Had(value=facts) if facts.package_json is None:
            yield NotChecked(what="package.json", why="the tarball is too large to look into")
        case Had():
            pass
    match pieces.document:
        case NotLooked(why=why):
            yield NotChecked(what=ATTESTATIONS, why=why)
        case NotThere() if pieces.published.attestations is None:
            yield NotChecked(
                what="who published it", why="there are no attestations, which would prove it"
            )
        case _:
            pass
    if document is not None:
        yield from not_checked_of(document)
    match basis.key_source:
        case KeySource.REGISTRY:
            yield NotChecked(
                what="whose keys they are", why="the registry's keys came from the registry itself"
            )
        case KeySource.NONE if pieces.published.signatures:
            yield NotChecked(what=SIGNATURE, why="the registry has no keys")
        case _:
            pass
