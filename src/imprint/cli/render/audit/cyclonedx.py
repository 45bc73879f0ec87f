"""CycloneDX 1.6: a bill of materials that says how each package is known, and by whose word.

What is imprint's own stands in properties `imprint:…`. The dependencies are those of one shortest
way to each package: an audit keeps no more of the graph. Not here: the schema (the library's).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import msgspec
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6

from imprint import __version__
from imprint.cli.render.audit.cyclonedx_parts import (
    evidence_of,
    licenses_of,
    purl_of,
    vulnerabilities_of,
)
from imprint.cli.render.json_text import encodable
from imprint.cli.render.plain import printable
from imprint.npm.integrity import parse_sri
from imprint.policy.decisions import verdict_of
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.model import Audit, AuditedPackage

_ALGORITHMS = {
    "sha1": HashAlgorithm.SHA_1,
    "sha256": HashAlgorithm.SHA_256,
    "sha384": HashAlgorithm.SHA_384,
    "sha512": HashAlgorithm.SHA_512,
}
_PROJECT = "project"
_LONGEST_VERSION = 1024
"""Of CycloneDX 1.6."""


def render_cyclonedx(audit: Audit) -> str:
    """Return the bill as JSON; the same audit always gives the same text."""
    components = {_ref(package): _component(package) for package in audit.packages}
    root = Component(
        name=printable(audit.lockfile) or _PROJECT, type=ComponentType.APPLICATION, bom_ref=_PROJECT
    )
    own = Component(name="imprint", version=__version__, type=ComponentType.APPLICATION)
    metadata = BomMetaData(
        timestamp=datetime.fromtimestamp(audit.now, UTC),
        component=root,
        properties=list(_told({"policy": audit.policy, "mode": audit.mode.value})),
    )
    metadata.tools.components.add(own)
    bom = Bom(
        serial_number=uuid5(
            NAMESPACE_URL, encodable(f"imprint:{audit.lockfile}:{sorted(components)}")
        ),
        metadata=metadata,
        components=components.values(),
        vulnerabilities=vulnerabilities_of(audit, _ref),
        dependencies=_dependencies(audit, {_PROJECT: root, **components}),
    )
    return msgspec.json.format(JsonV1Dot6(bom).output_as_string(), indent=2) + "\n"


def _ref(package: AuditedPackage) -> str:
    return str(purl_of(package))


def _component(package: AuditedPackage) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=_ref(package),
        group=purl_of(package).namespace,
        name=printable(package.name.rpartition("/")[2] or package.name),
        version=printable(package.version)[:_LONGEST_VERSION],
        purl=purl_of(package),
        scope=ComponentScope.OPTIONAL if package.is_optional else ComponentScope.REQUIRED,
        hashes=list(_hashes(package)),
        licenses=licenses_of(package),
        evidence=evidence_of(package),
        properties=list(_properties(package)),
    )


def _hashes(package: AuditedPackage) -> Iterator[HashType]:
    if package.integrity is None:
        return
    try:
        digests = parse_sri(package.integrity)
    except Malformed:
        return  # the property has it as it is written
    for algorithm, digest in digests:
        if algorithm in _ALGORITHMS:
            yield HashType(alg=_ALGORITHMS[algorithm], content=digest.hex())


def _properties(package: AuditedPackage) -> Iterator[Property]:
    axes, identity = package.axes, package.identity
    yield from _told(
        {
            "verdict": verdict_of(package.decision),
            "grade": package.grade.value,
            "auth": f"{axes.auth} ({axes.auth_source})",
            "approval": f"{axes.approval} ({axes.approval_source})",
            "origin": f"{axes.origin} ({axes.origin_source})",
            "signature": f"{axes.signature} ({axes.signature_source})",
            "publisher": package.publisher,
            "repository": None if identity is None else identity.repository,
            "repository-id": None if identity is None else identity.repository_id,
            "workflow": None if identity is None else identity.workflow,
            "exposure": None if package.reach is None else package.reach.exposure.word,
            "bundled-in": package.bundled_in,
            "development": "true" if package.is_dev else "false",
            "source": package.source,
            "integrity": package.integrity,
            "license": package.license,
        }
    )
    for event in package.events:
        yield from _told({f"event:{event.id.value}": event.message})


def _told(values: dict[str, str | None]) -> Iterator[Property]:
    for name, value in values.items():
        if value is not None:
            yield Property(name=f"imprint:{name}", value=printable(value))


def _dependencies(audit: Audit, components: dict[str, Component]) -> list[Dependency]:
    refs = {f"{package.name}@{package.version}": _ref(package) for package in audit.packages}
    needed: dict[str, set[str]] = {ref: set() for ref in components}
    for package in audit.packages:
        before = _PROJECT
        for name in package.path[1:]:
            ref = refs.get(name)
            if ref is None or ref == before:
                continue
            needed[before].add(ref)
            before = ref
        # A way that nobody knows, or that names others than the audit's, is the project's own.
        if before != _ref(package):
            needed[before].add(_ref(package))
    dependencies = {ref: Dependency(ref=one.bom_ref) for ref, one in components.items()}
    for ref, wanted in needed.items():
        dependencies[ref].dependencies.update(dependencies[one] for one in wanted)
    return list(dependencies.values())
