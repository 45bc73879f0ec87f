"""What several lockfiles want to be known, gathered at once: nothing is asked for twice.

What each gets is what it would get alone. Not here: asking (`evidence.gathering`), and judging.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from imprint.audit.askers import askers_of
from imprint.audit.changes import changes_of
from imprint.audit.selection import versions_of
from imprint.evidence.advisories import FoundAdvisories, advisories_of
from imprint.evidence.gathering import Share, gather_each
from imprint.evidence.kept_advisories import KeptAdvisories
from imprint.evidence.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.audit.changes import Changes
    from imprint.audit.request import AuditRequest
    from imprint.audit.selection import LockedVersion
    from imprint.evidence.gathering import Gathered, Sources
    from imprint.npm.lockfiles.model import LockedPackage


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of one lockfile."""

    request: AuditRequest
    versions: tuple[LockedVersion, ...]
    changes: Changes
    wanted: tuple[Wanted, ...]
    """Every tarball of a registry, of those that carry too."""
    advised: tuple[Wanted, ...]
    """Of what else it is asked what is known against it."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Evidence:
    """What was gathered for one lockfile.

    Without a repr: asyncio has its runner's result written into an error that nobody sees
    (`signal.getsignal` looks its handler up as a number), and here that is a tenth of the run.
    """

    gathered: Gathered
    advisories: FoundAdvisories
    requests: int
    """Of all that were gathered for together the first has them: for it, and not again, they were
    made."""


def selected(request: AuditRequest) -> Selected:
    """Return what is looked at: all versions, or what a change adds, and whose place it is.

    Raises Malformed where nothing says which registry packages are from.
    """
    changes = changes_of(request.base, request.found)
    versions = versions_of(request.found.lockfile)
    if request.base is not None:
        versions = tuple(one for one in versions if (one.name, one.version) in changes.by_version)
    wanted = _wanted(request, versions, changes)
    return Selected(
        request=request,
        versions=versions,
        changes=changes,
        wanted=wanted,
        advised=(*_replaced(wanted), *_carried(request, versions)),
    )


async def gathered_for(those: Sequence[Selected]) -> tuple[Evidence, ...]:
    """Return the evidence of each; they are asked for by the first's sources and advising.

    Raises Malformed where an advisory archive is none.
    """
    request = those[0].request
    sources = request.sources()
    shares = [
        Share(wanted=one.wanted, fresh_seconds=one.request.loaded.policy.fresh_seconds)
        for one in those
    ]
    wanted = [one for each in those for one in (*each.wanted, *each.advised)]
    advised = {(*one.key, one.registry): one for one in wanted}.values()
    async with sources.fetcher:
        gathered, advisories = await asyncio.gather(
            gather_each(shares, sources, now=request.now),
            advisories_of(
                advised,
                archive=request.advising.archive,
                index=request.advising.index,
                registry_of=sources.registry
                if request.advising.asks_registries and not sources.is_offline
                else None,
                kept=_kept(sources, request.now),
            ),
        )
        return tuple(
            Evidence(
                gathered=own,
                advisories=_own(advisories, each),
                requests=0 if number else sources.fetcher.requests,
            )
            for number, (each, own) in enumerate(zip(those, gathered, strict=True))
        )


def _own(advisories: FoundAdvisories, selected: Selected) -> FoundAdvisories:
    """Return what is known against the versions of one lockfile."""
    keys = {one.key for one in (*selected.wanted, *selected.advised)}
    return advisories.of_those(keys)


def _kept(sources: Sources, now: float) -> KeptAdvisories | None:
    if sources.answers is None:
        return None
    return KeptAdvisories(store=sources.answers, now=now, max_age_seconds=sources.max_age_seconds)


def _wanted(
    request: AuditRequest, versions: Sequence[LockedVersion], changes: Changes
) -> tuple[Wanted, ...]:
    """Return what evidence is wanted of: every tarball of a registry, of those that carry too."""
    registry_of = cache(request.registry_of)
    found: dict[tuple[str, str, str | None], Wanted] = {}
    for version in versions:
        place = version.carrier or version.first
        if not version.comes_from_registry or place.version is None:
            continue
        change, replaces = changes.by_version.get((place.name, place.version), (None, None))
        one = Wanted(
            name=place.name,
            version=place.version,
            registry=registry_of(_scope_of(place.name)),
            integrity=place.integrity if version.carrier is not None else version.integrity,
            is_introduced=change is not None,
            replaces=replaces,
        )
        found.setdefault((one.name, one.version, one.integrity), one)
    known = {one.key for one in found.values()}
    for place in _askers(request, versions):
        key = (place.name, place.version or "")
        if key not in known:
            known.add(key)
            registry = registry_of(_scope_of(place.name))
            found[*key, place.integrity] = Wanted(
                name=key[0], version=key[1], registry=registry, integrity=place.integrity
            )
    return tuple(found.values())


def _scope_of(name: str) -> str | None:
    return name.partition("/")[0][1:] if name.startswith("@") else None


def _askers(request: AuditRequest, versions: Sequence[LockedVersion]) -> Iterator[LockedPackage]:
    """Yield the packages that need what comes from no registry: theirs says whether they do."""
    askers = askers_of(request.found.lockfile)
    for version in versions:
        if not version.comes_from_registry:
            for one in (one for place in version.places for one in askers.get(place.key, ())):
                if one.is_published and one.parent is not None:
                    yield one.parent


def _carried(request: AuditRequest, versions: Sequence[LockedVersion]) -> list[Wanted]:
    """Return the versions that come in others' tarballs: what is known against them is asked."""
    return [
        Wanted(
            name=version.name,
            version=version.version,
            registry=request.registry_of(_scope_of(version.name)),
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
