"""Judged versions and a lockfile's graph → the packages of a report, the worst first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.audit.model import AuditedPackage, Change, Release
from imprint.history.events import EventSeverity
from imprint.history.releases import publisher_words, release_rows
from imprint.npm.lockfiles.model import SourceKind
from imprint.policy.codes import NEVER_ACCEPTED, rank_of
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imprint.audit.selection import LockedVersion
    from imprint.evidence.packages import JudgedVersion
    from imprint.history.identities import PublisherIdentity
    from imprint.npm.lockfiles.graph import Graph
    from imprint.npm.lockfiles.model import LockedPackage, Lockfile
    from imprint.policy.subjects import Subject
    from imprint.reachability.exposure import Reach

_SOURCES = {
    SourceKind.REGISTRY: "registry",
    SourceKind.TARBALL: "tarball",
    SourceKind.GIT: "git",
    SourceKind.FILE: "file",
    SourceKind.WORKSPACE: "workspace",
}
_MANIFEST = "package.json"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What every package of a report is told by."""

    lockfile: Lockfile
    graph: Graph
    reach: Mapping[str, Reach]
    identities: Mapping[str, Mapping[str, PublisherIdentity]] = msgspec.field(default_factory=dict)
    """By name, then version: of every version whose certificate was verified."""
    hold_at: Callable[[JudgedVersion], str | None] = msgspec.field(default=lambda _: None)
    """The newest version that policy admits in a refused one's place."""
    line_of_manifest: Callable[[str, str], int | None] = msgspec.field(
        default=lambda _path, _name: None
    )
    """Where a dependency stands in a package.json."""
    changes: Mapping[tuple[str, str], tuple[Change, str | None]] = msgspec.field(
        default_factory=dict
    )
    """In a difference: what became of a name@version, and which it takes the place of."""


def audited(version: LockedVersion, judged: JudgedVersion, *, scene: Scene) -> AuditedPackage:
    """Return one package of the report."""
    subject = judged.subject
    place = best_place(version, scene.reach)
    path, manifest = _way(place, scene)
    line = None
    if manifest is not None and len(path) > 1:
        line = scene.line_of_manifest(manifest, _asked_name(scene, place.key))
    change, replaces = scene.changes.get((version.name, version.version), (None, None))
    has_events = any(event.severity > EventSeverity.INFO for event in subject.events)
    return AuditedPackage(
        name=version.name,
        version=version.version,
        keys=tuple(one.key for one in version.places),
        line=version.first.line,
        path=path,
        manifest=manifest,
        manifest_line=line,
        source="bundled" if version.carrier is not None else _SOURCES[version.source],
        bundled_in=None if version.carrier is None else _named(version.carrier),
        aliases=tuple(dict.fromkeys(one.alias for one in version.places if one.alias)),
        is_dev=all(one.is_dev for one in version.places),
        is_optional=all(one.is_optional for one in version.places),
        is_patched=any(one.is_patched for one in version.places),
        registry=subject.registry or None,
        integrity=subject.integrity,
        axes=subject.axes,
        grade=subject.grade,
        identity=subject.identity,
        publisher=_publisher(judged),
        published=subject.published,
        events=subject.events,
        decision=judged.decision,
        reach=scene.reach.get(place.key),
        advisories=subject.advisories,
        license=subject.license,
        lacking=subject.lacking,
        timeline=_timeline(judged, scene) if has_events or change is not None else (),
        hold_at=scene.hold_at(judged) if isinstance(judged.decision, Refused) else None,
        change=change,
        replaces=replaces,
    )


def best_place(version: LockedVersion, reach: Mapping[str, Reach]) -> LockedPackage:
    """Return the place of a version that is most exposed; of equals the first."""
    return max(version.places, key=lambda one: _exposure(reach.get(one.key)))


def ordered(
    packages: Iterable[tuple[AuditedPackage, Subject]],
) -> tuple[tuple[AuditedPackage, Subject], ...]:
    """Return packages, each with what policy judged, the worst first: refused, undecided, warned.

    What cryptography or malware refuses stands above all. Within each by exposure, by the worst
    reason, then by name and version: so that a report of the same facts is the same report.
    """
    return tuple(sorted(packages, key=lambda one: _rank(one[0])))


def _rank(package: AuditedPackage) -> tuple[int, int, int, int, str, str]:
    match package.decision:
        case Refused(reasons=told):
            standing = 0 if any(one.code in NEVER_ACCEPTED for one in told) else 1
        case Undecided(reasons=told):
            standing = 2
        case Admitted(warnings=told):
            standing = 3 if told else 4
    severity = max((event.severity for event in package.events), default=EventSeverity.INFO)
    worst = min((rank_of(one.code) for one in told), default=0)
    exposure = _exposure(package.reach)
    return standing, -exposure, -severity, worst, package.name, package.version


def _exposure(reach: Reach | None) -> int:
    return Exposure.RUNTIME_CLOSURE if reach is None else reach.exposure


def _way(place: LockedPackage, scene: Scene) -> tuple[tuple[str, ...], str | None]:
    """Return a way into the graph in words, and the package.json that it starts in."""
    keys = scene.graph.path_to(place.key)
    project_path = scene.graph.project_of(place.key)
    if not keys or project_path is None:
        return (_named(place),), None
    project = next((one for one in scene.lockfile.projects if one.path == project_path), None)
    name = project_path if project is None else project.name or project.path or "."
    steps = (_named(scene.lockfile.packages[key]) for key in keys)
    manifest = f"{project_path}/{_MANIFEST}" if project_path else _MANIFEST
    return (name, *steps), manifest


def _asked_name(scene: Scene, key: str) -> str:
    """Return the name that package.json has for the first package on the way to `key`."""
    first = scene.lockfile.packages[scene.graph.path_to(key)[0]]
    return first.alias or first.name


def _named(package: LockedPackage) -> str:
    return f"{package.name}@{package.version}" if package.version else package.name


def _publisher(judged: JudgedVersion) -> str:
    if judged.publication is None:
        return "unknown"
    subject = judged.subject
    return publisher_words(judged.publication, subject.axes, subject.identity)


def _timeline(judged: JudgedVersion, scene: Scene) -> tuple[Release, ...]:
    if judged.history is None:
        return ()
    name, version = judged.subject.name, judged.subject.version
    identities = scene.identities.get(name, {})
    rows = release_rows(judged.history, version, judged.carries, identities)
    return tuple(
        Release(
            version=row.version,
            published=row.published,
            grade=row.grade,
            publisher=row.publisher,
            is_candidate=row.version == version,
        )
        for row in rows
    )
