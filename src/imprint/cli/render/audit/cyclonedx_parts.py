"""Parts of a CycloneDX component: purl, evidence, licences; and advisories as vulnerabilities."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.exception.model import InvalidUriException
from cyclonedx.model import XsUri
from cyclonedx.model.component_evidence import (
    AnalysisTechnique,
    ComponentEvidence,
    Identity,
    IdentityField,
    Method,
    Occurrence,
)
from cyclonedx.model.impact_analysis import ImpactAnalysisState
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.model.vulnerability import (
    BomTarget,
    Vulnerability,
    VulnerabilityAnalysis,
    VulnerabilityRating,
    VulnerabilitySeverity,
    VulnerabilitySource,
)
from packageurl import PackageURL

from imprint.cli.render.json_text import encodable
from imprint.cli.render.plain import printable
from imprint.history.axes import Origin, Signature
from imprint.npm.advisories.model import AdvisorySeverity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclonedx.model.license import License

    from imprint.audit.model import Audit, AuditedPackage
    from imprint.npm.advisories.model import Advisory

_SEVERITIES = {
    AdvisorySeverity.LOW: VulnerabilitySeverity.LOW,
    AdvisorySeverity.MODERATE: VulnerabilitySeverity.MEDIUM,
    AdvisorySeverity.HIGH: VulnerabilitySeverity.HIGH,
    AdvisorySeverity.CRITICAL: VulnerabilitySeverity.CRITICAL,
    AdvisorySeverity.UNKNOWN: VulnerabilitySeverity.UNKNOWN,
}


def purl_of(package: AuditedPackage) -> PackageURL:
    """Return the package's purl; what a lockfile has instead of a name is encoded in it."""
    whole, version = encodable(package.name), encodable(package.version)
    scope, slash, name = whole.partition("/")
    if not slash or not scope.startswith("@") or not name:
        return PackageURL("npm", None, whole or "-", version or None)
    return PackageURL("npm", scope, name, version or None)


def evidence_of(package: AuditedPackage) -> ComponentEvidence:
    """Return by what it is known that this is that package, each way with its confidence.

    A lockfile's word, then the digest that a registry signed, then a verified attestation.
    """
    methods = [
        Method(
            technique=AnalysisTechnique.MANIFEST_ANALYSIS,
            confidence=Decimal("0.5"),
            value="lockfile",
        )
    ]
    if package.axes.signature is Signature.VALID:
        methods.append(
            Method(
                technique=AnalysisTechnique.HASH_COMPARISON,
                confidence=Decimal("0.9"),
                value="the registry signed the lockfile's digest",
            )
        )
    if package.axes.origin in (Origin.BOUND, Origin.VERIFIED):
        methods.append(
            Method(
                technique=AnalysisTechnique.ATTESTATION,
                confidence=Decimal("1.0"),
                value=printable(f"provenance: {package.publisher}"),
            )
        )
    identity = Identity(
        field=IdentityField.PURL,
        confidence=max(one.confidence for one in methods),
        concluded_value=str(purl_of(package)),
        methods=methods,
    )
    occurrences = [Occurrence(location=printable(key)) for key in package.keys]
    return ComponentEvidence(identity=[identity], occurrences=occurrences)


def licenses_of(package: AuditedPackage) -> Sequence[License]:
    """Return the licence as its author declares it: an id, an expression, or any text."""
    if not package.license:
        return ()
    text = printable(package.license)
    declared = LicenseAcknowledgement.DECLARED
    return [LicenseFactory().make_from_string(text, license_acknowledgement=declared)]


def vulnerabilities_of(audit: Audit, refs: Sequence[str]) -> list[Vulnerability]:
    """Return the advisories, each with the packages that it affects; `refs` are theirs."""
    affected: dict[str, list[str]] = {}
    advisories: dict[str, Advisory] = {}
    for package, ref in zip(audit.packages, refs, strict=True):
        for advisory in package.advisories:
            advisories.setdefault(advisory.id, advisory)
            affected.setdefault(advisory.id, []).append(ref)
    return [_vulnerability(advisory, affected[advisory.id]) for advisory in advisories.values()]


def _vulnerability(advisory: Advisory, refs: Sequence[str]) -> Vulnerability:
    source = VulnerabilitySource(name=advisory.source, url=_address_of(advisory))
    state = ImpactAnalysisState.EXPLOITABLE if advisory.is_malware else None
    ref = printable(advisory.id)
    return Vulnerability(
        # Whoever names an advisory like a package gets no package's reference for it.
        bom_ref=f"advisory {ref}" if ref.startswith("pkg:") else ref,
        id=printable(advisory.id),
        source=source,
        ratings=[VulnerabilityRating(severity=_SEVERITIES[advisory.severity])],
        description=printable(advisory.title),
        analysis=None if state is None else VulnerabilityAnalysis(state=state),
        affects=[BomTarget(ref=ref) for ref in sorted(set(refs))],
    )


def _address_of(advisory: Advisory) -> XsUri | None:
    """Return the address of an advisory; None: it has none, or none that is one."""
    try:
        return None if advisory.url is None else XsUri(printable(advisory.url))
    except InvalidUriException:
        return None  # whoever wrote it stops no bill of materials
