"""Keeping upstreams' packuments: some in memory, all on disk, each with its projection."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from msgspec.structs import replace

from imprint.gate.model import UpstreamDocument
from imprint.history.projection import PackumentHistory, encode, project
from imprint.refusals import Malformed
from imprint.storage import gate_documents
from imprint.storage.gate_documents import KeptDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.gate.model import Upstream
    from imprint.storage.gate_index import GateIndex
    from imprint.upstream.documents import Document

K = TypeVar("K")
V = TypeVar("V")

Key: TypeAlias = tuple[str, str]
"""An upstream's address, and a package's name."""
Write: TypeAlias = "Callable[[GateIndex], None]"


def read_kept(
    index: GateIndex, key: Key, upstream: Upstream, *, now: float
) -> UpstreamDocument | None:
    """Return what is kept of a package, ready to be judged; None: nothing that can be."""
    kept = gate_documents.get(index, *key, now=now)
    if kept is None:
        return None
    try:
        history = PackumentHistory(kept.projection)
    except Malformed:
        # Of another version of imprint: the document itself is as good as it was.
        body = gate_documents.get_body(index, *key, kept.digest)
        try:
            history = PackumentHistory.of(project(body or b"", key[1]))
        except Malformed:
            return None
    return UpstreamDocument(
        name=key[1],
        upstream=upstream,
        digest=kept.digest,
        etag=kept.etag,
        last_modified=kept.last_modified,
        confirmed_at=kept.confirmed_at,
        history=history,
    )


def take_in(
    answer: Document,
    key: Key,
    upstream: Upstream,
    known: UpstreamDocument | None,
    *,
    now: float,
) -> tuple[UpstreamDocument, Write]:
    """Read what came; returns it, and what keeps it, which blocks.

    Raises Malformed where it is no packument of that name.
    """
    digest = hashlib.sha256(answer.body).hexdigest()
    etag, last_modified = answer.validators.etag, answer.validators.last_modified
    if known is not None and known.digest == digest:
        confirmed = replace(
            known, etag=etag, last_modified=last_modified, confirmed_at=now, doubt=None
        )
        return confirmed, lambda index: confirm(index, key, confirmed)
    projection = encode(project(answer.body, key[1]))
    kept = KeptDocument(
        digest=digest,
        etag=etag,
        last_modified=last_modified,
        confirmed_at=now,
        projection=projection,
    )
    document = UpstreamDocument(
        name=key[1],
        upstream=upstream,
        digest=digest,
        etag=etag,
        last_modified=last_modified,
        confirmed_at=now,
        history=PackumentHistory(projection),
    )
    return document, lambda index: gate_documents.put(index, *key, kept, answer.body)


def keep(
    index: GateIndex,
    answer: Document,
    key: Key,
    upstream: Upstream,
    known: UpstreamDocument | None,
    *,
    now: float,
) -> UpstreamDocument:
    """Read what came and keep it; raises Malformed where it is no packument of that name."""
    document, write = take_in(answer, key, upstream, known, now=now)
    write(index)
    return document


def confirm(index: GateIndex, key: Key, document: UpstreamDocument) -> None:
    """Keep that a document, which is there, was confirmed."""
    gate_documents.confirm(
        index,
        *key,
        digest=document.digest,
        etag=document.etag,
        last_modified=document.last_modified,
        confirmed_at=document.confirmed_at,
    )


class Held(Generic[K, V]):
    """Values in memory, so many bytes of them and no more; the last one always."""

    def __init__(self, most_bytes: int) -> None:
        """Hold up to `most_bytes`."""
        self._most_bytes = most_bytes
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size_bytes = 0

    def get(self, key: K) -> V | None:
        """Return a value, which was used just now."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield all, none of which is used by that."""
        return ((key, value) for key, (value, _) in self._values.items())

    def put(self, key: K, value: V, size_bytes: int) -> None:
        """Hold a value in place of an earlier one."""
        self.drop(key)
        self._values[key] = (value, size_bytes)
        self.size_bytes += size_bytes
        while self.size_bytes > self._most_bytes and len(self._values) > 1:
            _, (_, size) = self._values.popitem(last=False)
            self.size_bytes -= size

    def drop(self, key: K) -> None:
        """Hold it no more."""
        found = self._values.pop(key, None)
        if found is not None:
            self.size_bytes -= found[1]
