"""Judging as the gate does it, before an upstream on loopback whose authority is believed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imprint.attestations.domains import AllowedIssuer, Thresholds
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate.judging.opening import Believing, open_judging
from imprint.gate.judging.policies import Policies, WhenUndecided
from imprint.gate.model import Upstream, UpstreamDocument
from imprint.gate.upstream.upstreams import Upstreams
from imprint.history.projection import PackumentHistory, project
from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from imprint.upstream.fetch import Fetcher
from imprint.upstream.trust.documents import DomainDocument
from imprint.upstream.trust.store import keep_domain
from tests.authority import documents
from tests.support.claims import GITHUB_ISSUER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from imprint.evidence.looked import Looked
    from imprint.gate.judging.judging import Judging
    from tests.authority.authority import Authority
    from tests.support.upstream_registry import UpstreamStandIn

ENFORCING = "version = 1\nmode = 'enforce'\ncooldown = '24h'\n"


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@dataclass
class JudgingWorld:
    """The judging, its policy's file, and its clock."""

    judging: Judging
    policies: Policies
    upstream: UpstreamStandIn
    file: Path
    clock: Clock
    asked: list[str] = field(default_factory=list)
    """The packages whose histories were asked for, as neighbours."""

    def document(self, name: str) -> UpstreamDocument:
        """Return a package as the upstream has it now."""
        raw = self.upstream.answers["/" + PackageName.parse(name).escaped][1]
        return document_of(raw, name, url=self.upstream.url, now=self.clock.now)

    async def judged(self, name: str) -> Any:
        """Judge a package as the upstream has it now."""
        return await self.judging.judge(self.document(name))


def document_of(
    raw: bytes, name: str, *, url: str = "https://registry.example.test/", now: float = 0.0
) -> UpstreamDocument:
    """Return a packument as an upstream sent it."""
    return UpstreamDocument(
        name=name,
        upstream=Upstream(label="upstream.example.test", url=url),
        digest=hashlib.sha256(raw).hexdigest(),
        etag='"1"',
        last_modified="",
        confirmed_at=now,
        history=PackumentHistory.of(project(raw, name)),
    )


def believe(folder: Path, authority: Authority) -> Path:
    """Write a folder of trust that believes an authority, and the runs of its issuer."""
    keep_domain(
        folder,
        DomainDocument(
            name="private",
            source="a test",
            updated_at=time.time(),
            thresholds=Thresholds(),
            issuers=(AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB),),
            raw_trusted_root=json.dumps(documents.trusted_root(authority)).encode(),
        ),
    )
    return folder


@asynccontextmanager
async def judging_world(
    upstream: UpstreamStandIn,
    folder: Path,
    *,
    policy: str = ENFORCING,
    undecided: WhenUndecided = WhenUndecided.BY_MODE,
    clock: Clock | None = None,
    looks_at_neighbours: bool = True,
    asks_advisories: bool = False,
    budget_seconds: float = 20.0,
    edit: Callable[[Upstreams], Upstreams] = lambda found: found,
) -> AsyncIterator[JudgingWorld]:
    """Judge what `upstream` has by a policy file in `folder`."""
    file, clock = folder / "gate.toml", clock or Clock()
    file.write_text(policy)
    policies = Policies(file, clock=clock, undecided=undecided)
    found: dict[str, JudgingWorld] = {}

    async def history_of(name: str) -> Looked[PackumentHistory]:
        found["world"].asked.append(name)
        if "/" + PackageName.parse(name).escaped not in upstream.answers:
            return NotThere()
        try:
            return Had(found["world"].document(name).history)
        except Malformed as err:
            return NotLooked(why=err.message, is_failure=True)

    async with Fetcher() as fetcher:
        judging = open_judging(
            policies=policies,
            upstreams=edit(Upstreams.parse(upstream.url, ())),
            fetcher=fetcher,
            believing=Believing(
                folder=await asyncio.to_thread(believe, folder / "trust", upstream.authority),
                max_age_days=0,
                kept_in=folder,
                secret=b"s" * 32,
            ),
            clock=clock,
            neighbours=history_of if looks_at_neighbours else None,
            asks_advisories=asks_advisories,
            budget_seconds=budget_seconds,
        )
        found["world"] = JudgingWorld(
            judging=judging, policies=policies, upstream=upstream, file=file, clock=clock
        )
        try:
            yield found["world"]
        finally:
            await judging.close()
