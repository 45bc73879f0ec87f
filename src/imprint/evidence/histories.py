"""Gathering the histories of thousands of packages, each its own outcome.

In tiers: what is kept and fresh enough needs no request; what is kept and older is asked for if it
changed; anything else is fetched whole. A packument is projected as soon as it is there and let go,
and what it came to is kept a few at a time, so that a run that is broken off is taken up again
where it was. Not here: what histories prove (`history`), and attestations (`documents`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.projecting import projecting
from imprint.history.axes import Carries
from imprint.history.projection import PackumentHistory
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from imprint.storage.projections import KeptProjection
from imprint.upstream.documents import NOTHING_KNOWN, Document, Validators
from imprint.upstream.failures import FetchFailed
from imprint.upstream.packuments import (
    USUAL_RETRIES,
    NoSuchPackage,
    Retries,
    Unchanged,
    ask_for_packument,
)
from imprint.upstream.registries import UpstreamRegistry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from imprint.evidence.looked import Looked
    from imprint.evidence.projecting import Project
    from imprint.publishers.credentials import Secret
    from imprint.storage.projections import ProjectionStore
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.packuments import PackumentAnswer

AT_MOST: Final = 24
"""Requests in flight; the fetcher wants as many connections to a host."""
MAX_AGE_SECONDS: Final = 300.0
LARGE_BYTES: Final = 2 * 1024 * 1024
LARGE_AT_ONCE: Final = 2
"""Packuments larger than `LARGE_BYTES` that are in memory at a time."""
KEPT_AT_ONCE: Final = 64
"""Projections that are written in one go: what a process that is killed loses at most."""
READ_AT_ONCE: Final = 128
_Stale = tuple[str, str, KeptProjection | None]
"""A name that has to be asked for: registry, name, and what is kept of it."""
NONE_NEEDED: Final[Mapping[str, Collection[str]]] = MappingProxyType({})
OFFLINE: Final = NotLooked(why="it was not asked for before, and nothing is asked for offline")


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """How histories are gathered."""

    at_most: int = AT_MOST
    max_age_seconds: float = MAX_AGE_SECONDS
    """What a registry said less long ago is taken for current."""
    is_offline: bool = False
    """Whether only what is kept is used, of whatever age."""
    timeout_seconds: float = 60.0
    """For each attempt at each package."""
    retries: Retries = USUAL_RETRIES
    progress: Callable[[int, int], None] = lambda _done, _total: None
    """Told how many names have their outcome, of how many."""


_USUAL: Final = Gathering()


async def gather_histories(
    names: Mapping[str, str],
    *,
    fetcher: Fetcher,
    credential_for: Callable[[str], Secret | None] = lambda _: None,
    store: ProjectionStore | None,
    now: float,
    gathering: Gathering = _USUAL,
    needed: Mapping[str, Collection[str]] = NONE_NEEDED,
) -> Mapping[str, Looked[PackumentHistory]]:
    """Return the history of each name, by the address of the registry that it is from.

    Addresses end in a slash. `now` is Unix seconds. `needed` are versions by name: what is kept and
    knows not all of them is from before one was published, and asked for again, however young.
    Raises nothing: what could not be had is NotLooked, and says why.
    """
    found = Histories(
        fetcher=fetcher, credential_for=credential_for, store=store, now=now, gathering=gathering
    )
    return await found.gather(names, needed)


class Histories:
    """Histories of one run: each package is looked for once, however often it is asked for."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        credential_for: Callable[[str], Secret | None] = lambda _: None,
        store: ProjectionStore | None,
        now: float,
        gathering: Gathering = _USUAL,
    ) -> None:
        """Ask registries by `fetcher`, and keep what they say in `store`; None: nowhere."""
        self._fetcher = fetcher
        self._credential_for = credential_for
        self._store = store
        self._now = now
        self._gathering = gathering
        self._found: dict[tuple[str, str], Looked[PackumentHistory]] = {}
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._one = asyncio.Lock()

    async def gather(
        self, names: Mapping[str, str], needed: Mapping[str, Collection[str]] = NONE_NEEDED
    ) -> Mapping[str, Looked[PackumentHistory]]:
        """Return the history of each name, as `gather_histories` does."""
        async with self._one:
            missing = {
                name: registry
                for name, registry in names.items()
                if (registry, name) not in self._found
            }
            await self._gather(missing, needed)
        return {name: self._found[registry, name] for name, registry in names.items()}

    async def _gather(
        self, names: Mapping[str, str], needed: Mapping[str, Collection[str]]
    ) -> None:
        total, stale = len(names), list[_Stale]()
        for registry in dict.fromkeys(names.values()):
            of_registry = [name for name, address in names.items() if address == registry]
            stale += self._from_store(registry, of_registry, needed)
        done = total - len(stale)
        self._gathering.progress(done, total)
        batch = _Batch(self._store)
        waiting = iter(stale)
        asked: dict[tuple[str, str], Looked[bytes]] = {}

        async def work(project: Project) -> None:
            nonlocal done
            for registry, name, kept in waiting:
                answer = await self._ask(registry, name, kept, batch=batch, project=project)
                asked[registry, name] = answer
                done += 1
                self._gathering.progress(done, total)

        try:
            async with (
                projecting(sum(kept is None for _, _, kept in stale)) as project,
                asyncio.TaskGroup() as group,
            ):
                for _ in range(min(self._gathering.at_most, len(stale))):
                    group.create_task(work(project))
        finally:
            batch.write()
        # Only now, when no packument is in memory any more: what is read takes a multiple.
        for key, looked in asked.items():
            self._found[key] = (
                Had(PackumentHistory(looked.value)) if isinstance(looked, Had) else looked
            )

    def _from_store(
        self, registry: str, names: Sequence[str], needed: Mapping[str, Collection[str]]
    ) -> Iterator[_Stale]:
        """Take what is kept and fresh enough; yield the rest, with what is kept of it."""
        for start in range(0, len(names), READ_AT_ONCE):
            some = names[start : start + READ_AT_ONCE]
            kept = {} if self._store is None else self._store.get_many(registry, some)
            for name in some:
                row = kept.get(name)
                history = None if row is None else _history(row, name)
                is_current = row is not None and self._is_current(row, history, needed.get(name))
                if history is not None and is_current:
                    self._found[registry, name] = Had(history)
                elif self._gathering.is_offline:
                    self._found[registry, name] = OFFLINE
                else:
                    yield registry, name, row if history is not None else None

    def _is_current(
        self,
        kept: KeptProjection,
        history: PackumentHistory | None,
        needed: Collection[str] | None,
    ) -> bool:
        if self._gathering.is_offline:
            return True
        if history is None or any(version not in history.moments for version in needed or ()):
            return False
        return 0 <= self._now - kept.fetched_at <= self._gathering.max_age_seconds

    async def _ask(
        self,
        registry: str,
        name: str,
        kept: KeptProjection | None,
        *,
        batch: _Batch,
        project: Project,
    ) -> Looked[bytes]:
        upstream = UpstreamRegistry(
            fetcher=self._fetcher, url=registry, credential_for=self._credential_for
        )
        known = NOTHING_KNOWN
        if kept is not None:
            known = Validators(etag=kept.etag, last_modified=kept.last_modified)
        room = _Room(self._large)
        try:
            answer = await ask_for_packument(
                upstream,
                PackageName.parse_existing(name),
                known=known,
                before_more=room.before_more,
                timeout_seconds=self._gathering.timeout_seconds,
                retries=self._gathering.retries,
            )
            return await self._take(answer, registry, name, kept, batch=batch, project=project)
        except FetchFailed as err:
            return NotLooked(why=err.message, is_failure=True)
        except Malformed as err:
            return NotLooked(why=err.message, is_failure=True)
        finally:
            room.leave()

    async def _take(
        self,
        answer: PackumentAnswer,
        registry: str,
        name: str,
        kept: KeptProjection | None,
        *,
        batch: _Batch,
        project: Project,
    ) -> Looked[bytes]:
        match answer:
            case NoSuchPackage():
                return NotThere()
            case Unchanged():
                if kept is None:
                    return NotLooked(why="it is said to be unchanged, of nothing", is_failure=True)
                batch.confirm(registry, name, replace(kept, fetched_at=self._now))
                return Had(kept.data)
            case Document():
                data = await project(answer.body, name)
                row = KeptProjection(
                    data=data,
                    fetched_at=self._now,
                    etag=answer.validators.etag,
                    last_modified=answer.validators.last_modified,
                )
                batch.put(registry, name, row)
                return Had(data)


def carries_of(
    names: Mapping[str, str], histories: Mapping[str, Looked[PackumentHistory]]
) -> Mapping[str, Carries]:
    """Return which fields the packuments of each registry have, over all that were read.

    A registry of which nothing was read is not in it.
    """
    seen: dict[str, Carries] = {}
    for name, looked in histories.items():
        if isinstance(looked, Had):
            carries, before = looked.value.carries, seen.get(names[name])
            seen[names[name]] = carries if before is None else _either(before, carries)
    return seen


def _either(one: Carries, other: Carries) -> Carries:
    return Carries(
        times=one.times or other.times,
        users=one.users or other.users,
        trusted_publishers=one.trusted_publishers or other.trusted_publishers,
        approvers=one.approvers or other.approvers,
        signatures=one.signatures or other.signatures,
        attestations=one.attestations or other.attestations,
    )


def _history(kept: KeptProjection, name: str) -> PackumentHistory | None:
    """Return what a kept row says; None for one of another version of imprint."""
    try:
        history = PackumentHistory(kept.data)
    except Malformed:
        return None
    return history if history.name == name else None


class _Room:
    """The memory that one request may use: a little, or a large document's."""

    def __init__(self, large: asyncio.Semaphore) -> None:
        self._large = large
        self._is_large = False

    async def before_more(self, size: int) -> None:
        """Wait until a document that is so large already may go on."""
        if size > LARGE_BYTES and not self._is_large:
            await self._large.acquire()
            self._is_large = True

    def leave(self) -> None:
        """Let the next large one go on."""
        if self._is_large:
            self._large.release()
            self._is_large = False


class _Batch:
    """Projections that are to be written together."""

    def __init__(self, store: ProjectionStore | None) -> None:
        self._store = store
        self._new: dict[str, dict[str, KeptProjection]] = {}
        self._confirmed: dict[str, dict[str, KeptProjection]] = {}
        self._size = 0

    def put(self, registry: str, name: str, row: KeptProjection) -> None:
        """Write a new one, sooner or later."""
        self._add(self._new, registry, name, row)

    def confirm(self, registry: str, name: str, row: KeptProjection) -> None:
        """Write that a kept one is current, sooner or later."""
        self._add(self._confirmed, registry, name, row)

    def write(self) -> None:
        """Write all of them."""
        if self._store is not None:
            for registry, rows in self._new.items():
                self._store.put(registry, rows)
            for registry, rows in self._confirmed.items():
                self._store.confirm(registry, rows)
        self._new, self._confirmed, self._size = {}, {}, 0

    def _add(
        self,
        rows: dict[str, dict[str, KeptProjection]],
        registry: str,
        name: str,
        row: KeptProjection,
    ) -> None:
        rows.setdefault(registry, {})[name] = row
        self._size += 1
        if self._size >= KEPT_AT_ONCE:
            self.write()
