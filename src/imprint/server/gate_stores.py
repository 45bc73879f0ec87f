"""What the parts of a gate share: connections, threads, and the folder of what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import msgspec

from imprint.gate.metrics import Metrics
from imprint.gate.records import Records
from imprint.gate.tarballs.downloads import Downloads
from imprint.http.pool import Pool
from imprint.storage import gate_proofs
from imprint.storage.gate_index import GateIndex
from imprint.storage.gate_proofs import open_proofs
from imprint.storage.gate_records import open_records
from imprint.storage.gate_tarballs import TarballStore
from imprint.upstream.fetch import Fetcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.settings import Settings

CONNECTIONS_PER_HOST = 32
"""To one upstream: an install asks for hundreds of packages at once."""
THREADS = 4
_INDEX = "index.sqlite3"
_RECORDS = "records.sqlite3"
"""What was told to clients."""


class GateStores(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate's parts share: connections, threads and the gate's folder."""

    fetcher: Fetcher
    pool: Pool
    """For the registry's database, and what is as quick."""
    files: Pool
    """For tarballs."""
    index: GateIndex
    proofs: GateIndex
    """Attestations and keys."""
    tarballs: TarballStore
    downloads: Downloads
    metrics: Metrics
    records: Records

    @classmethod
    def of(cls, settings: Settings, *, clock: Callable[[], float]) -> Self:
        """Open the gate's folder; where it cannot be used, nothing is kept."""
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
            index=GateIndex(settings.gate_path / _INDEX),
            proofs=open_proofs(settings.gate_path / gate_proofs.FILE_NAME),
            tarballs=tarballs,
            downloads=Downloads(fetcher, tarballs, files),
            metrics=metrics,
            records=Records(
                open_records(settings.gate_path / _RECORDS),
                files,
                metrics,
                clock=clock,
                keeps_inventory=settings.gate_inventory,
            ),
        )

    async def close(self) -> None:
        """Give up what is on its way, and close everything."""
        await self.downloads.close()
        await self.fetcher.close()
        self.files.close()
        self.pool.close()
        self.index.close()
        self.proofs.close()
