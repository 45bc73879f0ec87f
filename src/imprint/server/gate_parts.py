"""The parts of a gate, put together in the order in which they rest on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import msgspec

from imprint.gate.advisories.answering import GateAdvisories
from imprint.gate.advisories.archived import ArchivedAdvisories
from imprint.gate.advisories.asking import UpstreamAdvisories
from imprint.gate.gate import Gate
from imprint.gate.judging.names import NamesJudge
from imprint.gate.judging.opening import neighbours_of, open_judging
from imprint.gate.names import Standings
from imprint.gate.packuments.serving import Packuments
from imprint.gate.tarballs.serving import Tarballs
from imprint.gate.upstream.documents import Documents
from imprint.gate.upstream.kept_keys import UpstreamKeys
from imprint.gate.upstream.keys import SigningKeys
from imprint.gate.upstream.passing import Passing
from imprint.http.replies import Reply
from imprint.registry.reading.keys import keys
from imprint.storage import events, gate_documents, gate_proofs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from imprint.gate.judging.judging import Judging
    from imprint.gate.judging.opening import Believing
    from imprint.gate.judging.policies import Policies
    from imprint.gate.model import JudgedDocument, UpstreamDocument
    from imprint.registry.context import Registry
    from imprint.server.gate_settings import Chosen
    from imprint.server.gate_stores import GateStores
    from imprint.storage.events import Event

_OK = 200


def parts_of(
    registry: Registry, chosen: Chosen, stores: GateStores, *, believing: Believing
) -> Gate:
    """Return the gate before `registry`; raises Malformed (`trust-file`)."""
    ground = _Ground.of(registry, chosen, stores, believing)
    packuments, advisories = ground.packuments(), ground.advisories()

    def corrected(name: str) -> None:
        packuments.forget(name)
        advisories.forget(name)

    ground.judging.when_corrected(corrected)
    return Gate(
        public_url=registry.public_url,
        upstreams=chosen.upstreams,
        standings=ground.standings,
        documents=ground.documents,
        policies=chosen.policies,
        judging=ground.judging,
        packuments=packuments,
        tarballs=ground.tarballs(),
        advisories=advisories,
        keys=SigningKeys(
            chosen.upstreams,
            ground.keys,
            stores.pool,
            own=lambda: _own_keys(registry),
            clock=registry.clock,
        ),
        passing=Passing(
            chosen.upstreams,
            ground.standings,
            stores.fetcher,
            kept=lambda name, version: stores.pool.run(
                gate_proofs.attestation, stores.proofs, name, version
            ),
        ),
        records=stores.records,
        metrics=stores.metrics,
        clock=registry.clock,
    )


def _holds_unconfirmed(policies: Policies, clock: Callable[[], float]) -> bool:
    policy = policies.current
    return policy is not None and policy.holds_unconfirmed(clock())


class _Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts that answer rest on."""

    registry: Registry
    chosen: Chosen
    stores: GateStores
    standings: Standings
    documents: Documents
    keys: UpstreamKeys
    judging: Judging

    @classmethod
    def of(
        cls, registry: Registry, chosen: Chosen, stores: GateStores, believing: Believing
    ) -> Self:
        clock, fetcher = registry.clock, stores.fetcher
        standings = Standings(
            registry.database,
            stores.pool,
            clock=clock,
            own_scopes=chosen.own_scopes,
            pins=chosen.pins,
            came_from_upstream=lambda name: gate_documents.has(stores.index, name),
        )
        documents = Documents(
            fetcher=fetcher,
            upstreams=chosen.upstreams,
            index=stores.index,
            clock=clock,
            windows=chosen.windows,
            holds_unconfirmed=lambda: _holds_unconfirmed(chosen.policies, clock),
        )
        keys = UpstreamKeys(
            registry_of=lambda upstream: chosen.upstreams.registry(upstream, fetcher),
            clock=clock,
            index=stores.proofs,
            pool=stores.pool,
            stale_seconds=chosen.windows.max_age + chosen.windows.stale,
        )
        judging = open_judging(
            policies=chosen.policies,
            upstreams=chosen.upstreams,
            fetcher=fetcher,
            believing=believing,
            clock=clock,
            neighbours=neighbours_of(documents, standings, chosen.upstreams),
            keys=keys,
            proofs=stores.proofs,
            archive=registry.advisories,
        )
        return cls(
            registry=registry,
            chosen=chosen,
            stores=stores,
            standings=standings,
            documents=documents,
            keys=keys,
            judging=judging,
        )

    def packuments(self) -> Packuments:
        return Packuments(
            documents=self.documents,
            judge=self._judge(),
            policy_digest=lambda: self.judging.policy_digest,
            public_url=self.registry.public_url,
            clock=self.registry.clock,
            windows=self.chosen.windows,
        )

    def tarballs(self) -> Tarballs:
        stores, registry = self.stores, self.registry
        return Tarballs(
            documents=self.documents,
            judging=self.judging,
            upstreams=self.chosen.upstreams,
            downloads=stores.downloads,
            store=stores.tarballs,
            pool=stores.files,
            clock=registry.clock,
            told=stores.records.told,
            asked=stores.records.asked,
            metrics=stores.metrics,
            happened=lambda event: _keep(registry, event),
            public_url=registry.public_url,
        )

    def advisories(self) -> GateAdvisories:
        chosen, stores, clock = self.chosen, self.stores, self.registry.clock
        return GateAdvisories(
            standings=self.standings,
            upstreams=chosen.upstreams,
            asked=UpstreamAdvisories(chosen.upstreams, stores.fetcher, clock=clock)
            if (archive := self.registry.advisories) is None
            else ArchivedAdvisories(archive),
            judge=NamesJudge(self.documents, self.judging, chosen.policies, clock=clock),
            policies=chosen.policies,
            records=stores.records,
            metrics=stores.metrics,
            clock=clock,
            public_url=self.registry.public_url,
        )

    def _judge(self) -> Callable[[UpstreamDocument], Awaitable[JudgedDocument]]:
        """Return what judges packuments, and notes what comes of it."""
        judging, records = self.judging, self.stores.records

        async def judge(document: UpstreamDocument) -> JudgedDocument:
            judged = await judging.judge(document)
            records.judged(judged, upstream=document.upstream.label, doubt=document.doubt)
            return judged

        return judge


def _own_keys(registry: Registry) -> bytes | None:
    reply = keys(registry).reply
    return reply.body if isinstance(reply, Reply) and reply.status == _OK else None


def _keep(registry: Registry, event: Event) -> None:
    with registry.database.writing() as connection:
        events.record(connection, event)
