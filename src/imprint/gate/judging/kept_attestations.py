"""Attestation documents of upstreams, the last ones used: a `storage.projections.ProjectionStore`.

In memory, so that asking never waits for a disk in the event loop, and on disk for the next start,
and for an upstream that is away: whoever judges a package has its documents read before, and has
written what came, both in a thread. Packuments are not kept here (`documents`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from imprint.gate.flights import shared
from imprint.storage import gate_proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from imprint.http.pool import Pool
    from imprint.storage.gate_index import GateIndex
    from imprint.storage.projections import AttestedVersion, KeptProjection

MOST_BYTES = 48 * 1024 * 1024
MOST_READ: Final = 16_384
"""Packages of which is remembered that they were read from disk: once is enough."""


class KeptAttestations:
    """Documents by the version and the bytes that they speak of. From the event loop alone."""

    def __init__(self, index: GateIndex | None = None, *, most_bytes: int = MOST_BYTES) -> None:
        """Keep up to `most_bytes` of them, and on disk what `index` takes; None: nothing."""
        self._index = index
        self._read: OrderedDict[str, None] = OrderedDict()
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._unwritten: dict[AttestedVersion, bytes] = {}
        self.failure: str | None = None
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._documents: OrderedDict[AttestedVersion, bytes] = OrderedDict()

    async def read(self, name: str, pool: Pool) -> None:
        """Have at hand what is on disk of a package, read in `pool`."""
        if self._index is None or name in self._read:
            return
        index = self._index
        # Whoever gives up does not take them from the others.
        await asyncio.shield(shared(self._reading, name, lambda: self._load(index, name, pool)))

    async def _load(self, index: GateIndex, name: str, pool: Pool) -> None:
        found = await pool.run(gate_proofs.attestations_of, index, name)
        self._read[name] = None
        if len(self._read) > MOST_READ:
            self._read.popitem(last=False)
        self._keep({one: each for one, each in found.items() if one not in self._documents})

    async def write(self, pool: Pool, *, clock: Callable[[], float]) -> None:
        """Write what came since, in `pool`."""
        documents, self._unwritten = self._unwritten, {}
        if self._index is not None and documents:
            now = clock()
            await pool.run(gate_proofs.keep_attestations, self._index, documents, now=now)

    def look_again(self) -> None:
        """Read of each package again when it is next judged: somebody else wrote to the disk."""
        self._read.clear()

    def get_many(self, registry: str, names: Collection[str]) -> Mapping[str, KeptProjection]:  # noqa: ARG002 - the protocol's
        """Return nothing: packuments are kept elsewhere."""
        return {}

    def put(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep nothing."""

    def confirm(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep nothing."""

    def get_documents(
        self, versions: Collection[AttestedVersion]
    ) -> Mapping[AttestedVersion, bytes]:
        """Return the documents that are kept of `versions`."""
        found = {}
        for version in versions:
            document = self._documents.get(version)
            if document is not None:
                self._documents.move_to_end(version)
                found[version] = document
        return found

    def put_documents(self, documents: Mapping[AttestedVersion, bytes]) -> None:
        """Keep documents; those that were not used for longest go."""
        if self._index is not None:
            self._unwritten |= documents
        self._keep(documents)

    def close(self) -> None:
        """Let all of them go."""
        self._documents.clear()
        self._size_bytes = 0

    def _keep(self, documents: Mapping[AttestedVersion, bytes]) -> None:
        for version, document in documents.items():
            self._size_bytes += len(document) - len(self._documents.pop(version, b""))
            self._documents[version] = document
        while self._size_bytes > self._most_bytes:
            version, document = self._documents.popitem(last=False)
            self._size_bytes -= len(document)
            self._read.pop(version.name, None)  # it is on disk, and may be wanted again
