"""Whether what is merely said agrees with the certificate: predicate, packument, package.json.

The certificate wins. Not here: whether it is genuine, and what a disagreement leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.attestations.certified import certified_claims, repository_address
from imprint.attestations.codes import Code
from imprint.attestations.findings import Finding, Severity
from imprint.attestations.predicates import read_claims
from imprint.attestations.repositories import normalise_address
from imprint.identity.claim_values import shown
from imprint.identity.workload import Missing
from imprint.npm.integrity import parse_sri
from imprint.refusals import Malformed, Mismatch, quoted

if TYPE_CHECKING:
    from imprint.attestations.proof import Certificate, CertificateProof
    from imprint.attestations.reading.statements import Statement
    from imprint.identity.workload import Workload
    from imprint.npm.published import PublishedVersion

MAX_TIME_GAP_SECONDS: Final = 24 * 60 * 60
"""Between the log's time and the packument's: hours pass where a publication waits for approval."""

_HOUR: Final = 60 * 60


def predicate_finding(
    statement: Statement, *, certificate: Certificate, workload: Workload
) -> Finding | None:
    """Return `PREDICATE_CERT_MISMATCH` where the predicate says otherwise than the certificate.

    Facts that only one of both states are not compared. The predicate is made of environment
    variables that the publisher may set, so a disagreement is a lie or a forged file.
    """
    certified = certified_claims(certificate, workload)
    mismatches = tuple(
        Mismatch(claim=claim.name, expected=certified[claim.name], actual=_said(claim.value))
        for claim in read_claims(statement) or ()
        if claim.name in certified and claim.value != certified[claim.name]
    )
    if not mismatches:
        return None
    first = mismatches[0]
    more = f", and {len(mismatches) - 1} more" if len(mismatches) > 1 else ""
    return Finding(
        code=Code.PREDICATE_CERT_MISMATCH,
        severity=Severity.CRITICAL,
        message=f"the predicate's {_words(first.claim)} is {quoted(first.actual or '')}, "
        f"expected {quoted(first.expected)} as in the certificate{more}",
        mismatches=mismatches,
    )


def publication_findings(
    published: PublishedVersion,
    *,
    proof: CertificateProof,
    provenance_type: str,
    sha512: str | None,
    labels: tuple[str, ...] = (),
) -> tuple[Finding, ...]:
    """Compare what a packument or package.json says of a version with its verified provenance.

    `provenance_type` is the signed predicate type, `sha512` (hex) the digest of the bytes that were
    served, `labels` are addresses that the repository with these very ids has borne before.
    Fields that are not there are not compared.
    """
    workload = proof.workload
    found: list[Finding | None] = []
    if workload is not None:
        address = repository_address(proof.certificate, workload)
        found.append(repository_finding(published.repository, address, labels=labels))
        found.append(_commit(published.commit, workload))
    found.append(_provenance_type(published, provenance_type))
    found.append(_integrity(published.integrity, sha512))
    found.append(_time(published.published_at, proof))
    return tuple(finding for finding in found if finding is not None)


def repository_finding(
    claimed: str | None, certified: str | None, *, labels: tuple[str, ...] = ()
) -> Finding | None:
    """Compare a `repository` with the certificate's (extension 12), both as addresses.

    `labels` are further addresses that are right: earlier names of the same repository.
    """
    if claimed is None or certified is None:
        return None
    address = normalise_address(claimed)
    accepted = {normalise_address(text) for text in (certified, *labels)} - {None}
    if address is not None and address in accepted:
        return None
    return _finding(
        "repository-differs", Severity.CRITICAL, "repository", expected=certified, actual=claimed
    )


def _commit(claimed: str | None, workload: Workload) -> Finding | None:
    if claimed is None or isinstance(workload.commit, Missing) or claimed == workload.commit:
        return None
    # Not critical: release tools that commit the new version within the run publish from a commit
    # after the one that started it.
    return _finding(
        "commit-differs", Severity.MEDIUM, "gitHead", expected=workload.commit, actual=claimed
    )


def _provenance_type(published: PublishedVersion, signed: str) -> Finding | None:
    claimed = published.attestations.provenance_type if published.attestations else None
    if claimed is None or claimed == signed:
        return None
    return _finding(
        "provenance-type-differs",
        Severity.HIGH,
        "dist.attestations.provenance.predicateType",
        expected=signed,
        actual=claimed,
    )


def _integrity(claimed: str | None, sha512: str | None) -> Finding | None:
    if claimed is None or sha512 is None:
        return None
    try:
        digests = {digest.hex() for name, digest in parse_sri(claimed) if name == "sha512"}
    except Malformed:
        digests = set()
    if digests == {sha512}:
        return None
    return _finding(
        "integrity-differs",
        Severity.CRITICAL,
        "dist.integrity",
        expected=f"sha512 {sha512}",
        actual=claimed,
    )


def _time(claimed: float | None, proof: CertificateProof) -> Finding | None:
    if claimed is None or not proof.times:
        return None
    gap = min(abs(claimed - time.moment) for time in proof.times)
    if gap <= MAX_TIME_GAP_SECONDS:
        return None
    return Finding(
        code="published-long-after-signing",
        severity=Severity.MEDIUM,
        message=f"the packument's time is {gap / _HOUR:.0f} hours from the signature's, "
        f"expected at most {MAX_TIME_GAP_SECONDS // _HOUR}",
    )


def _finding(code: str, severity: Severity, claim: str, *, expected: str, actual: str) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=f"`{claim}` is {quoted(actual)}, expected {quoted(expected)} as it was signed",
        mismatches=(Mismatch(claim=claim, expected=expected, actual=actual),),
    )


def _words(claim: str) -> str:
    return claim.replace("_", " ")


def _said(value: object) -> str:
    return value if isinstance(value, str) else shown(value)
