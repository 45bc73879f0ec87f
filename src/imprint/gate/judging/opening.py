"""The gate's judging, put together: what it verifies by, whom it asks, what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate.judging.finding import Finder
from imprint.gate.judging.judging import Judging
from imprint.gate.judging.kept_attestations import KeptAttestations
from imprint.gate.judging.known_flaws import KnownFlaws
from imprint.gate.judging.trust import TrustJudge
from imprint.gate.model import NameStanding
from imprint.gate.upstream.carried import Carried
from imprint.gate.upstream.kept_keys import UpstreamKeys
from imprint.http.pool import Pool
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from imprint.upstream.trust.registry_labels import default_host

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imprint.evidence.looked import Looked
    from imprint.gate.judging.finding import Neighbours
    from imprint.gate.judging.policies import Policies
    from imprint.gate.model import Upstream
    from imprint.gate.names import Standings
    from imprint.gate.upstream.documents import Documents
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.history.projection import PackumentHistory
    from imprint.storage.advisory_archive import AdvisoryArchive
    from imprint.storage.gate_index import GateIndex
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.registries import UpstreamRegistry

BUDGET_SECONDS = 8.0
"""How long what judging needs of upstreams may take; what is late is lacking."""
_VERDICTS = "verdicts.sqlite3"


class Believing(msgspec.Struct, frozen=True, kw_only=True):
    """By what attestations and signatures are verified."""

    folder: Path
    """Of trust."""
    max_age_days: int
    kept_in: Path | None = None
    """A folder for verdicts; None: they are not kept over a restart."""
    secret: bytes = b""
    """What kept verdicts are sealed by; not kept beside them."""


def open_judging(
    *,
    policies: Policies,
    upstreams: Upstreams,
    fetcher: Fetcher,
    believing: Believing,
    clock: Callable[[], float],
    neighbours: Neighbours | None = None,
    asks_advisories: bool = True,
    keys: UpstreamKeys | None = None,
    proofs: GateIndex | None = None,
    archive: AdvisoryArchive | None = None,
    budget_seconds: float = BUDGET_SECONDS,
) -> Judging:
    """Return what judges `upstreams`' packages. Close it inside its event loop.

    `proofs` keeps what upstreams hand out to prove packages (`storage.gate_proofs`). An `archive`
    of advisories is asked in the place of upstreams.
    Raises Malformed (`trust-file`) for a folder of trust that cannot be read.
    """
    kept = None if believing.kept_in is None else believing.kept_in / _VERDICTS
    trust = TrustJudge(
        believing.folder,
        max_age_days=believing.max_age_days,
        clock=clock,
        kept=kept,
        secret=believing.secret,
    )
    hosts = frozenset({default_host()})
    by_url = {upstream.url: upstream for upstream in upstreams.all}

    def registry_at(url: str) -> UpstreamRegistry:
        return upstreams.registry(by_url[url], fetcher)

    flaws = None
    if asks_advisories:
        flaws = KnownFlaws(registry_of=registry_at, clock=clock, archive=archive)

    def registry_of(upstream: Upstream) -> UpstreamRegistry:
        return upstreams.registry(upstream, fetcher)

    finder = Finder(
        registry_of=registry_of,
        verify=trust,
        # One thread: what it keeps of verdicts is a file that one thread opened.
        pool=Pool(1, name="gate-verifying"),
        store=KeptAttestations(proofs),
        keys=keys or UpstreamKeys(registry_of=registry_of, clock=clock),
        clock=clock,
        neighbours=neighbours,
        flaws=flaws,
        budget_seconds=budget_seconds,
    )
    return Judging(
        policies=policies,
        finder=finder,
        carried=Carried(complete_hosts=hosts),
        pool=Pool(1, name="gate-judging"),
        clock=clock,
        signing_hosts=hosts,
    )


def neighbours_of(documents: Documents, standings: Standings, upstreams: Upstreams) -> Neighbours:
    """Return what gives the histories of upstreams' packages, and asks for none of our own."""

    async def history_of(name: str) -> Looked[PackumentHistory]:
        try:
            parsed = PackageName.parse_existing(name)
        except Malformed:
            return NotThere()  # no registry has such a package
        upstream = upstreams.of(parsed)
        if upstream is None or await standings.of(parsed) is not NameStanding.UPSTREAM:
            return NotThere()
        looked = await documents.get(str(parsed), upstream)
        match looked:
            case Had(value=document):
                return Had(document.history)
            case NotThere() | NotLooked():
                return looked

    return history_of
