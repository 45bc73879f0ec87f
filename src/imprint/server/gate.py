"""From settings to a gate: its parts opened and put together, before the registry's application."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from imprint.gate.advisories import GateAdvisories
from imprint.gate.app import GateApp
from imprint.gate.clients import Clients
from imprint.gate.documents import Documents
from imprint.gate.downloads import Downloads
from imprint.gate.gate import Gate
from imprint.gate.judged_names import NamesJudge
from imprint.gate.keys import SigningKeys
from imprint.gate.metrics import Metrics
from imprint.gate.names import Pins, Standings, own_scopes_of
from imprint.gate.opening import Believing, neighbours_of, open_judging
from imprint.gate.packuments import Packuments
from imprint.gate.passing import Passing
from imprint.gate.policies import Policies, WhenUndecided
from imprint.gate.records import Records
from imprint.gate.tarballs import Tarballs
from imprint.gate.upstream_advisories import UpstreamAdvisories
from imprint.gate.upstreams import CODE, Upstreams
from imprint.gate.windows import Windows
from imprint.http.pool import Pool
from imprint.http.replies import Reply
from imprint.npm.npmrc import parse_npmrc
from imprint.refusals import Malformed, quoted
from imprint.registry.reading.keys import keys
from imprint.storage import events, gate_documents
from imprint.storage.gate_index import GateIndex
from imprint.storage.gate_records import open_records
from imprint.storage.gate_tarballs import TarballStore
from imprint.upstream.fetch import Fetcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from imprint.gate.app import Handler
    from imprint.gate.judging import Judging
    from imprint.gate.model import JudgedDocument, UpstreamDocument
    from imprint.npm.npmrc import NpmrcLayer
    from imprint.registry.context import Registry
    from imprint.settings import Settings
    from imprint.storage.events import Event

log = logging.getLogger("imprint.server")

CONNECTIONS_PER_HOST = 32
"""To one upstream: an install asks for hundreds of packages at once."""
THREADS = 4
RECORDS = "records.sqlite3"
"""What was told to clients, in the gate's folder."""


class OpenedGate:
    """A gate and what it keeps open. Start it inside its event loop, and close it there."""

    def __init__(self, app: GateApp, stores: _Stores) -> None:
        """Hold what `of` opened."""
        self.app = app
        self._stores = stores
        self._watching: asyncio.Task[None] | None = None
        self._checks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin what runs beside requests: the policy is read again when it changes."""
        watching = self.app.gate.policies.watch()
        self._watching = asyncio.create_task(watching, name="gate-policy")

    def reload(self) -> None:
        """Read the policy again, at once."""
        checking = asyncio.create_task(self._check(), name="gate-policy-now")
        self._checks.add(checking)
        checking.add_done_callback(self._checks.discard)

    async def _check(self) -> None:
        await asyncio.to_thread(self.app.gate.policies.check)

    @classmethod
    def of(
        cls,
        settings: Settings,
        registry: Registry,
        own: Handler,
        *,
        trusted_proxies: frozenset[str] = frozenset(),
    ) -> Self:
        """Open the gate that `settings` describe before `own`, the registry's application.

        Raises Malformed for a setting that cannot be.
        """
        upstreams = upstreams_of(settings, public_url=registry.public_url)
        clients = Clients.parse(settings.gate_clients)
        stores = _Stores.of(settings, clock=registry.clock)
        gate = _gate(settings, registry, upstreams, stores)
        app = GateApp(gate, own, clients=clients, trusted_proxies=trusted_proxies)
        return cls(app, stores)

    async def close(self) -> None:
        """Give up what is asked for, let what is kept be kept, and close every connection."""
        gate = self.app.gate
        tasks = [*self._checks, *([] if self._watching is None else [self._watching])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await gate.advisories.close()
        await gate.judging.close()
        await gate.documents.close()
        gate.packuments.close()
        await gate.records.close()
        await self._stores.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stores:
    """What the gate's parts share: connections, threads and the gate's folder."""

    fetcher: Fetcher
    pool: Pool
    """For the registry's database, and what is as quick."""
    files: Pool
    """For tarballs."""
    index: GateIndex
    tarballs: TarballStore
    downloads: Downloads
    metrics: Metrics
    records: Records

    @classmethod
    def of(cls, settings: Settings, *, clock: Callable[[], float]) -> Self:
        # The proxies of the environment are an administrator's word, as the upstreams are.
        metrics = Metrics()
        fetcher = Fetcher(
            by_proxy=True, connections_per_host=CONNECTIONS_PER_HOST, observer=metrics.observed
        )
        files = Pool(THREADS, name="gate-files")
        tarballs = TarballStore(
            settings.gate_path / "tarballs", quota_bytes=settings.gate_quota_bytes, clock=clock
        )
        return cls(
            fetcher=fetcher,
            pool=Pool(THREADS, name="gate"),
            files=files,
            index=GateIndex(settings.gate_path / "index.sqlite3"),
            tarballs=tarballs,
            downloads=Downloads(fetcher, tarballs, files),
            metrics=metrics,
            records=Records(
                open_records(settings.gate_path / RECORDS),
                files,
                metrics,
                clock=clock,
                keeps_inventory=settings.gate_inventory,
            ),
        )

    async def close(self) -> None:
        await self.downloads.close()
        await self.fetcher.close()
        self.files.close()
        self.pool.close()
        self.index.close()


def _gate(settings: Settings, registry: Registry, upstreams: Upstreams, stores: _Stores) -> Gate:
    """Put the parts together; raises Malformed for a setting that cannot be."""
    url, clock, fetcher = registry.public_url, registry.clock, stores.fetcher
    windows = Windows(
        max_age=float(settings.gate_max_age_seconds), stale=float(settings.gate_stale_seconds)
    )
    standings = Standings(
        registry.database,
        stores.pool,
        clock=clock,
        own_scopes=own_scopes_of(settings.own_scopes),
        pins=Pins.parse(settings.gate_names),
        came_from_upstream=lambda name: gate_documents.has(stores.index, name),
    )
    documents = Documents(
        fetcher=fetcher, upstreams=upstreams, index=stores.index, clock=clock, windows=windows
    )
    policies = _policies(settings, clock=clock)
    judging = open_judging(
        policies=policies,
        upstreams=upstreams,
        fetcher=fetcher,
        believing=_believing(settings),
        clock=clock,
        neighbours=neighbours_of(documents, standings, upstreams),
    )
    packuments = Packuments(
        documents=documents,
        judge=_recorded(judging, stores.records),
        policy_digest=lambda: judging.policy_digest,
        public_url=url,
        clock=clock,
        windows=windows,
    )
    advisories = _advisories(
        stores,
        documents=documents,
        judging=judging,
        policies=policies,
        standings=standings,
        upstreams=upstreams,
        registry=registry,
    )

    def corrected(name: str) -> None:
        packuments.forget(name)
        advisories.forget(name)

    judging.when_corrected(corrected)
    return Gate(
        public_url=url,
        upstreams=upstreams,
        standings=standings,
        documents=documents,
        policies=policies,
        judging=judging,
        packuments=packuments,
        tarballs=Tarballs(
            documents=documents,
            judging=judging,
            upstreams=upstreams,
            downloads=stores.downloads,
            store=stores.tarballs,
            pool=stores.files,
            clock=clock,
            told=stores.records.told,
            asked=stores.records.asked,
            metrics=stores.metrics,
            happened=lambda event: _keep(registry, event),
            public_url=url,
        ),
        advisories=advisories,
        keys=SigningKeys(
            upstreams, fetcher, stores.pool, own=lambda: _own_keys(registry), clock=clock
        ),
        passing=Passing(upstreams, standings, fetcher),
        records=stores.records,
        metrics=stores.metrics,
        clock=clock,
    )


def _advisories(
    stores: _Stores,
    *,
    documents: Documents,
    judging: Judging,
    policies: Policies,
    standings: Standings,
    upstreams: Upstreams,
    registry: Registry,
) -> GateAdvisories:
    clock = registry.clock
    return GateAdvisories(
        standings=standings,
        upstreams=upstreams,
        asked=UpstreamAdvisories(upstreams, stores.fetcher, clock=clock),
        judge=NamesJudge(documents, judging, policies, clock=clock),
        policies=policies,
        records=stores.records,
        metrics=stores.metrics,
        clock=clock,
        public_url=registry.public_url,
    )


def _recorded(
    judging: Judging, records: Records
) -> Callable[[UpstreamDocument], Awaitable[JudgedDocument]]:
    """Return what judges packuments, and notes what comes of it."""

    async def judge(document: UpstreamDocument) -> JudgedDocument:
        judged = await judging.judge(document)
        records.judged(judged)
        return judged

    return judge


def _policies(settings: Settings, *, clock: Callable[[], float]) -> Policies:
    return Policies(
        Path(settings.policy) if settings.policy else None,
        clock=clock,
        undecided=WhenUndecided.parse(settings.gate_undecided),
        cache=settings.gate_path / "policies",
    )


def _believing(settings: Settings) -> Believing:
    """Return what upstreams' evidence is verified by: what the registry believes itself."""
    folder, max_age_days = settings.trust_folder, settings.trust_max_age_days
    if not settings.secret_key_path.is_file():
        return Believing(folder=folder, max_age_days=max_age_days)
    # Kept verdicts are sealed by what does not lie beside them.
    secret = hashlib.sha256(b"imprint gate verdicts 1\0" + settings.secret_key_path.read_bytes())
    return Believing(
        folder=folder,
        max_age_days=max_age_days,
        kept_in=settings.gate_path,
        secret=secret.digest(),
    )


def upstreams_of(settings: Settings, *, public_url: str) -> Upstreams:
    """Return the upstreams with their credentials; raises Malformed, also for ourselves."""
    credentials = _credentials(settings.upstream_npmrc) if settings.upstream_npmrc else None
    upstreams = Upstreams.parse(settings.upstream, settings.upstreams, credentials=credentials)
    ours = public_url.rstrip("/") + "/"
    if any(upstream.url.startswith(ours) for upstream in upstreams.all):
        raise Malformed(CODE, f"the upstream {quoted(ours)} is this registry itself")
    return upstreams


def _credentials(file: str) -> NpmrcLayer:
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is not UTF-8"
        raise Malformed(
            "upstream-npmrc", f"the upstreams' credentials in `{path}` cannot be read: {reason}"
        ) from err
    return parse_npmrc(text, origin=str(path), environment=os.environ)


def _own_keys(registry: Registry) -> bytes | None:
    reply = keys(registry).reply
    return reply.body if isinstance(reply, Reply) and reply.status == 200 else None  # noqa: PLR2004


def _keep(registry: Registry, event: Event) -> None:
    with registry.database.writing() as connection:
        events.record(connection, event)
