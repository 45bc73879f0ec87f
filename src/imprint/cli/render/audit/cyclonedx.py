"""CycloneDX 1.6: a bill of materials that says how each package is known, and by whose word.

What is imprint's own stands in properties `imprint:…`. The dependencies are those of one shortest
way to each package: an audit keeps no more of the graph. Not here: the schema (the library's).
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Protocol, cast
from uuid import NAMESPACE_URL, uuid5

import msgspec
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema.schema import SchemaVersion1Dot6

from imprint import __version__
from imprint.audit.model import POLICY_CHANGED
from imprint.cli.render.audit.cyclonedx_parts import (
    evidence_of,
    licenses_of,
    purl_of,
    vulnerabilities_of,
)
from imprint.cli.render.audit.sentences import rule_change_lines
from imprint.cli.render.json_text import encodable
from imprint.cli.render.json_text import written as json_written
from imprint.cli.render.plain import printable
from imprint.npm.integrity import parse_sri
from imprint.policy.decisions import verdict_of
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.audit.model import Audit, AuditedPackage

    class _Serializable(Protocol):
        """What the library makes of its classes, and does not declare."""

        def as_json(self, view_: type[SchemaVersion1Dot6]) -> str:
            """Return its JSON by a version of the schema."""


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
    refs = [str(purl_of(package)) for package in audit.packages]
    # The worst of one name and version stands for all of them, and comes first.
    packages: dict[str, AuditedPackage] = {}
    for ref, package in zip(refs, audit.packages, strict=True):
        packages.setdefault(ref, package)
    root = Component(
        name=printable(audit.lockfile) or _PROJECT, type=ComponentType.APPLICATION, bom_ref=_PROJECT
    )
    own = Component(name="imprint", version=__version__, type=ComponentType.APPLICATION)
    told = [
        *_told({"policy": audit.policy, "mode": audit.mode.value, "rules-from": audit.rules_from}),
        *chain.from_iterable(_told({POLICY_CHANGED: line}) for line in rule_change_lines(audit)),
    ]
    metadata = BomMetaData(
        timestamp=datetime.fromtimestamp(audit.now, UTC),
        component=root,
        properties=[Property(name=name, value=value) for name, value in told],
    )
    metadata.tools.components.add(own)
    bom = Bom(
        serial_number=uuid5(
            NAMESPACE_URL, encodable(f"imprint:{audit.lockfile}:{sorted(packages)}")
        ),
        metadata=metadata,
        vulnerabilities=vulnerabilities_of(audit, refs),
    )
    core = msgspec.json.decode(JsonV1Dot6(bom).output_as_string(), type=dict[str, object])
    # Asked for all at once, the library compares each with most of the others: that is six seconds
    # for thousands of packages. It has the rest of the document in the order of these names too.
    lists: dict[str, object] = {
        "components": [_component(package, ref) for ref, package in _in_order(packages)],
        "dependencies": list(_dependencies(audit, refs)),
    }
    written = {name: value for name, value in lists.items() if value}
    written |= {name: value for name, value in core.items() if name not in lists}
    return json_written(msgspec.json.encode(written))


def _in_order(packages: Mapping[str, AuditedPackage]) -> list[tuple[str, AuditedPackage]]:
    """Return packages by reference, those of scopes first, then by name and version."""

    def place(entry: tuple[str, AuditedPackage]) -> tuple[bool, str, str, str, str]:
        ref, package = entry
        group, name = _group_and_name(package)
        return (group is None, group or "", name, _version(package), ref)

    return sorted(packages.items(), key=place)


def _component(package: AuditedPackage, ref: str) -> Mapping[str, object]:
    """Return one component by the schema."""
    group, name = _group_and_name(package)
    component = Component(
        type=ComponentType.LIBRARY,
        bom_ref=ref,
        group=group,
        name=name,
        version=_version(package),
        purl=purl_of(package),
        scope=ComponentScope.OPTIONAL if package.is_optional else ComponentScope.REQUIRED,
        hashes=list(_hashes(package)),
        licenses=licenses_of(package),
        evidence=evidence_of(package),
    )
    text = cast("_Serializable", component).as_json(SchemaVersion1Dot6)
    written = msgspec.json.decode(text, type=dict[str, object])
    match written:
        case {"evidence": {"occurrences": list(occurrences)}}:
            # The library has no order for places without a reference of their own.
            occurrences.sort(key=lambda one: str(one["location"]))
    # Sixteen for each package: by the library they would take as long as all the rest.
    properties = [{"name": name, "value": value} for name, value in sorted(_properties(package))]
    return dict(sorted({**written, "properties": properties}.items()))


def _group_and_name(package: AuditedPackage) -> tuple[str | None, str]:
    name = printable(package.name.rpartition("/")[2] or package.name)
    return purl_of(package).namespace, name


def _version(package: AuditedPackage) -> str:
    return printable(package.version)[:_LONGEST_VERSION]


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


def _properties(package: AuditedPackage) -> Iterator[tuple[str, str]]:
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


def _told(values: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if value is not None:
            yield f"imprint:{name}", printable(value)


def _dependencies(audit: Audit, refs: Sequence[str]) -> Iterator[Mapping[str, object]]:
    named = {
        f"{package.name}@{package.version}": ref
        for package, ref in zip(audit.packages, refs, strict=True)
    }
    needed: dict[str, set[str]] = {ref: set() for ref in (_PROJECT, *refs)}
    for package, own in zip(audit.packages, refs, strict=True):
        before = _PROJECT
        for name in package.path[1:]:
            ref = named.get(name)
            if ref is None or ref == before:
                continue
            needed[before].add(ref)
            before = ref
        # A way that nobody knows, or that names others than the audit's, is the project's own.
        if before != own:
            needed[before].add(own)
    for ref, wanted in sorted(needed.items()):
        yield {"dependsOn": sorted(wanted), "ref": ref} if wanted else {"ref": ref}
