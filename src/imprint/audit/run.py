"""Lockfiles → Audits: what is locked, gathered, verified, judged, put in order.

The path from evidence to a decision is `evidence/`'s, for all uses; here is what is a lockfile's.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from imprint.audit.assembling import Scene, audited, ordered
from imprint.audit.coverage import coverage_of
from imprint.audit.gathered import Selected, gathered_for, selected
from imprint.audit.holding import holder
from imprint.audit.judging import LockJudging
from imprint.audit.manifest_places import manifest_places
from imprint.audit.model import Audit
from imprint.audit.request import AuditRequest
from imprint.audit.sources import Reached, ReachSettings, reach_of
from imprint.audit.told_scripts import with_told_scripts
from imprint.evidence.packages import Rules
from imprint.evidence.proving import prove_all
from imprint.npm.lockfiles.graph import Graph
from imprint.policy.model import mode_at
from imprint.policy.settings import drift_settings
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.audit.gathered import Evidence
    from imprint.audit.model import AuditedPackage

__all__ = ["AuditRequest", "run_audit", "run_audits"]


def run_audit(request: AuditRequest) -> Audit:
    """Return what a lockfile comes to. Runs an event loop of its own.

    Raises Malformed where nothing says which registry packages are from, or an advisory archive is
    none. What could not be had of a package is that package's own outcome.
    """
    (outcome,) = run_audits((request,))
    if not isinstance(outcome, Audit):
        raise outcome
    return outcome


def run_audits(requests: Sequence[AuditRequest]) -> tuple[Audit | Malformed, ...]:
    """Return what each of several lockfiles comes to, with nothing asked for twice.

    All are asked for by the same sources, and a scope has one registry in all of them; whoever
    configures folders differently runs them apart. What `run_audit` raises of a lockfile is that
    lockfile's outcome, except for what concerns all: the advisory archive.
    """
    began = time.monotonic()
    chosen = [_selected(request) for request in requests]
    those = [one for one in chosen if isinstance(one, Selected)]
    evidence = iter(asyncio.run(gathered_for(those)) if those else ())
    seconds = time.monotonic() - began
    return tuple(
        _judged(one, next(evidence), began=time.monotonic() - seconds)
        if isinstance(one, Selected)
        else one
        for one in chosen
    )


def _selected(request: AuditRequest) -> Selected | Malformed:
    try:
        return selected(request)
    except Malformed as err:
        return err


def _judged(chosen: Selected, evidence: Evidence, *, began: float) -> Audit:
    request, changes = chosen.request, chosen.changes
    reached = _reached(request, evidence)
    rules = _rules(request)
    proofs = prove_all(
        chosen.wanted, evidence.gathered, judge=request.judge, pins=request.loaded.pins
    )
    graph = Graph(request.found.lockfile)
    judging = LockJudging(
        request=request,
        rules=rules,
        gathered=evidence.gathered,
        proofs=proofs,
        advisories=evidence.advisories,
        changes=changes,
        reaches=None if reached is None else reached.reaches,
        graph=graph,
    )
    judged = judging.judge(chosen.versions)
    scene = Scene(
        lockfile=request.found.lockfile,
        graph=graph,
        reach={} if reached is None else reached.reaches,
        identities=proofs.identities,
        hold_at=holder(rules, evidence.gathered),
        line_of_manifest=manifest_places(request.found.manifests),
        changes=changes.by_version,
    )
    told = ordered(
        (audited(version, one, scene=scene), one.subject)
        for version, one in zip(chosen.versions, judged, strict=True)
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


def _reached(request: AuditRequest, evidence: Evidence) -> Reached | None:
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


def _format_of(request: AuditRequest) -> str:
    lockfile = request.found.lockfile
    return f"{lockfile.format.value} {lockfile.version}"
