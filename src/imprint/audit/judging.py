"""The versions of a lockfile, judged: each by its own evidence, bundled ones by their carrier's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.attestations.reading.key_sets import read_key_set
from imprint.audit.archive_checksums import ArchiveChecksums
from imprint.audit.askers import asked_texts, askers_of
from imprint.audit.assembling import best_place
from imprint.audit.lock_events import asked_elsewhere, foreign_host, lock_events, usual_host
from imprint.audit.planted import brought_along, planted_events, unversioned_events
from imprint.audit.replacements import replaced_names
from imprint.evidence.bursts import bursts_among
from imprint.evidence.gathering import host_of
from imprint.evidence.looked import Had, NotLooked
from imprint.evidence.packages import Around, JudgedVersion, judge_version
from imprint.evidence.proven import published_at
from imprint.evidence.proving import NO_CARRIES
from imprint.evidence.sources import SourceWanted
from imprint.evidence.wanted import Wanted
from imprint.history.axes import Axes, Grade
from imprint.history.fingerprints import event_fingerprint
from imprint.history.lines import Lines
from imprint.npm.advisories.fixes import first_fixed
from imprint.policy.decide import decide
from imprint.policy.notes import notes_of
from imprint.policy.subjects import Lacking, Subject
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.askers import Asker
    from imprint.audit.changes import Changes
    from imprint.audit.request import AuditRequest
    from imprint.audit.selection import LockedVersion
    from imprint.evidence.advisories import FoundAdvisories
    from imprint.evidence.gathering import Gathered
    from imprint.evidence.packages import Rules
    from imprint.evidence.proving import Proofs
    from imprint.history.candidates import SourceStanding
    from imprint.history.events import DriftEvent
    from imprint.history.publications import Publication
    from imprint.npm.lockfiles.graph import Graph
    from imprint.policy.decisions import Decision
    from imprint.reachability.exposure import Exposure, Reach

_MOST_EARLIER = 3
"""Versions before, by whose tags it is told whether a project makes any."""
_NOT_GATHERED = NotLooked(why="it was not asked for")


@dataclass(frozen=True, kw_only=True)
class LockJudging:
    """Judges the versions of one run. It keeps nothing but what it was given, looked up once."""

    request: AuditRequest
    rules: Rules
    gathered: Gathered
    proofs: Proofs
    advisories: FoundAdvisories
    changes: Changes
    reaches: Mapping[str, Reach] | None
    """None: nobody looked at the application."""
    graph: Graph

    def judge(self, versions: Sequence[LockedVersion]) -> tuple[JudgedVersion, ...]:
        """Return what each version comes to, in their order."""
        own: dict[tuple[str, str, str | None], JudgedVersion] = {}
        found = []
        for version in versions:
            if (
                not version.comes_from_registry
                or (version.carrier or version.first).version is None
            ):
                found.append(self._outside(version))
                continue
            wanted = self._wanted(version)
            key = (wanted.name, wanted.version, wanted.integrity)
            if version.carrier is not None:
                carrying = own.get(key) or self._judged(version, wanted, is_carrier=True)
                found.append(self._bundled(version, carrying))
                continue
            own[key] = self._judged(version, wanted)
            found.append(own[key])
        return tuple(found)

    def notes(self, judged: Sequence[JudgedVersion]) -> tuple[str, ...]:
        """Return what is to be said of the policy's own state."""
        if self.request.base is not None:
            return ()  # of a part of a lockfile nothing tells which acceptance is not needed
        decisions = [one.decision for one in judged]
        return notes_of(self.rules.policy, decisions, now=self.rules.now)

    def _wanted(self, version: LockedVersion) -> Wanted:
        place = version.carrier or version.first
        change, replaces = self.changes.by_version.get(
            (place.name, place.version or ""), (None, None)
        )
        return Wanted(
            name=place.name,
            version=place.version or "",
            registry=self.gathered.registries[place.name],
            integrity=place.integrity if version.carrier is not None else version.integrity,
            is_introduced=change is not None,
            replaces=replaces,
        )

    def _judged(
        self, version: LockedVersion, wanted: Wanted, *, is_carrier: bool = False
    ) -> JudgedVersion:
        around = Around() if is_carrier else self._around(version, wanted)
        return judge_version(
            wanted,
            self.gathered.histories.get(wanted.name, _NOT_GATHERED),
            carries=self.gathered.carries.get(wanted.registry, NO_CARRIES),
            proven=self.proofs.of(wanted),
            identities=self.proofs.identities.get(wanted.name, {}),
            neighbour=self.gathered.history,
            around=around,
            rules=self.rules,
        )

    def _around(self, version: LockedVersion, wanted: Wanted) -> Around:
        request, history = self.request, self.gathered.history(wanted.name)
        row = None if history is None else history.publication(wanted.version)
        fixed = None
        if wanted.replaces is not None:
            old = self.advisories.of(wanted.name, wanted.replaces)
            fixed = first_fixed(old, wanted.replaces, wanted.version)
        return Around(
            exposure=self._exposure(version),
            is_dev=self._is_dev(version),
            advisories=self.advisories.of(wanted.name, wanted.version),
            fixes_advisory_of=None if fixed is None else fixed.id,
            source=self._standings.get(wanted.key),
            burst_of=self._bursts.get(wanted.key, ()),
            events=(
                *lock_events(
                    version,
                    row,
                    lockfile_format=request.found.lockfile.format,
                    registry=wanted.registry,
                    default_host=request.default_host,
                    usual=self._usual_host,
                ),
                *self._archives.events(version.places),
            ),
            registry_keys=self._keys.get(wanted.registry),
            registry_signs_all=host_of(wanted.registry) == request.default_host,
            lacking=tuple(self._lacking(wanted.key)),
        )

    def _bundled(self, version: LockedVersion, carrying: JudgedVersion) -> JudgedVersion:
        """Return a copy that comes in another's tarball: it proves what its carrier proves."""
        events = tuple(self._planted(version, carrying))
        subject = replace(
            carrying.subject,
            name=version.name,
            version=version.version,
            integrity=None,
            events=events,
            exposure=self._exposure(version),
            is_dev=self._is_dev(version),
            # No policy for what is bundled is for what only the lockfile says is.
            is_bundled=not events,
            advisories=self.advisories.of(version.name, version.version),
            license=None,
            lacking=(
                *(one for one in carrying.subject.lacking if one.axis != "advisories"),
                *self._lacking((version.name, version.version)),
            ),
        )
        return replace(carrying, subject=subject, decision=self._decide(subject))

    def _planted(self, version: LockedVersion, carrying: JudgedVersion) -> Iterator[DriftEvent]:
        """Yield that the lockfile takes a bundled copy from elsewhere, or makes it one."""
        registry, said = carrying.subject.registry, carrying.publication
        away = foreign_host(version, registry=registry, known={self.request.default_host})
        events = {event.id: event for event in planted_events(version, said, self._brought)}
        if away is not None:
            events[away.id] = away
        yield from (_fingerprinted(version, event) for event in events.values())

    def _outside(self, version: LockedVersion) -> JudgedVersion:
        """Return what comes from no registry: git, an address, a folder."""
        subject = Subject(
            name=version.name,
            version=version.version,
            integrity=version.integrity,
            registry="",
            axes=Axes(),
            grade=Grade.UNKNOWN,
            identity=None,
            exposure=self._exposure(version),
            is_dev=self._is_dev(version),
            is_from_registry=False,
            address=version.first.resolved,
            events=(
                *self._elsewhere(version),
                *(_fingerprinted(version, one) for one in unversioned_events(version)),
            ),
        )
        return JudgedVersion(
            subject=subject,
            decision=self._decide(subject),
            history=None,
            carries=NO_CARRIES,
            publication=None,
        )

    def _elsewhere(self, version: LockedVersion) -> Iterator[DriftEvent]:
        """Yield that a registry was asked for it, unless the project puts another in its place."""
        if version.name in self._replaced:
            return
        askers = [one for place in version.places for one in self._askers.get(place.key, ())]
        event = asked_elsewhere(version, list(asked_texts(askers, self._row_of)))
        if event is not None:
            yield _fingerprinted(version, event)

    @cached_property
    def _askers(self) -> Mapping[str, list[Asker]]:
        return askers_of(self.request.found.lockfile)

    def _row_of(self, name: str, version: str) -> Publication | None:
        history = self.gathered.history(name)
        return None if history is None else history.publication(version)

    @cached_property
    def _usual_host(self) -> str | None:
        return usual_host(self.request.found.lockfile)

    @cached_property
    def _brought(self) -> frozenset[str]:
        return brought_along(self.request.found.lockfile)

    @cached_property
    def _replaced(self) -> frozenset[str]:
        """The names that the project itself takes from elsewhere than a registry."""
        found = self.request.found
        return replaced_names(found.manifests.values(), found.lockfile.overrides)

    def _is_dev(self, version: LockedVersion) -> bool:
        """Tell whether only development needs it: by the file's word, and by nothing against it."""
        graph = self.graph
        return all(
            one.is_dev and (one.key in graph.dev_only or not graph.path_to(one.key))
            for one in version.places
        )

    def _decide(self, subject: Subject) -> Decision:
        return decide(self.rules.policy, subject, baseline=self.rules.baseline, now=self.rules.now)

    def _exposure(self, version: LockedVersion) -> Exposure | None:
        if self.reaches is None:
            return None
        reach = self.reaches.get(best_place(version, self.reaches).key)
        return None if reach is None else reach.exposure

    def _lacking(self, key: tuple[str, str]) -> Iterator[Lacking]:
        looked = self.advisories.missing(key)
        is_wished = (
            self.request.advising.asks_registries or self.request.advising.archive is not None
        )
        if is_wished and looked is not None:
            yield Lacking(axis="advisories", why=looked.why, is_of_registry=True)

    @cached_property
    def _keys(self) -> Mapping[str, frozenset[str]]:
        """The ids of the keys that each registry publishes."""
        found = {}
        for registry, looked in self.gathered.keys.items():
            if isinstance(looked, Had):
                try:
                    keys = read_key_set(looked.value).keys
                except Malformed:
                    continue
                found[registry] = frozenset(key.key_id for key in keys)
        return found

    @cached_property
    def _archives(self) -> ArchiveChecksums:
        """What the project keeps of packages, held against the lockfile."""
        return ArchiveChecksums(self.request.found.folder, self.request.found.lockfile)

    @cached_property
    def _standings(self) -> Mapping[tuple[str, str], SourceStanding]:
        """How versions stand at their sources, where somebody looks there."""
        look = self.request.standings
        return {} if look is None else look(list(self._at_source()))

    def _at_source(self) -> Iterator[SourceWanted]:
        """Yield the versions whose source is worth a look: what is fresh, or introduced."""
        for (name, version, _), proven in self.proofs.proven.items():
            history = self.gathered.history(name)
            row = None if history is None else history.publication(version)
            if history is None or row is None:
                continue
            published = published_at(proven, row)
            is_old = (
                published is not None
                and self.rules.now - published > self.rules.drift.fresh_seconds
            )
            if is_old and (name, version) not in self.changes.by_version:
                continue
            yield SourceWanted(
                name=name,
                version=version,
                identity=proven.identity,
                repository=row.repository,
                published=published,
                earlier=tuple(islice(Lines(history).before(version), _MOST_EARLIER)),
            )

    @cached_property
    def _bursts(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The siblings of each version that is of a burst."""
        histories = [
            looked.value for looked in self.gathered.histories.values() if isinstance(looked, Had)
        ]
        return bursts_among(histories, since=self.rules.now - self.rules.drift.fresh_seconds)


def _fingerprinted(version: LockedVersion, event: DriftEvent) -> DriftEvent:
    fingerprint = event_fingerprint(
        version.name, event.id, version.version, before=event.before, after=event.after
    )
    return replace(event, fingerprint=fingerprint)
