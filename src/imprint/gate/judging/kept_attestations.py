"""Attestation documents of upstreams, the last ones used: a `storage.projections.ProjectionStore`.

In memory, so that asking never waits for a disk in the event loop: a document has some 14 KB, and
the verdict on it outlives a restart (`trust`). Packuments are not kept here (`documents`).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from imprint.storage.projections import AttestedVersion, KeptProjection

MOST_BYTES = 48 * 1024 * 1024


class KeptAttestations:
    """Documents by the version and the bytes that they speak of. From the event loop alone."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        """Keep up to `most_bytes` of them."""
        self.failure: str | None = None
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._documents: OrderedDict[AttestedVersion, bytes] = OrderedDict()

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
        for version, document in documents.items():
            self._size_bytes += len(document) - len(self._documents.pop(version, b""))
            self._documents[version] = document
        while self._size_bytes > self._most_bytes:
            _, document = self._documents.popitem(last=False)
            self._size_bytes -= len(document)

    def close(self) -> None:
        """Let all of them go."""
        self._documents.clear()
        self._size_bytes = 0
