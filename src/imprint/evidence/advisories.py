"""What is known against versions: from an archive of OSV, or from the registries they come from.

Every version has its own outcome. A registry is only asked about names that come from it: what is
private to one is told to no other. An archive tells nobody anything.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.evidence.looked import Had, NotLooked
from imprint.npm.advisories.merging import merged
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from imprint.upstream.advisories import bulk
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from imprint.evidence.kept_advisories import KeptAdvisories
    from imprint.evidence.looked import Looked
    from imprint.evidence.wanted import Wanted
    from imprint.npm.advisories.flaws import Flaw
    from imprint.npm.advisories.model import Advisory
    from imprint.storage.advisory_index import Advised, IndexPlace
    from imprint.upstream.registries import UpstreamRegistry

NO_VERSION = NotLooked(why="its version is none that a registry could be asked about")
OFFLINE = NotLooked(why="advisories were not asked for: offline, and no archive was given")


class FoundAdvisories(msgspec.Struct, frozen=True, kw_only=True):
    """What is known against the versions that were asked about."""

    by_version: Mapping[tuple[str, str], Looked[tuple[Advisory, ...]]]
    """Of every version, by name and version; `Had(())`: nothing is known against it."""
    notes: tuple[str, ...] = ()
    """One line each: broken records of the archive."""
    partly: Mapping[tuple[str, str], NotLooked] = msgspec.field(default_factory=dict)
    """Of versions that something is known against: why that may not be all."""

    def of(self, name: str, version: str) -> tuple[Advisory, ...]:
        """Return what is known against a version, as far as it could be looked for."""
        found = self.by_version.get((name, version))
        return found.value if isinstance(found, Had) else ()

    def missing(self, key: tuple[str, str]) -> NotLooked | None:
        """Return why not all that is known against a version could be seen; None: it was."""
        found = self.by_version.get(key)
        return found if isinstance(found, NotLooked) else self.partly.get(key)

    def of_those(self, keys: Collection[tuple[str, str]]) -> FoundAdvisories:
        """Return what is known against some of the versions."""
        return replace(
            self,
            by_version={key: one for key, one in self.by_version.items() if key in keys},
            partly={key: one for key, one in self.partly.items() if key in keys},
        )


async def advisories_of(
    wanted: Iterable[Wanted],
    *,
    archive: Path | None = None,
    index: IndexPlace | None = None,
    registry_of: Callable[[str], UpstreamRegistry] | None = None,
    kept: KeptAdvisories | None = None,
) -> FoundAdvisories:
    """Return what is known against every one of `wanted`.

    By the archive where one is given, with its index in `index` or beside it; else by the
    registries, `registry_of` an address, or what is `kept` of them; by neither: offline. Raises
    Malformed (`malformed-advisory-archive`) for an archive that is none, and nothing else.
    """
    asked = list(wanted)
    if archive is not None:
        # Most runs have none, and reading one takes a while to import.
        from imprint.storage.advisory_index import look_up  # noqa: PLC0415 - see above

        names = {one.name for one in asked}
        advised = await asyncio.to_thread(look_up, archive, names, place=index)
        return _by_archive(asked, advised)
    if registry_of is None:
        return FoundAdvisories(by_version={one.key: OFFLINE for one in asked})
    by_registry: dict[str, list[Wanted]] = {}
    for one in asked:
        by_registry.setdefault(one.registry, []).append(one)
    answers = await asyncio.gather(
        *(_by_registry(registry_of(url), own, kept) for url, own in by_registry.items())
    )
    by_version: dict[tuple[str, str], Looked[tuple[Advisory, ...]]] = {}
    notes: list[str] = []
    partly: dict[tuple[str, str], NotLooked] = {}
    for found in answers:
        by_version |= found.by_version
        partly |= found.partly
        notes += found.notes
    return FoundAdvisories(by_version=by_version, notes=tuple(dict.fromkeys(notes)), partly=partly)


def _by_archive(wanted: Sequence[Wanted], advised: Advised) -> FoundAdvisories:
    notes = list(advised.notes)
    if advised.broken:
        records = "record" if advised.broken == 1 else "records"
        notes.append(f"{advised.broken} {records} of the advisory archive cannot be read")
    by_version = {
        one.key: affecting(advised.flaws.get(one.name, ()), one.version) for one in wanted
    }
    return FoundAdvisories(by_version=by_version, notes=tuple(notes))


def affecting(flaws: Sequence[Flaw], version: str) -> Looked[tuple[Advisory, ...]]:
    """Return which of a package's flaws affect a version, one advisory for each flaw."""
    judged = [(flaw, flaw.affects(version)) for flaw in flaws]
    found = merged(flaw.advisory(source="osv") for flaw, affects in judged if affects)
    if not found and any(affects is None for _, affects in judged):
        return NotLooked(why="its version is none that an advisory's range could be asked about")
    return Had(found)


def _is_version(text: str) -> bool:
    """Tell whether a registry takes it: many refuse the whole question for one that is none."""
    try:
        Version.parse(text)
    except Malformed:
        return False
    return True


async def _by_registry(
    registry: UpstreamRegistry, wanted: Sequence[Wanted], kept: KeptAdvisories | None
) -> FoundAdvisories:
    versions: dict[str, list[str]] = {}
    by_version: dict[tuple[str, str], Looked[tuple[Advisory, ...]]] = {}
    for one in wanted:
        if _is_version(one.version):
            versions.setdefault(one.name, []).append(one.version)
        else:
            by_version[one.key] = NO_VERSION
    failure: NotLooked
    before = None if kept is None else kept.of(registry)
    try:
        answer = await bulk(
            registry, versions, answer_to=None if before is None else before.answer_to
        )
    except (FetchFailed, Malformed) as err:
        failure = NotLooked(why=f"advisories cannot be had: {err.message}", is_failure=True)
    else:
        if before is not None:
            before.keep()
        if answer is not None:
            unclear = {
                key: NotLooked(why=why, is_failure=True) for key, why in answer.unclear.items()
            }
            had = {key: Had(found) for key, found in answer.advisories.items()}
            return FoundAdvisories(
                notes=() if before is None else before.notes(),
                by_version={**by_version, **unclear, **had},
                partly={key: why for key, why in unclear.items() if key in had},
            )
        failure = NotLooked(why="the registry has no advisories")
    return FoundAdvisories(by_version={one.key: failure for one in wanted})
