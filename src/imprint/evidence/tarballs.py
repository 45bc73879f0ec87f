"""A tarball against what the packument and the certificate say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.certified import repository_address
from imprint.attestations.consistency import repository_finding
from imprint.attestations.findings import Finding, Severity
from imprint.evidence.looked import Had
from imprint.npm.integrity import parse_sri
from imprint.npm.published import repository_of
from imprint.refusals import Malformed, Mismatch, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.attestations.proof import CertificateProof
    from imprint.evidence.pieces import Pieces
    from imprint.npm.published import PublishedVersion
    from imprint.npm.strict_json import JsonObject


def sha512_of(pieces: Pieces) -> str | None:
    """Return the sha512 that a version is about, hex: of its bytes, else what is claimed."""
    if isinstance(pieces.tarball, Had):
        return pieces.tarball.value.sha512
    return claimed_sha512(pieces.published)


def claimed_sha512(published: PublishedVersion) -> str | None:
    """Return the sha512 of `dist.integrity`, hex; None where there is not exactly one."""
    try:
        hashes = parse_sri(published.integrity or "")
    except Malformed:
        return None
    digests = {digest.hex() for name, digest in hashes if name == "sha512"}
    return digests.pop() if len(digests) == 1 else None


def integrity_finding(published: PublishedVersion, sha512: str | None) -> Iterator[Finding]:
    """Yield that the bytes are not those of `dist.integrity`, where no provenance was compared."""
    claimed = claimed_sha512(published)
    if sha512 is None or claimed is None or claimed == sha512:
        return
    yield Finding(
        code="integrity-differs",
        severity=Severity.CRITICAL,
        message=f"the tarball's sha512 is `{sha512}`, expected `{claimed}` as in `dist.integrity`",
        mismatches=(Mismatch(claim="dist.integrity", expected=claimed, actual=sha512),),
    )


def package_json_findings(pieces: Pieces, proof: CertificateProof | None) -> Iterator[Finding]:
    """Yield where the tarball's package.json is of another package, version or repository."""
    if not isinstance(pieces.tarball, Had):
        return
    package_json = pieces.tarball.value.package_json
    if isinstance(package_json, Refusal):
        yield Finding(
            code=package_json.code, severity=Severity.MEDIUM, message=package_json.message
        )
    elif package_json is not None:
        yield from _named(package_json, pieces.published)
        if proof is not None and proof.workload is not None:
            found = repository_finding(
                repository_of(package_json), repository_address(proof.certificate, proof.workload)
            )
            # The packument repeats it: once is enough.
            if found is not None and repository_of(package_json) != pieces.published.repository:
                yield found


def _named(package_json: JsonObject, published: PublishedVersion) -> Iterator[Finding]:
    for claim, expected in (("name", published.name), ("version", published.version)):
        actual = package_json.get(claim)
        if actual == expected or (claim == "version" and _is_loosely(actual, expected)):
            continue
        text = actual if isinstance(actual, str) else "none"
        yield Finding(
            code="package-json-differs",
            severity=Severity.HIGH,
            message=f"`{claim}` in the tarball's package.json is {quoted(text)}, "
            f"expected {quoted(expected)}",
            mismatches=(Mismatch(claim=claim, expected=expected, actual=text),),
        )


def _is_loosely(actual: object, expected: str) -> bool:
    """Whether npm publishes `actual` as `expected`: `v1.2.3` and `1.2.3+build` as `1.2.3`."""
    return isinstance(actual, str) and actual.strip().lstrip("=v").partition("+")[0] == expected
