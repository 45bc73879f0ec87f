"""A lockfile → Audit: what is locked, gathered, verified, judged, put in order.

The path from evidence to a decision is `evidence/`'s, for all uses; here is what is a lockfile's.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imprint.audit.assembling import Scene, audited, ordered
from imprint.audit.changes import changes_of
from imprint.audit.coverage import coverage_of
from imprint.audit.holding import holder
from imprint.audit.judging import LockJudging
from imprint.audit.manifest_places import manifest_places
from imprint.audit.model import Audit
from imprint.audit.request import AuditRequest
from imprint.audit.selection import versions_of
from imprint.audit.sources import Reached, ReachSettings, reach_of
from imprint.audit.told_scripts import with_told_scripts
from imprint.evidence.advisories import FoundAdvisories, advisories_of
from imprint.evidence.gathering import gather
from imprint.evidence.kept_advisories import KeptAdvisories
from imprint.evidence.packages import Rules
from imprint.evidence.proving import prove_all
from imprint.evidence.wanted import Wanted
from imprint.npm.lockfiles.graph import Graph
from imprint.policy.model import mode_at
from imprint.policy.settings import drift_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.audit.changes import Changes
    from imprint.audit.model import AuditedPackage
    from imprint.audit.selection import LockedVersion
    from imprint.evidence.gathering import Gathered, Sources

__all__ = ["AuditRequest", "run_audit"]


def run_audit(request: AuditRequest) -> Audit:
    """Return what a lockfile comes to. Runs an event loop of its own.

    Raises Malformed where nothing says which registry packages are from, or an advisory archive is
    none. What could not be had of a package is that package's own outcome.
    """
    began = time.monotonic()
    versions, changes = _selected(request)
    evidence = asyncio.run(_gathered(request, versions, changes))
    reached = _reached(request, evidence)
    rules = _rules(request)
    proofs = prove_all(
        evidence.wanted, evidence.gathered, judge=request.judge, pins=request.loaded.pins
    )
    judging = LockJudging(
        request=request,
        rules=rules,
        gathered=evidence.gathered,
        proofs=proofs,
        advisories=evidence.advisories,
        changes=changes,
        reaches=None if reached is None else reached.reaches,
    )
    judged = judging.judge(versions)
    scene = Scene(
        lockfile=request.found.lockfile,
        graph=Graph(request.found.lockfile),
        reach={} if reached is None else reached.reaches,
        identities=proofs.identities,
        hold_at=holder(rules, evidence.gathered),
        line_of_manifest=manifest_places(request.found.manifests),
        changes=changes.by_version,
    )
    told = ordered(
        (audited(version, one, scene=scene), one.subject)
        for version, one in zip(versions, judged, strict=True)
    )
    packages = tuple(package for package, _ in told)
    return Audit(
        lockfile=str(request.found.path),
        lockfile_format=_format_of(request),
        policy=request.loaded.words,
        mode=mode_at(rules.policy, request.now),
        packages=packages,
        coverage=coverage_of(
            request,
            packages,
            advisories=evidence.advisories,
            keys=evidence.gathered.keys,
            notes=(*evidence.gathered.notes, *(() if reached is None else reached.notes)),
            requests=evidence.requests,
            seconds=time.monotonic() - began,
        ),
        now=request.now,
        subjects=tuple(subject for _, subject in told),
        is_difference=request.base is not None,
        removed=changes.removed,
        notes=judging.notes(judged),
        next_change=_next_change(packages),
    )


def _next_change(packages: Sequence[AuditedPackage]) -> float | None:
    moments = [one.decision.next_change for one in packages]
    return min((one for one in moments if one is not None), default=None)


def _rules(request: AuditRequest) -> Rules:
    loaded = request.loaded
    return Rules(
        policy=loaded.policy,
        drift=drift_settings(loaded.policy),
        pins=loaded.pins,
        baseline=loaded.baseline,
        now=request.now,
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Evidence:
    """What was gathered for one run.

    Without a repr: asyncio has its runner's result written into an error that nobody sees
    (`signal.getsignal` looks its handler up as a number), and here that is a tenth of the run.
    """

    wanted: Sequence[Wanted]
    gathered: Gathered
    advisories: FoundAdvisories
    requests: int


def _selected(request: AuditRequest) -> tuple[tuple[LockedVersion, ...], Changes]:
    """Return the versions that are looked at: all, or what a change adds, and whose place it is."""
    changes = changes_of(request.base, request.found)
    versions = versions_of(request.found.lockfile)
    if request.base is None:
        return versions, changes
    touched = tuple(one for one in versions if (one.name, one.version) in changes.by_version)
    return touched, changes


def _reached(request: AuditRequest, evidence: _Evidence) -> Reached | None:
    if not request.reaches:
        return None
    found = reach_of(request.found, settings=ReachSettings(), cache=request.edges)
    told = with_told_scripts(
        found.reaches,
        request.found.lockfile,
        scripts=found.scripts,
        history=evidence.gathered.history,
    )
    return replace(found, reaches=told)


async def _gathered(
    request: AuditRequest, versions: Sequence[LockedVersion], changes: Changes
) -> _Evidence:
    wanted = _wanted(request, versions, changes)
    policy = request.loaded.policy
    sources = request.sources()
    async with sources.fetcher:
        gathered, advisories = await asyncio.gather(
            gather(wanted, sources, now=request.now, fresh_seconds=policy.fresh_seconds),
            advisories_of(
                [*wanted, *_replaced(wanted), *_carried(request, versions)],
                archive=request.advising.archive,
                index=request.advising.index,
                registry_of=sources.registry
                if request.advising.asks_registries and not sources.is_offline
                else None,
                kept=_kept(sources, request.now),
            ),
        )
        return _Evidence(
            wanted=wanted,
            gathered=gathered,
            advisories=advisories,
            requests=sources.fetcher.requests,
        )


def _kept(sources: Sources, now: float) -> KeptAdvisories | None:
    if sources.answers is None:
        return None
    return KeptAdvisories(store=sources.answers, now=now, max_age_seconds=sources.max_age_seconds)


def _wanted(
    request: AuditRequest, versions: Sequence[LockedVersion], changes: Changes
) -> list[Wanted]:
    """Return what evidence is wanted of: every tarball of a registry, of those that carry too."""
    registries: dict[str | None, str] = {}
    found: dict[tuple[str, str, str | None], Wanted] = {}
    for version in versions:
        place = version.carrier or version.first
        if not version.comes_from_registry or place.version is None:
            continue
        scope = place.name.partition("/")[0][1:] if place.name.startswith("@") else None
        if scope not in registries:
            registries[scope] = request.registry_of(scope)
        change, replaces = changes.by_version.get((place.name, place.version), (None, None))
        one = Wanted(
            name=place.name,
            version=place.version,
            registry=registries[scope],
            integrity=place.integrity if version.carrier is not None else version.integrity,
            is_introduced=change is not None,
            replaces=replaces,
        )
        found.setdefault((one.name, one.version, one.integrity), one)
    return list(found.values())


def _carried(request: AuditRequest, versions: Sequence[LockedVersion]) -> list[Wanted]:
    """Return the versions that come in others' tarballs: what is known against them is asked."""
    return [
        Wanted(
            name=version.name,
            version=version.version,
            registry=request.registry_of(
                version.name.partition("/")[0][1:] if version.name.startswith("@") else None
            ),
        )
        for version in versions
        if version.carrier is not None and version.comes_from_registry
    ]


def _replaced(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return the versions that are replaced: whether the new ones fix a flaw of theirs is asked."""
    return [
        Wanted(name=one.name, version=one.replaces, registry=one.registry)
        for one in wanted
        if one.replaces is not None
    ]


def _format_of(request: AuditRequest) -> str:
    lockfile = request.found.lockfile
    return f"{lockfile.format.value} {lockfile.version}"
