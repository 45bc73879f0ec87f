"""Everything that runs use open at once: trust, what earlier runs kept, whom they may ask."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.audit.request import Advising, AuditRequest
from imprint.cli.audit.asked import registry_of
from imprint.cli.audit.progress import progress
from imprint.cli.caches import cache_folder, kept_secret, projections_file
from imprint.cli.session import say
from imprint.cli.verify.basis import given_trust
from imprint.cli.verify.judging import judging
from imprint.evidence.gathering import Sources
from imprint.refusals import Malformed, quoted
from imprint.upstream.fetch import Fetcher
from imprint.upstream.trust.registry_labels import default_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imprint.audit.request import Standings
    from imprint.cli.audit.asked import Asked
    from imprint.cli.audit.options import Wish
    from imprint.evidence.policies import LoadedPolicy
    from imprint.evidence.proving import Judge
    from imprint.evidence.sources import SourceWanted
    from imprint.history.candidates import SourceStanding
    from imprint.publish.configuration import Configuration
    from imprint.storage.advisory_index import IndexPlace
    from imprint.storage.projections import KeptStore
    from imprint.storage.verdicts import VerdictCache

CONNECTIONS = 24
STORE_VARIABLE = "IMPRINT_PROJECTIONS"
"""A `postgresql:` address where projections are kept for many; unset: a file of this user."""
_EDGES = "edges.sqlite3"
_FORGE = "forges.sqlite3"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What is open for one or several runs, which are of one moment."""

    wish: Wish
    now: float
    """Unix seconds."""
    judge: Judge
    store: KeptStore | None
    edges: VerdictCache | None
    standings: Standings | None
    show: Callable[[str, int, int], None]

    @cached_property
    def _host(self) -> str:
        return default_host()

    def request(
        self, asked: Asked, loaded: LoadedPolicy, configuration: Configuration
    ) -> AuditRequest:
        """Return what one run is asked for."""

        def sources() -> Sources:
            return Sources(
                fetcher=Fetcher(by_proxy=True, connections_per_host=CONNECTIONS),
                credential_for=configuration.token_for,
                store=self.store,
                answers=self.store,
                is_offline=self.wish.offline,
                max_age_seconds=float(self.wish.max_age_seconds),
                at_most=CONNECTIONS,
                complete_hosts=frozenset({self._host}),
                progress=self.show,
            )

        return AuditRequest(
            found=asked.found,
            base=asked.base,
            loaded=loaded,
            registry_of=lambda scope: registry_of(configuration, scope),
            sources=sources,
            judge=self.judge,
            default_host=self._host,
            advising=_advising(self.wish),
            standings=self.standings,
            reaches=self.wish.reach,
            edges=self.edges,
            now=self.now,
        )


@contextmanager
def opened(wish: Wish) -> Iterator[Opened]:
    """Yield everything that is open; it is closed when this is left."""
    now = time.time()
    given = given_trust(wish.trust, keys=wish.keys)
    with ExitStack() as stack:
        judge = stack.enter_context(judging(given, uses_cache=wish.cache, now=now))
        store = _store(stack, now) if wish.cache else None
        yield Opened(
            wish=wish,
            now=now,
            judge=judge.judge,
            store=store,
            edges=_kept(stack, _EDGES) if wish.cache and wish.reach else None,
            standings=_standings(stack, wish, now),
            show=stack.enter_context(progress()),
        )


def _advising(wish: Wish) -> Advising:
    match wish.advisories:
        case "off":
            return Advising()
        case "registry":
            return Advising(asks_registries=not wish.offline)
        case path:
            if not Path(path).is_file():
                raise Malformed(
                    "no-such-file",
                    f"there is no advisory archive {quoted(path)}",
                    hint="`--advisories` takes `registry`, `off`, or OSV's archive of npm: all.zip",
                )
            return Advising(archive=Path(path), index=_index_place())


def _index_place() -> IndexPlace | None:
    """Return where the archive's index is kept; None: beside it, without a secret of one's own."""
    from imprint.storage.advisory_index import IndexPlace

    secret = kept_secret()
    if secret is None:
        return None
    return IndexPlace(folder=cache_folder() / "advisories", secret=secret)


def _store(stack: ExitStack, now: float) -> KeptStore | None:
    """Open what earlier runs kept of registries; without a secret of one's own, nothing."""
    from imprint.storage.projection_places import open_projections

    secret = kept_secret()
    if secret is None:
        return None
    place: Path | str = os.environ.get(STORE_VARIABLE) or projections_file()
    store = open_projections(place, secret=secret, now=now)
    stack.callback(store.close)
    stack.callback(lambda: say(f"warning: {store.failure}") if store.failure else None)
    return store


def _kept(stack: ExitStack, file: str) -> VerdictCache | None:
    """Open what earlier runs kept in a file of this user's caches."""
    from imprint.storage.verdicts import VerdictCache

    secret = kept_secret()
    if secret is None:
        return None
    return stack.enter_context(VerdictCache(cache_folder() / file, secret=secret))


def _standings(stack: ExitStack, wish: Wish, now: float) -> Standings | None:
    """Return what looks at source repositories, where somebody asked for it."""
    if wish.repositories is None and not wish.forge:
        return None
    from imprint.evidence.reconciliation import source_standings
    from imprint.evidence.sources import Askable
    from imprint.upstream.clones import Clones
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.forge.hosts import hosts_of, open_forges
    from imprint.upstream.forge.keeping import Keeping, Remembered

    answers = _kept(stack, _FORGE) if wish.cache else None
    keeping = Keeping(answers=answers or Remembered(), now=time.time)

    async def ask(wanted: Sequence[SourceWanted]) -> Mapping[tuple[str, str], SourceStanding]:
        clones = None if wish.repositories is None else Clones(wish.repositories)
        async with Fetcher(by_proxy=True) as fetcher:
            forges = {}
            if wish.forge and not wish.offline:
                forges = open_forges(hosts_of(os.environ), fetcher, keeping)
            askable = Askable(clones=clones, forges=forges)
            return await source_standings(wanted, askable, now=now)

    return lambda wanted: asyncio.run(ask(wanted))
