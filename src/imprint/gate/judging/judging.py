"""Judging what upstreams serve: whole packuments by their projection, one tarball in full.

(1) a packument is judged once, and kept until its document, the policy, or the time that one of
    its versions depends on is another
(2) the young versions and the heads of release lines are verified; of the others what the
    registry claims is taken, until somebody asks for the tarball
(3) a tarball is judged by everything that there is; what comes out of it counts for the packument
    from then on
(4) what a packument shows of a burst counts for the others of its publisher: what was judged
    before that was known is judged again
(5) versions are judged in a thread, some at a time, and one that cannot be judged is undecided

Not here: what is asked of upstreams for it (`finding`), and one version's judging (`weighing`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.evidence.gathering import host_of
from imprint.evidence.packages import Around, Rules, judge_version
from imprint.evidence.proving import NO_CARRIES
from imprint.evidence.wanted import Wanted
from imprint.gate.flights import shared
from imprint.gate.judging.bursts import Bursts
from imprint.gate.judging.effects import plain_verdict, verdict_on
from imprint.gate.judging.judged import JudgedMemory, Standing, key_of
from imprint.gate.judging.looking import surroundings_of, whole_surroundings_of
from imprint.gate.judging.recalling import recall
from imprint.gate.judging.summing import failed, failure, moments_of, summed, unjudged, versions_of
from imprint.gate.judging.weighing import Weighing, digests_of, quarantined, releases_before
from imprint.gate.model import JudgedDocument
from imprint.policy.settings import drift_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from imprint.evidence.looked import NotLooked, NotThere
    from imprint.gate.judging.finding import Finder, Found
    from imprint.gate.judging.looking import Surroundings
    from imprint.gate.judging.policies import GatePolicy, Policies
    from imprint.gate.model import Upstream, UpstreamDocument, VersionVerdict
    from imprint.gate.upstream.carried import Carried
    from imprint.history.axes import Carries
    from imprint.http.pool import Pool
    from imprint.policy.decisions import Decision
    from imprint.policy.model import Mode
    from imprint.storage.gate_index import GateIndex

log = logging.getLogger("imprint.gate")

FEW = 64
"""Versions of a package of which one is judged in about the time that having a thread do it takes.
"""
AT_ONCE = 32
"""Versions that a thread judges before it lets the event loop go on: some milliseconds."""


class Judging:
    """Judges by the policy in force. Used from one event loop alone."""

    def __init__(
        self,
        *,
        policies: Policies,
        finder: Finder,
        carried: Carried,
        pool: Pool,
        clock: Callable[[], float],
        signing_hosts: frozenset[str] = frozenset(),
        bursts: Bursts | None = None,
    ) -> None:
        """Judge in `pool`, of few threads; `signing_hosts` are known to sign every version.

        `bursts` are those that somebody else knows of already.
        """
        self._bursts = Bursts() if bursts is None else bursts
        self._policies = policies
        self._finder = finder
        self._carried = carried
        self._pool = pool
        self._clock = clock
        self._signing_hosts = signing_hosts
        self._memory = JudgedMemory()
        self._corrected: Callable[[str], None] = lambda _: None
        self._flights: dict[tuple[str, ...], asyncio.Task[JudgedDocument]] = {}
        self._tarball_flights: dict[tuple[str, ...], asyncio.Task[VersionVerdict]] = {}

    @property
    def policy_digest(self) -> str:
        """Digest of the policy in force; empty: there is none."""
        policy = self._policies.current
        return "" if policy is None else policy.digest

    @property
    def mode(self) -> Mode | None:
        """What a refusal does now; None: there is no policy."""
        policy = self._policies.current
        return None if policy is None else policy.mode(self._clock())

    def current(self, document: UpstreamDocument) -> JudgedDocument | None:
        """Return what a document was judged to be, if that holds now: no waiting, no judging."""
        policy = self._policies.current
        if policy is None:
            return unjudged(document)
        return self._memory.judged(document, self._standing(document, policy, self._clock()))

    def when_corrected(self, tell: Callable[[str], None]) -> None:
        """Tell `tell` the name of a package that is to be judged again.

        Its tarball came out otherwise than its packument, or it turned out to be of a burst.
        """
        self._corrected = tell

    async def judge(self, document: UpstreamDocument) -> JudgedDocument:
        """Return what becomes of each version of a packument. Raises nothing."""
        policy = self._policies.current
        found = self.current(document)
        if found is not None or policy is None:
            return found or unjudged(document)
        flight = (*key_of(document), document.digest, policy.digest)
        return await asyncio.shield(
            shared(self._flights, flight, lambda: self._judged(document, policy))
        )

    async def judge_tarball(
        self, document: UpstreamDocument, version: str, integrity: str | None
    ) -> VersionVerdict:
        """Return what becomes of one version, by everything that there is. Raises nothing.

        `integrity`, an SRI text: the bytes that are asked for; None: those of the packument.
        """
        policy = self._policies.current
        if policy is None:
            return plain_verdict(document.name, version)
        now = self._clock()
        refused = quarantined(policy, document.name, digests_of(document, version, integrity))
        if refused is not None:
            return verdict_on(
                document.name,
                version,
                refused,
                mode=policy.mode(now),
                undecided=policy.undecided,
            )
        standing = self._standing(document, policy, now)
        known = self._memory.tarball(document, standing, version, integrity)
        if known is not None:
            return known
        flight = (*key_of(document), document.digest, policy.digest, version, integrity or "")
        return await asyncio.shield(
            shared(
                self._tarball_flights,
                flight,
                lambda: self._judged_tarball(document, policy, version, integrity),
            )
        )

    def prepare(self) -> None:
        """Read what judging needs, before there is anything to be judged. Blocks."""
        self._finder.prepare()

    def expect(self, upstream: Upstream, name: str, version: str) -> None:
        """Begin to ask for what judging a tarball will need, while its packument is on its way.

        `name` must be the upstream's.
        """
        if self._policies.current is not None:
            self._finder.expect(upstream, name, version)

    def remembered(self) -> tuple[JudgedDocument, ...]:
        """Return what was judged under the policy in force, is in memory, and holds just now."""
        digest, now = self.policy_digest, self._clock()
        return tuple(
            one
            for one in self._memory.all()
            if one.policy_digest == digest and (one.next_change is None or now < one.next_change)
        )

    def under(self, policies: Policies) -> Judging:
        """Return what judges by other policies, by the same evidence. Nobody closes it."""
        found = Judging(
            policies=policies,
            finder=self._finder,
            carried=self._carried,
            pool=self._pool,
            clock=self._clock,
            signing_hosts=self._signing_hosts,
            bursts=self._bursts,
        )
        found.when_corrected(self._corrected)
        return found

    def judge_unseen(self, wanted: Wanted, looked: NotThere | NotLooked) -> VersionVerdict:
        """Return what becomes of a version whose packument could not be had, or is not there."""
        policy = self._policies.current
        if policy is None:
            return plain_verdict(wanted.name, wanted.version)
        now = self._clock()
        decision: Decision | None = quarantined(
            policy, wanted.name, [] if wanted.integrity is None else [wanted.integrity]
        )
        if decision is None:
            decision = judge_version(
                wanted,
                looked,
                carries=NO_CARRIES,
                proven=None,
                identities={},
                neighbour=None,
                around=Around(),
                rules=_rules(policy, now),
            ).decision
        return verdict_on(
            wanted.name,
            wanted.version,
            decision,
            mode=policy.mode(now),
            undecided=policy.undecided,
        )

    async def recall(self, index: GateIndex, upstreams: Iterable[Upstream], pool: Pool) -> int:
        """Read in `pool` what documents in `index` show of bursts; return of how many packages.

        For a start, and for documents that somebody else has put there. Whoever is of a burst that
        shows only now is judged again (`when_corrected`).
        """
        policy = self._policies.current
        if policy is None:
            return 0
        since, urls = self._clock() - policy.loaded.policy.fresh_seconds, [o.url for o in upstreams]
        return await recall(self._bursts, index, urls, since=since, pool=pool, tell=self._corrected)

    def look_again(self) -> None:
        """Read what is kept to prove packages anew: somebody else has written there."""
        self._finder.look_again()

    async def close(self) -> None:
        """Give up what is being judged."""
        tasks = [*self._flights.values(), *self._tarball_flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._finder.close()
        self._pool.close()

    async def _judged(self, document: UpstreamDocument, policy: GatePolicy) -> JudgedDocument:
        now = self._clock()
        carries = self._carried.of(document, now=now)
        try:
            suspects = self._memory.suspects(document)
            prepared = await self._pool.run(
                whole_surroundings_of, document, policy, carries, now, suspects
            )
            self._read(document, policy, prepared, now)
            wanted = [_wanted(document, version) for version in sorted(prepared.verified)]
            found = await self._finder.find(
                document, wanted, carries=carries, policy=policy, now=now
            )
            weighing = self._weighing(document, policy, prepared, found, carries=carries, now=now)
            await self._look_at_neighbours(weighing, prepared.young)
            weighing.bursts = self._bursts_of(document, policy, now)
            for some in _portions(versions_of(document)):
                await self._pool.run(weighing.weigh, some)
        except Exception:  # nothing passes because judging failed: all of it is undecided
            log.exception("bug", extra={"package.name": document.name})
            return failed(document, policy, now)
        judged = summed(weighing, now)
        if self._bursts_of(document, policy, now).keys() != weighing.bursts.keys():
            judged = replace(judged, next_change=now)  # it was told of while this was judged
        standing = Standing(policy.digest, carries, now, frozenset(weighing.bursts))
        return self._memory.keep(document, judged, standing, verified=prepared.verified)

    async def _judged_tarball(
        self, document: UpstreamDocument, policy: GatePolicy, version: str, integrity: str | None
    ) -> VersionVerdict:
        now = self._clock()
        carries = self._carried.of(document, now=now)
        wanted = replace(_wanted(document, version), integrity=integrity)
        try:
            prepared = await self._surroundings(document, policy, carries, now)
            self._read(document, policy, prepared, now)
            found = await self._finder.find(
                document,
                [wanted],
                carries=carries,
                policy=policy,
                now=now,
                weighed=_weighed(version, prepared),
            )
            weighing = self._weighing(document, policy, prepared, found, carries=carries, now=now)
            await self._look_at_neighbours(weighing, (version,))
            weighing.bursts = self._bursts_of(document, policy, now)
            verdict = await self._verdict(weighing, wanted)
        except Exception:  # as above
            log.exception("bug", extra={"package.name": document.name, "version": version})
            return failure(document.name, version, policy, now)
        standing = Standing(policy.digest, carries, now, frozenset(weighing.bursts))
        ends = min(moments_of(policy, found, now), default=None)
        if self._memory.keep_tarball(document, standing, verdict, integrity, ends=ends):
            self._corrected(document.name)
        return verdict

    async def _surroundings(
        self, document: UpstreamDocument, policy: GatePolicy, carries: Carries, now: float
    ) -> Surroundings:
        if len(document.history.moments) <= FEW:
            return surroundings_of(document, policy, carries, now)
        return await self._pool.run(surroundings_of, document, policy, carries, now)

    async def _verdict(self, weighing: Weighing, wanted: Wanted) -> VersionVerdict:
        if len(weighing.document.history.moments) <= FEW:
            return weighing.verdict(wanted)
        return await self._pool.run(weighing.verdict, wanted)

    def _standing(self, document: UpstreamDocument, policy: GatePolicy, now: float) -> Standing:
        carries = self._carried.of(document, now=now)
        bursts = self._bursts_of(document, policy, now)
        return Standing(policy.digest, carries, now, frozenset(bursts))

    def _bursts_of(
        self, document: UpstreamDocument, policy: GatePolicy, now: float
    ) -> Mapping[str, tuple[str, ...]]:
        since = now - policy.loaded.policy.fresh_seconds
        return self._bursts.of(*key_of(document), since=since)

    def _read(
        self, document: UpstreamDocument, policy: GatePolicy, prepared: Surroundings, now: float
    ) -> None:
        """Note what a document shows of bursts, and have others judged again that are of one."""
        since = now - policy.loaded.policy.fresh_seconds
        for name in self._bursts.read(*key_of(document), prepared.published, since=since):
            self._corrected(name)

    async def _look_at_neighbours(self, weighing: Weighing, versions: tuple[str, ...]) -> None:
        if not weighing.looks_at_neighbours:
            return
        young = [version for version in versions if version in weighing.young]
        names: set[str] = set()
        for some in _portions(young):
            names |= await self._pool.run(weighing.dependencies, some)
        weighing.found = await self._finder.with_neighbours(weighing.found, names)

    def _weighing(
        self,
        document: UpstreamDocument,
        policy: GatePolicy,
        prepared: Surroundings,
        found: Found,
        *,
        carries: Carries,
        now: float,
    ) -> Weighing:
        return Weighing(
            document=document,
            policy=policy,
            mode=policy.mode(now),
            rules=_rules(policy, now),
            carries=carries,
            backdrop=prepared.backdrop,
            young=frozenset(prepared.young),
            signs_all=host_of(document.upstream.url) in self._signing_hosts,
            found=found,
            looks_at_neighbours=self._finder.has_neighbours,
        )


def _rules(policy: GatePolicy, now: float) -> Rules:
    loaded = policy.loaded
    return Rules(
        policy=loaded.policy,
        drift=drift_settings(loaded.policy),
        pins=loaded.pins,
        baseline=loaded.baseline,
        now=now,
    )


def _portions(versions: tuple[str, ...] | list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(versions), AT_ONCE):
        yield tuple(versions[start : start + AT_ONCE])


def _weighed(version: str, prepared: Surroundings) -> tuple[str, ...]:
    """Return the versions whose flaws tell of `version`: its own, and of what it may mend."""
    if version not in prepared.young:
        return (version,)
    return (version, *releases_before(version, prepared.backdrop))


def _wanted(document: UpstreamDocument, version: str) -> Wanted:
    return Wanted(name=document.name, version=version, registry=document.upstream.url)
