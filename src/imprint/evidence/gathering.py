"""Everything that judging a set of versions needs, gathered at once, each piece its own outcome.

Histories, keys and advisories first; then attestation documents, of those that need one: a version
with provenance, and those that its publisher is compared with. Not here: judging any of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from imprint.evidence.documents import WantedDocument, gather_documents
from imprint.evidence.histories import Gathering, carries_of, gather_histories
from imprint.evidence.looked import Had
from imprint.evidence.registry_keys import RegistryKeys
from imprint.history.drift import comparisons_of
from imprint.upstream.registries import UpstreamRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.evidence.looked import Looked
    from imprint.evidence.wanted import Wanted
    from imprint.history.axes import Carries
    from imprint.history.projection import PackumentHistory
    from imprint.publishers.credentials import Secret
    from imprint.storage.projections import AnswerStore, AttestedVersion, ProjectionStore
    from imprint.upstream.fetch import Fetcher

_SHA512 = "sha512-"


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask, and where what they say is kept."""

    fetcher: Fetcher
    credential_for: Callable[[str], Secret | None] = lambda _: None
    store: ProjectionStore | None = None
    answers: AnswerStore | None = None
    """Where registries' keys are kept; None: they are asked for each time."""
    is_offline: bool = False
    max_age_seconds: float = 300.0
    at_most: int = 24
    """Requests in flight."""
    complete_hosts: frozenset[str] = frozenset()
    """Hosts of registries that are known to have every field of trust, and to sign every version:
    where signatures are there, nothing was stripped, and what is not there is absent."""
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None

    def registry(self, url: str) -> UpstreamRegistry:
        """Return the registry at an address."""
        return UpstreamRegistry(fetcher=self.fetcher, url=url, credential_for=self.credential_for)


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One of several sets of versions that are gathered together."""

    wanted: tuple[Wanted, ...]
    fresh_seconds: float
    """Publishers are compared for what is younger than this, or introduced: what is older was
    looked at by everybody, and only a pin would tell more."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What was gathered."""

    registries: Mapping[str, str]
    """Name to the address of its registry."""
    histories: Mapping[str, Looked[PackumentHistory]]
    """By name."""
    carries: Mapping[str, Carries]
    """By registry; of which nothing was read, it is not there."""
    keys: Mapping[str, Looked[bytes]]
    """By registry: the keys that it says are its own."""
    documents: Mapping[AttestedVersion, Looked[bytes]]
    compared: Mapping[tuple[str, str], tuple[str, ...]]
    """By name and version: those that its publisher is compared with."""
    notes: tuple[str, ...] = ()
    """One line each: what is older than it should be."""

    def history(self, name: str) -> PackumentHistory | None:
        """Return a package's history, where it could be had."""
        looked = self.histories.get(name)
        return looked.value if isinstance(looked, Had) else None


async def gather(
    wanted: Sequence[Wanted], sources: Sources, *, now: float, fresh_seconds: float
) -> Gathered:
    """Return what judging `wanted` needs. Raises nothing: what could not be had says why."""
    share = Share(wanted=tuple(wanted), fresh_seconds=fresh_seconds)
    (gathered,) = await gather_each([share], sources, now=now)
    return gathered


async def gather_each(
    shares: Sequence[Share], sources: Sources, *, now: float
) -> tuple[Gathered, ...]:
    """Return what judging each share needs: nothing is asked for twice, whoever wants it.

    A share gets what it would have got alone, and nothing that only another wants: what is said of
    it does not depend on its company. A name is from the same registry in all of them. Raises
    nothing.
    """
    everything = [one for share in shares for one in share.wanted]
    registries = {one.name: one.registry for one in everything}
    keys = _keys_of(sources, now)
    histories, _ = await asyncio.gather(
        gather_histories(
            registries,
            fetcher=sources.fetcher,
            credential_for=sources.credential_for,
            store=sources.store,
            now=now,
            gathering=_gathering_of(sources),
            needed=_versions(everything),
        ),
        keys.ask(dict.fromkeys(registries.values())),
    )
    known = await keys.having(_key_ids(everything, histories))
    grounds = [_ground(share, histories, known, sources, now=now) for share in shares]
    asked = [
        tuple(_documents(share.wanted, ground, ground.compared))
        for share, ground in zip(shares, grounds, strict=True)
    ]
    documents = await _had_documents(list(chain.from_iterable(asked)), sources)
    return tuple(
        replace(
            ground,
            documents={one.attested: documents[one.attested] for one in own},
            notes=keys.notes(ground.keys),
        )
        for ground, own in zip(grounds, asked, strict=True)
    )


def _gathering_of(sources: Sources) -> Gathering:
    return Gathering(
        at_most=sources.at_most,
        max_age_seconds=sources.max_age_seconds,
        is_offline=sources.is_offline,
        progress=lambda done, of: sources.progress("packages", done, of),
    )


def _keys_of(sources: Sources, now: float) -> RegistryKeys:
    return RegistryKeys(
        registry_of=sources.registry,
        store=sources.answers,
        now=now,
        max_age_seconds=sources.max_age_seconds,
        is_offline=sources.is_offline,
    )


def _ground(
    share: Share,
    histories: Mapping[str, Looked[PackumentHistory]],
    keys: Mapping[str, Looked[bytes]],
    sources: Sources,
    *,
    now: float,
) -> Gathered:
    """Return a share's own part of what was gathered, without attestations."""
    registries = {one.name: one.registry for one in share.wanted}
    own = {name: histories[name] for name in registries}
    ground = Gathered(
        registries=registries,
        histories=own,
        carries=known_carries(registries, own, sources.complete_hosts),
        keys={url: keys[url] for url in dict.fromkeys(registries.values()) if url in keys},
        documents={},
        compared={},
    )
    compared = _compared(share.wanted, ground, now=now, fresh_seconds=share.fresh_seconds)
    return replace(ground, compared=dict(compared))


async def _had_documents(
    wanted: Sequence[WantedDocument], sources: Sources
) -> Mapping[AttestedVersion, Looked[bytes]]:
    return await gather_documents(
        wanted,
        fetcher=sources.fetcher,
        credential_for=sources.credential_for,
        store=sources.store,
        at_most=sources.at_most,
        is_offline=sources.is_offline,
        progress=lambda done, of: sources.progress("attestations", done, of),
    )


async def gather_proofs(
    wanted: Sequence[Wanted],
    sources: Sources,
    *,
    histories: Mapping[str, Looked[PackumentHistory]],
    carries: Mapping[str, Carries],
    keys: Mapping[str, Looked[bytes]],
    now: float,
    fresh_seconds: float,
) -> Gathered:
    """Return what judging `wanted` needs, where histories and keys are at hand already.

    For who keeps packuments: the gate. `carries` and `keys` are by registry; else as `gather`.
    """
    gathered = Gathered(
        registries={one.name: one.registry for one in wanted},
        histories=histories,
        carries=carries,
        keys=keys,
        documents={},
        compared={},
    )
    compared = dict(_compared(wanted, gathered, now=now, fresh_seconds=fresh_seconds))
    documents = await _had_documents(list(_documents(wanted, gathered, compared)), sources)
    return replace(gathered, documents=documents, compared=compared)


def document_integrity(locked: str | None, said: str | None) -> str | None:
    """Return the integrity that attestations must be about: the lockfile's, where it is a sha512.

    Old lockfiles know bytes by sha1, which no attestation names: then it is the packument's.
    """
    if locked is not None and _SHA512 in locked:
        return locked
    return said


def known_carries(
    registries: Mapping[str, str],
    histories: Mapping[str, Looked[PackumentHistory]],
    complete_hosts: frozenset[str],
) -> Mapping[str, Carries]:
    """Return which fields each registry has: of a few packages that says little by itself."""
    return {
        registry: replace(carries, trusted_publishers=True, approvers=True, attestations=True)
        if carries.signatures and carries.users and host_of(registry) in complete_hosts
        else carries
        for registry, carries in carries_of(registries, histories).items()
    }


def host_of(url: str) -> str:
    """Return `host` or `host:port` of an address; empty for what is none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _versions(wanted: Sequence[Wanted]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in wanted:
        found.setdefault(one.name, set()).add(one.version)
    return found


def _key_ids(
    wanted: Sequence[Wanted], histories: Mapping[str, Looked[PackumentHistory]]
) -> Mapping[str, set[str]]:
    """Return the ids of the keys by which versions are signed, by registry."""
    found: dict[str, set[str]] = {}
    for one in wanted:
        looked = histories.get(one.name)
        row = looked.value.publication(one.version) if isinstance(looked, Had) else None
        if row is not None and row.signatures:
            found.setdefault(one.registry, set()).update(name for name, _ in row.signatures)
    return found


def _compared(
    wanted: Sequence[Wanted], gathered: Gathered, *, now: float, fresh_seconds: float
) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for one in wanted:
        history, carries = gathered.history(one.name), gathered.carries.get(one.registry)
        if history is None or carries is None or one.version not in history.moments:
            continue
        published = history.moments[one.version]
        is_fresh = published is None or now - published <= fresh_seconds
        if one.is_introduced or is_fresh:
            yield one.key, comparisons_of(history, one.version, carries)


def _documents(
    wanted: Sequence[Wanted],
    gathered: Gathered,
    compared: Mapping[tuple[str, str], tuple[str, ...]],
) -> Iterator[WantedDocument]:
    for one in wanted:
        history = gathered.history(one.name)
        if history is None:
            continue
        for version in (one.version, *compared.get(one.key, ())):
            row = history.publication(version)
            if row is None or not row.has_attestations:
                continue
            locked = one.integrity if version == one.version else None
            integrity = document_integrity(locked, row.integrity)
            if integrity is not None:
                yield WantedDocument(
                    name=one.name,
                    version=version,
                    integrity=integrity,
                    registry=one.registry,
                    claimed_url=row.attestations_url,
                )
